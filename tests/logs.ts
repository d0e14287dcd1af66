/** The log lines of a test. */

import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";

/** Runs a test and gives it the log lines that appear meanwhile. */
export async function withLogs(
  test: (lines: string[]) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  configureSync({
    reset: true,
    sinks: {
      lines: (record: LogRecord) => {
        lines.push(`${record.level}: ${record.message.join("")}`);
      },
    },
    loggers: [
      { category: "goromdb", sinks: ["lines"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "error" },
    ],
  });
  try {
    await test(lines);
  } finally {
    resetSync();
  }
}
