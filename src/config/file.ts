/**
 * Reads a configuration file: JSON with comments.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import {
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { z } from "zod";
import type { Flags } from "../cli/flags.ts";
import { nearest } from "../cli/nearest.ts";
import type { Address } from "../server/address.ts";
import { conflictsIn } from "./conflicts.ts";
import {
  formatPath,
  keyFaults,
  type KeyPath,
  lineOf,
  nodeAt,
  offsetOf,
} from "./position.ts";
import { type FileContent, fileSchema } from "./schema.ts";
import {
  type Configuration,
  DATABASE_FLAGS,
  LISTENER_FLAGS,
  PROGRAM_FLAGS,
  ROUTE_FLAGS,
} from "./settings.ts";

/** A configuration file is not as it should be. */
export class ConfigurationError extends Error {
  /** Stable: `ConfigurationError`. */
  override readonly name = "ConfigurationError";

  /**
   * Puts the problems together.
   *
   * @param problems a line each: the file, the line, the key, and what is wrong.
   */
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/**
 * Reads and checks a file.
 *
 * @throws {ConfigurationError} that tells all that is wrong with it.
 * @throws {Deno.errors.NotFound} and its like if it cannot be read.
 */
export async function readConfiguration(path: string): Promise<Configuration> {
  return parseConfiguration(await Deno.readTextFile(path), path);
}

/**
 * Checks the text of a file.
 *
 * @param path the file: relative paths in it are taken from its directory.
 * @throws {ConfigurationError} that tells all that is wrong with it.
 */
export function parseConfiguration(text: string, path: string): Configuration {
  const root = parse(text, path);
  const problem = (offset: number, key: KeyPath, what: string) => {
    const where = key.length === 0 ? "" : ` ${formatPath(key)}:`;
    return `${path}:${lineOf(text, offset)}:${where} ${what}`;
  };
  const faults = [...keyFaults(root)].map(({ path, offset, what }) =>
    problem(offset, path, what)
  );
  if (faults.length > 0) throw new ConfigurationError(faults);

  const { data, error } = fileSchema.safeParse(valueOf(root));
  if (error !== undefined) {
    throw new ConfigurationError(
      [...complaints(error.issues, root)].map(({ path, what }) =>
        problem(offsetOf(root, path), path, what)
      ),
    );
  }
  const configuration = settle(data, dirname(path));
  const conflicts = [...conflictsIn(configuration)].map(({ path, what }) =>
    problem(offsetOf(root, path), path, what)
  );
  if (conflicts.length > 0) throw new ConfigurationError(conflicts);
  return configuration;
}

function parse(text: string, path: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || root === undefined) {
    const { error, offset } = errors[0] ?? { error: 4, offset: 0 };
    const words = printParseErrorCode(error)
      .replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
    throw new ConfigurationError([
      `${path}:${lineOf(text, offset)}: not JSON with comments: ${words}`,
    ]);
  }
  return root;
}

/** The value of a node. */
function valueOf(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(valueOf);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(
    (node.children ?? []).map(({ children }) => {
      const [key, value] = children!;
      return [key.value, valueOf(value)];
    }),
  );
}

/** What the schema has to say, in one sentence for each key. */
function* complaints(
  issues: readonly z.core.$ZodIssue[],
  root: Node,
): Generator<{ path: KeyPath; what: string }> {
  for (const issue of issues) {
    const { path } = issue;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        const near = nearest(key, keysAt(path));
        const hint = near === undefined ? "" : `; did you mean ${near}?`;
        yield { path: [...path, key], what: `there is no such key${hint}` };
      }
    } else if (issue.code === "invalid_key") {
      yield { path, what: issue.issues[0].message };
    } else if (nodeAt(root, path) === undefined) {
      const key = String(path.at(-1));
      yield { path: path.slice(0, -1), what: `the key ${key} is missing` };
    } else yield { path, what: issue.message };
  }
}

/** The keys that may stand in the object at a path. */
function keysAt(path: KeyPath): string[] {
  switch (path[0]) {
    case "databases":
      return Object.keys(DATABASE_FLAGS);
    case "listeners":
      return Object.keys({ ...LISTENER_FLAGS, ...ROUTE_FLAGS, databases: 0 });
    default:
      return ["databases", "listeners", ...Object.keys(PROGRAM_FLAGS)];
  }
}

/** Names what the file leaves unnamed, and resolves its paths. */
function settle(content: FileContent, directory: string): Configuration {
  const { databases, listeners, ...program } = content;
  const names = Object.keys(databases);
  const listening = listeners ??
    [fileSchema.shape.listeners.unwrap().element.parse({})];
  const settled = {
    ...program,
    databases: Object.entries(databases).map(([name, settings]) => ({
      ...withPaths(settings, DATABASE_FLAGS, directory),
      name,
    })),
    listeners: listening.map((settings) => ({
      ...withPaths(settings, LISTENER_FLAGS, directory),
      databases: settings.databases ?? names,
    })),
  };
  // The schema is made of the tables that this type is made of.
  return settled as unknown as Configuration;
}

/** The settings with absolute paths. */
function withPaths(
  settings: Readonly<Record<string, unknown>>,
  flags: Flags,
  directory: string,
): Record<string, unknown> {
  const absolute = { ...settings };
  for (const [key, { path }] of Object.entries(flags)) {
    const value = settings[key];
    if (!path) continue;
    if (typeof value === "string") absolute[key] = resolve(directory, value);
    if (!Array.isArray(value)) continue;
    absolute[key] = value.map((address: Address) =>
      "path" in address ? { path: resolve(directory, address.path) } : address
    );
  }
  return absolute;
}
