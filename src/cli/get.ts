/**
 * `goromdb get`: prints the values of keys.
 *
 * @module
 */

import { Value } from "../storage/storage.ts";
import { UsageError } from "./errors.ts";
import { readFlags } from "./flags.ts";
import { Output } from "./output.ts";
import { openDataFile, STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `get`. */
export const GET_FLAGS = STORAGE_FLAGS;

const NEWLINE = new Uint8Array([0x0a]);

/**
 * Prints the value of one key as it is, or those of several, a line each. On a
 * terminal a value always ends its line.
 *
 * @returns 0, or 1 if a key is not there; its name goes to standard error.
 */
export async function get(argv: readonly string[]): Promise<number> {
  const { values, operands: [path, ...keys] } = readFlags(GET_FLAGS, argv);
  if (keys.length === 0) throw new UsageError("write goromdb get FILE KEY…");
  const { snapshot } = await openDataFile(path, values);
  const lines = keys.length > 1 || Deno.stdout.isTerminal();
  const output = new Output();
  const value = new Value();
  let code = 0;
  for (const key of keys) {
    const bytes = new TextEncoder().encode(key);
    if (snapshot.find(bytes, 0, bytes.length, value)) {
      output.add(value.bytes.subarray(value.start, value.end));
      if (lines) output.add(NEWLINE);
      if (output.full) await output.flush();
    } else {
      await output.flush(); // so that the two keep their order
      console.error(`goromdb: ${path} has no key ${key}`);
      code = 1;
    }
  }
  await output.flush();
  return code;
}
