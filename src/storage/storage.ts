/**
 * What a storage is: it opens a file of one format as an immutable snapshot.
 *
 * The work is split in two, so that it can be done away from the threads that
 * serve. {@linkcode Storage.open} does everything that is slow (reading,
 * parsing, checking) and answers with {@linkcode SharedData}: plain data and
 * shared memory, which can be posted to another thread without a copy.
 * {@linkcode Storage.attach} makes a {@linkcode Snapshot} of it in
 * microseconds, once in every thread that serves.
 *
 * @module
 */

import type { MemoryMode } from "./memory/memory.ts";

/** Longer values, in bytes, lie in no buffer that a look-up uses again. */
export const LASTING_LENGTH: number = 128 * 1024;

/** A place for the outcome of a look-up, made once and used again for each. */
export class Value {
  /**
   * The bytes that hold the value; valid until the next `await` or look-up. Those
   * of a value of more than {@linkcode LASTING_LENGTH} bytes stay as long as the
   * snapshot: it can be given in parts.
   */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the value begins in {@linkcode Value.bytes}. */
  start = 0;
  /** Where the value ends: the offset behind its last byte. */
  end = 0;
  /** The memcached flags stored with the value; 0 where a format has none. */
  flags = 0;
}

/** One record of a data set. The arrays are views: copy what has to last. */
export interface Entry {
  /** The namespace, in a data set that has namespaces. */
  namespace?: Uint8Array;
  /** The key. */
  key: Uint8Array;
  /** The value. */
  value: Uint8Array;
}

/** Options that tell a storage how to read a file. */
export interface OpenOptions {
  /** The file holds namespaces (`ns:key` on the wire). */
  namespaced?: boolean;
  /** Whether the file is gzip'd. Without it, the file's own bytes tell. */
  gzipped?: boolean;
  /** How many bytes a packed file may unpack to; else its size says. */
  maxUnpacked?: number;
  /** The bucket or named database to serve, in formats that have several. */
  bucket?: string;
  /** What parts namespace and key, in formats that keep them as one key (`:`). */
  separator?: string;
  /** The table or view with the records, in SQLite files (`kv`). */
  table?: string;
  /** Its column with the keys (`key`). */
  keyColumn?: string;
  /** Its column with the values (`value`). */
  valueColumn?: string;
  /** Keys and values end with a NUL that is not served (`-strip-nul`). */
  stripNul?: boolean;
  /** How the file becomes bytes, in formats that are read in place (`auto`). */
  memory?: MemoryMode;
  /** Bring the whole file into memory before it is served. */
  warm?: boolean;
  /**
   * The file is only walked through: nothing has to be found by its key, and so
   * what only look-ups need is not asked for: an index, keys in order.
   */
  scan?: boolean;
  /**
   * Where the file will lie when it is served, if that is another place: messages
   * name it, and those that open it later find it there.
   */
  destination?: string;
}

/**
 * A data set, opened, in a form that can be posted to another thread:
 * {@linkcode SharedData.memory} is shared, not copied.
 */
export interface SharedData {
  /** The name of the storage that can attach it. */
  readonly storage: string;
  /** How many records there are, where that is known without reading all. */
  readonly keys?: number;
  /** What parts namespace and key, where a key carries its namespace. */
  readonly separator?: string;
  /** What is odd about the file, and does not keep it from being served. */
  readonly warnings?: readonly string[];
  /** Whether nobody reads the file any more, so that it may change. */
  readonly inMemory?: boolean;
  /** The storage's own description; opaque to everybody else. */
  readonly memory: unknown;
}

/**
 * An immutable data set. It never changes, so it is read without a lock, and it
 * is replaced whole.
 *
 * Implementers: `find` is the hot path. It makes no promise, string or view.
 */
