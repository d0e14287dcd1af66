/**
 * Logs on standard error: a line each, for people or for programs.
 *
 * @module
 */

import {
  configureSync,
  getJsonLinesFormatter,
  getTextFormatter,
} from "@logtape/logtape";

/** The names that `-log-format` takes. */
export const LOG_FORMATS = ["text", "json"] as const;

/** How log lines look. */
export type LogFormat = typeof LOG_FORMATS[number];

/** Sends all logs to standard error from now on. */
export function startLogging(format: LogFormat): void {
  const formatter = format === "json"
    ? getJsonLinesFormatter({ properties: "flatten" })
    : getTextFormatter({
      timestamp: "rfc3339",
      level: "full",
      value: (value, inspect) =>
        typeof value === "string" ? value : inspect(value),
    });
  const encoder = new TextEncoder();
  configureSync({
    reset: true,
    sinks: {
      stderr: (record) => {
        const line = encoder.encode(formatter(record));
        for (let at = 0; at < line.length;) {
          at += Deno.stderr.writeSync(line.subarray(at));
        }
      },
    },
    loggers: [
      { category: "goromdb", sinks: ["stderr"], lowestLevel: "info" },
      {
        category: ["logtape", "meta"],
        sinks: ["stderr"],
        lowestLevel: "error",
      },
    ],
  });
}
