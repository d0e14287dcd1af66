/**
 * Data files that differ in one number only, which every value carries at both
 * ends: so a new data set of hundreds of megabytes is made in a moment.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** The storages that take turns. */
export const STORAGES: readonly string[] = ["json", "boltdb", "bdb"];

/** The bytes of a value. */
export const VALUE_SIZE = 1000;

const MARK = "#00000000#";

/** Where the digits begin behind a mark's first character. */
const DIGITS = 8;

/** Builds a file of each format with so many records. */
export async function buildTemplates(
  directory: string,
  records: number,
): Promise<void> {
  const input = `${directory}/input.ndjson`;
  const filler = "x".repeat(VALUE_SIZE - 2 * MARK.length);
  const value = MARK + filler + MARK;
  using file = await Deno.open(input, { write: true, create: true });
  const writer = file.writable.getWriter();
  const encoder = new TextEncoder();
  for (let n = 0; n < records;) {
    let text = "";
    for (let line = 0; line < 1000 && n < records; line++, n++) {
      text += `{"key":"key-${n}","value":"${value}"}\n`;
    }
    await writer.write(encoder.encode(text));
  }
  await writer.close();
  for (const storage of STORAGES) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "-A", main, "build", "-to", storage],
        ...["-out", `${directory}/${storage}`, "-md5=false", input],
      ],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }
  await Deno.remove(input);
}

/** A template in memory. */
export class Template {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Where the digits are. */
  readonly #places: number[] = [];

  /** Reads the template of a storage. */
  constructor(directory: string, storage: string) {
    this.#bytes = Deno.readFileSync(`${directory}/${storage}`);
    const buffer = Buffer.from(this.#bytes.buffer);
    for (let at = 0; (at = buffer.indexOf(MARK, at)) >= 0; at += DIGITS) {
      this.#places.push(at + 1);
    }
  }

  /** The file with another number; valid until the next. */
  withNumber(number: number): Uint8Array<ArrayBuffer> {
    const digits = new TextEncoder().encode(
      String(number).padStart(DIGITS, "0"),
    );
    for (const place of this.#places) this.#bytes.set(digits, place);
    return this.#bytes;
  }
}
