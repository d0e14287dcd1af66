/**
 * Writes JSON: an object of strings, or of namespaces of them, a record a line.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import { namespaceError, recordError } from "../error.ts";
import type { SortedRecord } from "../sort/record.ts";
import { OutputFile } from "./output_file.ts";
import type { Plan, Writer } from "./writer.ts";

const QUOTE = 0x22, BACKSLASH = 0x5c, SPACE = 0x20;

const utf8 = new TextEncoder();
const COLON = utf8.encode(": ");

/** What a control character is written as. */
const ESCAPES: readonly Uint8Array[] = Array.from(
  { length: SPACE },
  (_, code) =>
    utf8.encode(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** Writes one file. */
export class JsonWriter implements Writer {
  readonly #file: OutputFile;
  readonly #namespaced: boolean;
  #namespace: Uint8Array | undefined;
  /** Whether a comma must come before the next member. */
  #follows = false;
  #scratch = new Uint8Array(4096);

  /** Begins a file. */
  constructor(path: string, plan: Plan) {
    this.#file = new OutputFile(path);
    this.#namespaced = plan.namespaced;
    this.#put("{");
  }

  begin(namespace: Uint8Array): void {
    if (!isUtf8(namespace)) {
      throw namespaceError(namespace, "JSON takes names of UTF-8 only");
    }
    this.#put(this.#namespace === undefined ? "\n" : "\n},\n");
    this.#namespace = namespace;
    this.#string(namespace, 0, namespace.length);
    this.#put(": {");
    this.#follows = false;
  }

  add(record: SortedRecord): void {
    const { bytes, keyStart, valueStart, end } = record;
    for (const part of [record.key, bytes.subarray(valueStart, end)]) {
      if (isUtf8(part)) continue;
      throw recordError(
        record.key,
        "JSON takes keys and values of UTF-8 only; build another format",
        this.#namespace,
      );
    }
    this.#put(this.#follows ? ",\n" : "\n");
    this.#follows = true;
    this.#string(bytes, keyStart, valueStart);
    this.#file.write(COLON, 0, COLON.length);
    this.#string(bytes, valueStart, end);
  }

  finish(): void {
    if (this.#namespaced && this.#namespace !== undefined) this.#put("\n}");
    this.#put("\n}\n");
    this.#file.flush();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #put(text: string): void {
    const bytes = utf8.encode(text);
    this.#file.write(bytes, 0, bytes.length);
  }

  /** Writes a string, from runs without escapes and what stands between them. */
  #string(bytes: Uint8Array, start: number, end: number): void {
    const needed = 2 + 6 * (end - start);
    if (this.#scratch.length < needed) this.#scratch = new Uint8Array(needed);
    const to = this.#scratch;
    let at = 0;
    to[at++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (byte < SPACE) {
        for (const escaped of ESCAPES[byte]) to[at++] = escaped;
        continue;
      }
      if (byte === QUOTE || byte === BACKSLASH) to[at++] = BACKSLASH;
      to[at++] = byte;
    }
    to[at++] = QUOTE;
    this.#file.write(to, 0, at);
  }
}
