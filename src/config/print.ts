/**
 * A configuration as the text of a file that says the same.
 *
 * @module
 */

import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Flag, type Flags, formatSize } from "../cli/flags.ts";
import { type Address, formatAddress } from "../server/address.ts";
import {
  type Configuration,
  DATABASE_FLAGS,
  LISTENER_FLAGS,
  PROGRAM_FLAGS,
  ROUTE_FLAGS,
} from "./settings.ts";

/** The text: what is as it is without being set is there as a comment. */
export function printConfiguration(configuration: Configuration): string {
  const { databases, listeners } = configuration;
  const parts = [
    `  "databases": {\n${
      databases.map((database) =>
        `    "${database.name}": ${object(database, DATABASE_FLAGS, "    ")}`
      ).join(",\n")
    }\n  }`,
    `  "listeners": [\n${
      listeners.map((listener) =>
        `    ${
          object(listener, { ...LISTENER_FLAGS, ...ROUTE_FLAGS }, "    ", [
            `"databases": ${JSON.stringify(listener.databases)}`,
          ])
        }`
      ).join(",\n")
    }\n  ]`,
    ...lines(configuration, PROGRAM_FLAGS).map((line) => `  ${line}`),
  ];
  return `{\n${withCommas(parts)}\n}\n`;
}

function object(
  values: object,
  flags: Flags,
  indent: string,
  first: string[] = [],
): string {
  const inside = [...first, ...lines(values, flags)]
    .map((line) => `${indent}  ${line}`);
  return `{\n${withCommas(inside)}\n${indent}}`;
}

/** `"key": value`; a comment if it is what the key stands for anyway. */
function lines(values: object, flags: Flags): string[] {
  const given = new Map(Object.entries(values));
  return Object.entries(flags).flatMap(([key, flag]) => {
    const value = given.get(key);
    if (value === undefined) return [];
    const line = `"${key}": ${JSON.stringify(plain(value, flag))}`;
    return isDeepStrictEqual(value, flag.fallback) ? [`// ${line}`] : [line];
  });
}

/** Addresses and sizes as they are written; paths so that the file may lie anywhere. */
function plain(value: unknown, { path, hasUnit }: Flag<unknown>): unknown {
  if (hasUnit && typeof value === "number") return formatSize(value);
  if (path && typeof value === "string") return resolve(value);
  if (!Array.isArray(value)) return value;
  const texts = value.map((one: Address | string) =>
    typeof one === "string"
      ? one
      : formatAddress("path" in one ? { path: resolve(one.path) } : one)
  );
  return texts.length === 1 ? texts[0] : texts;
}

function withCommas(lines: readonly string[]): string {
  return lines.map((line) => `${line},`).join("\n");
}
