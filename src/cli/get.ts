/**
 * `goromdb get`: prints the values of keys.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Value } from "../storage/storage.ts";
import { UsageError } from "./errors.ts";
import { readFlags, toggle, type Values } from "./flags.ts";
import { Output } from "./output.ts";
import { openDataFile, STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `get`. */
export const GET_FLAGS = {
  hex: toggle("keys are written in hexadecimal digits"),
  base64: toggle("keys are written in base64"),
  ...STORAGE_FLAGS,
};

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
  const wanted = keys.map((key) => bytesOf(key, values));
  const lines = keys.length > 1 || Deno.stdout.isTerminal();
  const output = new Output();
  const value = new Value();
  let code = 0;
  for (const [n, bytes] of wanted.entries()) {
    if (snapshot.find(bytes, 0, bytes.length, value)) {
      output.add(value.bytes.subarray(value.start, value.end));
      if (lines) output.add(NEWLINE);
      if (output.full) await output.flush();
    } else {
      await output.flush(); // so that the two keep their order
      console.error(`goromdb: ${path} has no key ${keys[n]}`);
      code = 1;
    }
  }
  await output.flush();
  return code;
}

/** A key as it is stored. */
function bytesOf(
  key: string,
  { hex, base64 }: Values<typeof GET_FLAGS>,
): Uint8Array {
  if (hex && base64) {
    throw new UsageError("-hex and -base64 cannot go together");
  }
  try {
    if (hex) return Buffer.from(mustBe(/^([0-9a-f]{2})*$/i, key), "hex");
    if (base64) {
      return Buffer.from(mustBe(/^[\w+/-]*={0,2}$/, key), "base64");
    }
  } catch {
    throw new UsageError(
      `the key "${key}" is not written in ${
        hex ? "pairs of hexadecimal digits" : "base64"
      }`,
    );
  }
  return new TextEncoder().encode(key);
}

function mustBe(form: RegExp, text: string): string {
  if (!form.test(text)) throw new RangeError(text);
  return text;
}
