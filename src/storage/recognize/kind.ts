/**
 * What a file can be, and what somebody who wants to serve it should do.
 *
 * @module
 */

/** What a file is. */
export interface FileKind {
  /** With its article: `a BoltDB file`. */
  readonly what: string;
  /** The storage that serves it, by the name that `-storage` takes. */
  readonly storage?: string;
  /** What `-from` of `goromdb build` calls it, where that reads it. */
  readonly input?: string;
  /** What else makes a file of it that can be served. */
  readonly advice?: string;
  /** Whether only how a text begins has told it: its name may know better. */
  readonly isText?: boolean;
}

/** What files of a storage are called. */
const NOUNS: Readonly<Record<string, string>> = {
  json: "a JSON object",
  bdb: "a Berkeley DB file",
  "memcachedb-bdb": "a MemcacheDB file",
  boltdb: "a BoltDB file",
  lmdb: "an LMDB file",
  gdbm: "a GDBM file",
  cdb: "a cdb",
  sqlite: "an SQLite database",
  zip: "a ZIP file",
};

/** What files of a storage are called: `a cdb`. */
export function nounOf(storage: string): string {
  return NOUNS[storage] ?? `a file of ${storage}`;
}

/** A kind that a storage serves. */
export function served(storage: string, input?: string): FileKind {
  return { what: nounOf(storage), storage, input: input ?? storage };
}

/** Whether a storage reads files of a kind: MemcacheDB's are another engine's. */
export function reads(storage: string, kind: FileKind): boolean {
  return kind.storage !== undefined &&
    (storage === kind.storage || storage === `memcachedb-${kind.storage}`);
}

/** What to do about a file that cannot be served as it was asked. */
export function adviceOn({ storage, input, advice }: FileKind): string {
  if (storage !== undefined) return `say -storage ${storage}`;
  const build = "goromdb build -to cdb -out data.cdb FILE";
  if (input === undefined) return advice ?? "it cannot be served";
  return advice === undefined ? build : `${build}, or ${advice}`;
}
