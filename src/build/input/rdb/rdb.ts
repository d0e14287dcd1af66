/**
 * Redis' dump as an input: strings are records, and with namespaces hashes are
 * namespaces. The layout is told in `layout.ts`.
 *
 * @module
 */

import type { InputSink } from "../../input_sink.ts";
import type { Source } from "../source.ts";
import {
  listpack,
  type ReadElements,
  ziplist,
  zipmap,
} from "./hash_encodings.ts";
import {
  AUX,
  END,
  EXPIRES,
  EXPIRES_MS,
  FREQUENCY,
  FUNCTION2,
  HASH,
  HASH_LISTPACK,
  HASH_ZIPLIST,
  HASH_ZIPMAP,
  IDLE,
  MAGIC,
  MODULE_AUX,
  NEWEST_VERSION,
  RESIZE_DB,
  SELECT_DB,
  SLOT_INFO,
  STRING,
  VERSION_DIGITS,
} from "./layout.ts";
import { kindOf, passModule, passValue } from "./pass.ts";
import { RdbReader } from "./rdb_reader.ts";

/** The compact forms of hashes, by their type. */
const COMPACT_HASHES: Readonly<Record<number, ReadElements>> = {
  [HASH_ZIPMAP]: zipmap,
  [HASH_ZIPLIST]: ziplist,
  [HASH_LISTPACK]: listpack,
};

/** The first version whose files end with a sum. */
const FIRST_WITH_CRC = 5;

/** What is read of a dump. */
export interface RdbOptions {
  /** Whether hashes are read as namespaces, instead of strings. */
  readonly namespaced: boolean;
  /** The number of the database. */
  readonly database: number;
  /** What has expired by then is left out, in milliseconds since 1970. */
  readonly now: number;
}

/**
 * Reads the records of a dump.
 *
 * @throws {BuildError} that names the byte that is not as it should be.
 */
export async function readRdb(
  source: Source,
  options: RdbOptions,
  sink: InputSink,
): Promise<void> {
  const reader = new RdbReader(source.name, source.text);
  try {
    await new Dump(reader, options, sink).read();
  } finally {
    await reader.close();
  }
}

class Dump {
  readonly #reader: RdbReader;
  readonly #options: RdbOptions;
  readonly #sink: InputSink;
  #database = 0;
  /** When the next record expires; Infinity: never. */
  #expires = Infinity;

  constructor(reader: RdbReader, options: RdbOptions, sink: InputSink) {
    this.#reader = reader;
    this.#options = options;
    this.#sink = sink;
  }

  async read(): Promise<void> {
    const reader = this.#reader;
    const head = await reader.take(MAGIC.length + VERSION_DIGITS);
    const text = new TextDecoder().decode(head);
    const version = Number(text.slice(MAGIC.length));
    if (!text.startsWith(MAGIC) || !(version > 0)) {
      throw reader.error("it is not a dump of Redis");
    }
    if (version > NEWEST_VERSION) {
      throw reader.error(
        `its version is ${version}, and the newest that is known ${NEWEST_VERSION}`,
      );
    }
    for (let code; (code = await reader.byte()) !== END;) {
      if (await this.#pass(code)) continue;
      await this.#record(code);
      this.#expires = Infinity;
    }
    if (version >= FIRST_WITH_CRC) await this.#checkCrc();
  }

  /** Passes over what is no record. @returns whether it was none. */
  async #pass(code: number): Promise<boolean> {
    const reader = this.#reader;
    switch (code) {
      case SELECT_DB:
        this.#database = await reader.length();
        return true;
      case EXPIRES_MS:
      case EXPIRES: {
        const width = code === EXPIRES_MS ? 8 : 4;
        const bytes = await reader.take(width);
        const view = new DataView(bytes.buffer, bytes.byteOffset, width);
        this.#expires = width === 8
          ? Number(view.getBigInt64(0, true))
          : view.getInt32(0, true) * 1000;
        return true;
      }
      case IDLE:
        await reader.length();
        return true;
      case FREQUENCY:
        await reader.byte();
        return true;
      case AUX:
        await reader.string();
        await reader.string();
        return true;
      case RESIZE_DB:
        await reader.length();
        await reader.length();
        return true;
      case SLOT_INFO:
        for (let n = 0; n < 3; n++) await reader.length();
        return true;
      case FUNCTION2:
        await reader.string();
        return true;
      case MODULE_AUX:
        await reader.length();
        await passModule(reader);
        return true;
      default:
        return false;
    }
  }

  async #record(type: number): Promise<void> {
    const reader = this.#reader;
    const { namespaced, database, now } = this.#options;
    const key = (await reader.string()).slice();
    const isHash = type === HASH || type in COMPACT_HASHES;
    const kind = type === STRING ? "strings" : isHash ? "hashes" : kindOf(type);
    if (kind === undefined) {
      throw reader.error(
        `the key ${
          JSON.stringify(new TextDecoder().decode(key))
        } has a value of the unknown type ${type}`,
      );
    }
    const why = this.#database !== database
      ? `of other databases than ${database} (-from-bucket)`
      : this.#expires <= now
      ? "that have expired"
      : type === STRING && !namespaced || isHash && namespaced
      ? undefined
      : isHash
      ? "that are hashes (-handler namespaced takes them)"
      : `that are ${kind}`;
    if (why !== undefined) {
      if (type === STRING) await reader.string();
      else if (type === HASH) await this.#fields(() => {});
      else if (isHash) await reader.string();
      else await passValue(reader, type);
      this.#sink.leaveOut(why, 1);
      return;
    }
    if (!isHash) return this.#add(key, await reader.string());
    this.#sink.begin(key);
    if (type === HASH) {
      await this.#fields((field, value) => this.#add(field, value));
    } else this.#addAll(COMPACT_HASHES[type], await reader.string());
  }

  /** The fields and values of a hash that is written out. */
  async #fields(
    take: (field: Uint8Array, value: Uint8Array) => void,
  ): Promise<void> {
    for (let left = await this.#reader.length(); left > 0; left--) {
      const field = (await this.#reader.string()).slice();
      take(field, await this.#reader.string());
    }
  }

  /** The fields and values of a hash in a compact form. */
  #addAll(read: ReadElements, bytes: Uint8Array): void {
    try {
      let field: Uint8Array | undefined;
      for (const element of read(bytes)) {
        if (field === undefined) field = element;
        else {
          this.#add(field, element);
          field = undefined;
        }
      }
      if (field !== undefined) throw new RangeError("a field without a value");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.#reader.error(`a hash is damaged: ${error.message}`);
    }
  }

  #add(key: Uint8Array, value: Uint8Array): void {
    this.#sink.add(key, 0, key.length, value, 0, value.length);
  }

  async #checkCrc(): Promise<void> {
    const actual = this.#reader.crc;
    const bytes = await this.#reader.take(8);
    const wanted = new DataView(bytes.buffer, bytes.byteOffset, 8)
      .getBigUint64(0, true);
    // Redis leaves it out where rdbchecksum is no.
    if (wanted !== 0n && wanted !== actual) {
      throw this.#reader.error("its CRC-64 is another: the dump is damaged");
    }
  }
}
