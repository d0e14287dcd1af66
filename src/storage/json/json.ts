/**
 * The JSON storage: an object of keys and values, or of namespaces of them,
 * becomes a byte table in shared memory.
 *
 * @module
 */

import type { Pieces } from "../../compression/pieces.ts";
import {
  DataFileError,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
} from "../storage.ts";
import { MemoryRoom } from "../memory/room.ts";
import { releaseShared } from "../memory/shared.ts";
import {
  TableBuilder,
  type TableHints,
  TableTooNarrow,
} from "../table/builder.ts";
import type { TableMemory } from "../table/layout.ts";
import {
  NamespacedTableBuilder,
  NamespacedTableSnapshot,
} from "../table/namespaced.ts";
import { TableSnapshot } from "../table/table.ts";
import { JsonReader, type RecordSink } from "./reader.ts";
import { JsonError } from "./steps.ts";
import { position } from "./position.ts";
import { readText } from "./text.ts";

/**
 * Serves `{"key": "value"}`, and with `namespaced` `{"ns": {"key": "value"}}`.
 *
 * The last of equal keys wins; a value that is not a string is served as its
 * JSON text. Gzip'd files are recognised.
 *
 * @example
 * ```ts
 * import { JsonStorage, Value } from "@goromdb/cli/mod";
 * import { assert } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * await Deno.writeTextFile(path, '{"hoge": "hoge!"}');
 *
 * const storage = new JsonStorage();
 * const snapshot = storage.attach(await storage.open(path, {}));
 * assert(snapshot.find(new TextEncoder().encode("hoge"), 0, 4, new Value()));
 * await Deno.remove(path);
 * ```
 */
export class JsonStorage implements Storage {
  /** `json` */
  readonly name = "json";

  /**
   * Reads the whole file into a byte table; see {@linkcode Storage.open}.
   *
   * @throws {DataFileError} with line and column if it is not valid JSON.
   */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const namespaced = options.namespaced ?? false;
    const warnings = new Set<string>(); // the text may be read again
    const text = () =>
      readText(path, options, (warning) => warnings.add(warning));
    // A record of the table seldom takes more bytes than its text in the file.
    const room = new MemoryRoom(path);
    const hints = {
      bytes: (await Deno.stat(path)).size + 64,
      onGrowth: (bytes: number) => room.take(bytes),
    };
    try {
      const table = await readTable(text(), namespaced, hints)
        .catch((error) => {
          if (!(error instanceof TableTooNarrow)) throw error;
          return readTable(text(), namespaced, { ...hints, wide: true });
        });
      return {
        storage: this.name,
        keys: table.keys,
        inMemory: true,
        warnings: [...warnings],
        memory: table,
      };
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const { line, column } = await position(text(), error.offset);
      throw new DataFileError(
        path,
        `not valid JSON at line ${line}, column ${column}: ${error.problem}`,
      );
    }
  }

  /** Makes a snapshot of the table; see {@linkcode Storage.attach}. */
  attach(data: SharedData): Snapshot {
    const memory = data.memory as TableMemory;
    const { namespaces } = memory;
    return namespaces
      ? new NamespacedTableSnapshot({ ...memory, namespaces })
      : new TableSnapshot(memory);
  }

  /** Gives the table's memory back; see {@linkcode Storage.close}. */
  close(data: SharedData): void {
    const { slots, arena, namespaces } = data.memory as TableMemory;
    releaseShared(slots, arena);
    if (namespaces) releaseShared(namespaces.slots, namespaces.arena);
  }
}

/** @throws {TableTooNarrow} if the table must be built again, `wide`. */
async function readTable(
  text: Pieces,
  namespaced: boolean,
  hints: TableHints,
): Promise<TableMemory> {
  const table = namespaced
    ? new NamespacedTableBuilder(hints)
    : new PlainTable(hints);
  try {
    await new JsonReader(namespaced, table).read(text);
  } catch (error) {
    table.abandon();
    throw error;
  }
  return table.finish();
}

/** A table without namespaces. */
class PlainTable implements RecordSink {
  readonly #builder: TableBuilder;

  constructor(hints: TableHints) {
    this.#builder = new TableBuilder(hints);
  }

  begin(): void {}

  add(
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.#builder.add(
      0,
      keyBytes,
      keyStart,
      keyEnd,
      valueBytes,
      valueStart,
      valueEnd,
    );
  }

  finish(): TableMemory {
    return this.#builder.finish();
  }

  abandon(): void {
    this.#builder.abandon();
  }
}
