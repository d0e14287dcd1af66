/**
 * `goromdb config`: checks a configuration file, or prints one.
 *
 * @module
 */

import { printConfiguration } from "../config/print.ts";
import { jsonSchema } from "../config/schema.ts";
import { UsageError } from "./errors.ts";
import { readCommandLine, readFile } from "./serve.ts";

/**
 * Checks a file, prints what a command line or a file amounts to, or prints the
 * schema.
 *
 * @returns the exit code.
 * @throws {UsageError} if the command line is wrong.
 * @throws {FailureError} that tells all that is wrong with the file.
 */
export async function config(argv: readonly string[]): Promise<number> {
  const [action, ...rest] = argv;
  if (action === "check" && rest.length === 1) {
    const { databases, listeners } = await readFile(rest[0]);
    console.log(
      `${
        rest[0]
      }: no errors; databases: ${databases.length}, listeners: ${listeners.length}`,
    );
  } else if (action === "print") {
    const [first = ""] = rest;
    const said = rest.length === 1 && !first.startsWith("-")
      ? { file: first }
      : readCommandLine(rest);
    const configuration = "file" in said
      ? await readFile(said.file)
      : said.configuration;
    console.log(printConfiguration(configuration).trimEnd());
  } else if (action === "schema" && rest.length === 0) {
    console.log(JSON.stringify(jsonSchema(), null, 2));
  } else {
    throw new UsageError(
      "write goromdb config check FILE, goromdb config print FILE (or the flags of serve), or goromdb config schema",
    );
  }
  return 0;
}