export interface Snapshot {
  /**
   * Finds the value of the key in `bytes[start, end)`.
   *
   * @param value is filled in when the key is there, and is then valid until
   * the next look-up or `await`.
   * @returns whether the key is there.
   * @throws {DataFileError} if the file is damaged where it was read.
   */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean;
  /**
   * Brings what `find` will read for several keys into the processor's caches:
   * the waits for memory overlap, where one `find` after the other would sum
   * them up.
   *
   * @param spans the begin and the end of each key in `bytes`.
   * @param count how many keys there are.
   */
  prefetch?(bytes: Uint8Array, spans: Int32Array, count: number): void;
  /**
   * All records, in the order of the format.
   *
   * @throws {DataFileError} if the file is damaged.
   */
  entries(): Iterable<Entry>;
  /**
   * All records with also those that no look-up gives, because another with the
   * same key comes first; absent, or `undefined`, where each key is there once.
   *
   * @throws {DataFileError} if the file is damaged.
   */
  allEntries?(): Iterable<Entry> | undefined;
  /**
   * The key of a record that is chosen at random, in a time that does not grow
   * with their number; `undefined` if there are none. Absent where a key alone
   * tells no record: see {@linkcode NamespacedSnapshot.randomNamespace}.
   *
   * @throws {DataFileError} if the file is damaged where it was read.
   */
  randomKey?(): Uint8Array | undefined;
  /** How many records there are. May have to read the whole file. */
  count(): number;
  /** How many rows are no records, as their key or value is NULL. */
  countNull?(): number;
  /**
   * Makes sure that keys are in the order that look-ups go by, in formats that
   * have one.
   *
   * @param all all keys; or else some, in a time that does not grow with their
   * number.
   * @throws {DataFileError} if they are not, or the file is damaged.
   */
  checkOrder?(all: boolean): void;
  /**
   * Reads the whole file and tells what is wrong with it, if anything. In a file
   * that is sound, `find` gives for every key what `entries` gives.
   *
   * @param note is told of what is odd, but not wrong.
   */
  check(note?: Note): Iterable<Fault>;
  /** What the file says of itself, by name: its version, its page size, … */
  describe?(): Description;
  /** Lets go of what this snapshot alone holds, when nobody reads it any more. */
  close?(): void;
  /** Records that were met and are too damaged to be read, where that can be. */
  readonly damaged?: number;
  /** What reading costs, if it is not {@linkcode USUAL_COST}. */
  readonly cost?: Cost;
}

/**
 * What reading costs, in nanoseconds, roughly: those who serve others, too, plan
 * by it how much they read at a time.
 */
export interface Cost {
  /** A look-up. */
  readonly find: number;
  /** A step to the next of `entries()`. */
  readonly next: number;
  /** A namespace that is begun with `entriesIn()`, and its first record. */
  readonly first: number;
}

/** What reading costs where a hash leads to a record. */
export const USUAL_COST: Cost = { find: 400, next: 250, first: 1000 };

/** What reading costs where a search leads down a tree. */
export const TREE_COST: Cost = { find: 1500, next: 250, first: 3000 };

/** What a data file says of itself, by name. */
export type Description = Readonly<Record<string, string | number>>;

/** One thing that is wrong with a data file. */
export interface Fault {
  /** Where, in the format's words: `page 12, item 3`. */
  readonly place: string;
  /** What is wrong there. */
  readonly problem: string;
}

/** Is told of what is odd in a data file, and what no look-up can meet. */
export type Note = (fault: Fault) => void;

/** A snapshot whose records are grouped by namespace. */
export interface NamespacedSnapshot extends Snapshot {
  /** What parts namespace and key, a byte, if `find` takes both as one key. */
  readonly separator?: number;
  /**
   * Finds the value of the key `bytes[start, end)` in the namespace
   * `bytes[nsStart, nsEnd)`.
   */
  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean;
  /**
   * The names of all namespaces, also of those without records; absent where
   * only reading all records would tell. It comes with
   * {@linkcode NamespacedSnapshot.entriesIn}.
   *
   * @throws {DataFileError} if the file is damaged.
   */
  namespaces?(): Iterable<Uint8Array>;
  /**
   * The records of one namespace, without reading those of others; none if it
   * is not there.
   *
   * @throws {DataFileError} if the file is damaged.
   */
  entriesIn?(namespace: Uint8Array): Iterable<Entry>;
  /**
   * The name of a namespace with records that is chosen at random, in a time
   * that does not grow with their number; `undefined` if there is none. Absent
   * where records do not tell their namespace.
   *
   * @throws {DataFileError} if the file is damaged where it was read.
   */
  randomNamespace?(): Uint8Array | undefined;
}

/** Whether a snapshot has namespaces. */
export function isNamespaced(
  snapshot: Snapshot,
): snapshot is NamespacedSnapshot {
  return "findIn" in snapshot;
}

/** Opens files of one format. */
export interface Storage {
  /** The name that `-storage` takes. */
  readonly name: string;
  /**
   * Reads and checks the file at `path`. May take seconds: run it away from the
   * threads that serve.
   *
   * @throws {DataFileError} if the file is not what it should be.
   * @throws {Deno.errors.NotFound} and its like if it cannot be read.
   */
  open(path: string, options: OpenOptions): Promise<SharedData>;
  /** Makes a snapshot of what {@linkcode Storage.open} returned. Cheap. */
  attach(data: SharedData): Snapshot;
  /** Lets go of the memory. No thread may read a snapshot of it any more. */
  close(data: SharedData): void;
}

/**
 * A data file is damaged, or is not of the format that was asked for. Its
 * message says what is wrong, where, in which file.
 */
export class DataFileError extends Error {
  /** Stable: `DataFileError`, also in minified code. */
  override readonly name = "DataFileError";

  /**
   * Puts the message together.
   *
   * @param path the file.
   * @param problem what is wrong with it, and where.
   */
  constructor(readonly path: string, readonly problem: string) {
    super(`${path}: ${problem}`);
  }
}
