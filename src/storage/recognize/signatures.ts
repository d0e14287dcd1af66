/**
 * Files that tell what they are by a magic number: those of other storages, of
 * other databases, and whatever else is dropped by mistake.
 *
 * @module
 */

import {
  DB_BTREEMAGIC,
  DB_HASHMAGIC,
  DB_HEAPMAGIC,
  DB_QAMMAGIC,
  META_MAGIC,
} from "../bdb/layout.ts";
import { readNumber } from "../bdb/page.ts";
import { isBolt } from "../boltdb/meta.ts";
import { isGdbm } from "../gdbm/header.ts";
import { isLmdb } from "../lmdb/meta.ts";
import { isSqlite } from "../sqlite/header.ts";
import { END, LOCAL } from "../zip/layout.ts";
import { type FileKind, served } from "./kind.ts";

/** What there is to tell a file by. */
export interface Sample {
  /** Its first bytes. */
  readonly head: Uint8Array;
  /** Its last bytes; none, where it is read only once. */
  readonly tail: Uint8Array;
  /** How many bytes it has. */
  readonly size: number;
}

/** A kind, and how a file of it is told. */
interface Signature {
  readonly kind: FileKind;
  is(sample: Sample): boolean;
}

const EXPORT =
  "export its records as NDJSON or CSV: goromdb build makes a file of these";
const NOT_DATA = "it is no data file";

function unpackWith(command: string): string {
  return `unpack it first: ${command}`;
}

/** Whether bytes are at an offset, which is from the end if it is negative. */
function hasAt(sample: Sample, at: number, magic: Uint8Array): boolean {
  const { head, tail } = sample;
  const bytes = at < 0 ? tail : head;
  const from = at < 0 ? tail.length + at : at;
  return from >= 0 && magic.every((byte, i) => bytes[from + i] === byte);
}

/** What a magic number in a text stands for: each character is a byte. */
function bytesOf(magic: string): Uint8Array {
  return Uint8Array.from(magic, (character) => character.charCodeAt(0));
}

/** A kind with a magic number; at several places, all must be right. */
function magic(
  what: string,
  advice: string,
  ...places: readonly [at: number, magic: string][]
): Signature {
  const parts = places.map(([at, text]) => [at, bytesOf(text)] as const);
  return {
    kind: { what, advice },
    is: (sample) => parts.every(([at, bytes]) => hasAt(sample, at, bytes)),
  };
}

function storage(
  name: string,
  is: (head: Uint8Array) => boolean,
): Signature {
  return { kind: served(name), is: ({ head }) => is(head) };
}

/** Whether a number of 4 bytes is one of some, in either byte order. */
function hasNumber(
  head: Uint8Array,
  at: number,
  ...numbers: number[]
): boolean {
  return head.length >= at + 4 &&
    [true, false].some((little) =>
      numbers.includes(readNumber(head, at, little))
    );
}

/** DB_LOGMAGIC and DB_REGION_MAGIC, from `log.h` and `region.h`. */
const DB_LOGMAGIC = 0x040988, DB_REGION_MAGIC = 0x120897;

/** The least size of a file that is likely to be one of BSON. */
const LEAST_BSON_BYTES = 5, MOST_BSON_BYTES = 16 * 2 ** 20;

/** A document of BSON: its length, its first member's type, and a zero at its end. */
function isBson({ head, size }: Sample): boolean {
  if (head.length < LEAST_BSON_BYTES) return false;
  const length = readNumber(head, 0, true);
  if (length < LEAST_BSON_BYTES || length > Math.min(size, MOST_BSON_BYTES)) {
    return false;
  }
  if (length > head.length || head[length - 1] !== 0) return false;
  const name = head.indexOf(0, 5);
  return head[4] >= 1 && head[4] <= 0x13 && name > 5 && name < length &&
    head.subarray(5, name).every((byte) => byte > 0x20);
}

/** All of them; the first that fits counts. */
export const SIGNATURES: readonly Signature[] = [
  storage("sqlite", isSqlite),
  magic(
    "an SQLite write-ahead log",
    "bring it into its database: sqlite3 DATABASE 'PRAGMA wal_checkpoint(TRUNCATE)', and serve that",
    [0, "\x37\x7f\x06"],
    [4, "\x00\x2d\xe2\x18"],
  ),
  magic(
    "an SQLite rollback journal",
    "open its database with sqlite3, which finishes the transaction, and serve that",
    [0, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"],
  ),
  magic(
    "the index of an SQLite write-ahead log",
    "serve the database, whose name is without -shm",
    [0, "\x18\xe2\x2d\x00\x00\x00\x00\x00"],
  ),
  storage("boltdb", isBolt),
  storage("lmdb", isLmdb),
  magic(
    "an LMDB lock file",
    "serve data.mdb, or the file whose name is without -lock",
    [0, "\xde\xc0\xef\xbe"],
  ),
  storage(
    "bdb",
    (head) =>
      hasNumber(
        head,
        META_MAGIC,
        ...[DB_BTREEMAGIC, DB_HASHMAGIC, DB_QAMMAGIC, DB_HEAPMAGIC],
      ),
  ),
  {
    kind: {
      what: "a log of Berkeley DB",
      advice: "serve the database that it belongs to, after db_checkpoint -1",
    },
    is: ({ head }) => hasNumber(head, META_MAGIC, DB_LOGMAGIC),
  },
  {
    kind: {
      what: "a cache of a Berkeley DB environment",
      advice: "serve the database file",
    },
    is: ({ head }) => hasNumber(head, 0, DB_REGION_MAGIC),
  },
  {
    kind: {
      what: "a database of Berkeley DB 1.85",
      advice:
        "convert it: db_dump185 FILE | db_load NEW makes one of Berkeley DB 4 or 5",
    },
    is: ({ head }) =>
      hasNumber(head, 0, DB_BTREEMAGIC) && hasNumber(head, 4, 3) ||
      hasNumber(head, 0, DB_HASHMAGIC) && hasNumber(head, 4, 1, 2, 3),
  },
  storage("gdbm", isGdbm),
  magic(
    "a dump of gdbm_dump",
    "make a database of it: gdbm_load FILE NEW",
    [0, "# GDBM dump file created by"],
  ),
  magic(
    "a dump of gdbm_dump",
    "make a database of it: gdbm_load FILE NEW",
    [0, "!\r\n! GDBM FLAT FILE DUMP"],
  ),
  {
    kind: served("zip"),
    is: ({ head }) =>
      head.length > 4 && [LOCAL, END].includes(readNumber(head, 0, true)),
  },
  {
    kind: { what: "a dump of Redis", input: "rdb" },
    is: ({ head }) => /^REDIS\d{4}$/.test(textOf(head, 9)),
  },
  {
    kind: {
      what: "an append-only file of Redis",
      advice:
        "let redis-server load it and BGSAVE a dump, of which goromdb build makes a file",
    },
    is: ({ head }) => /^\*\d{1,9}\r\n\$\d{1,9}\r\n/.test(textOf(head, 32)),
  },
  magic(
    "a table of LevelDB, or of RocksDB",
    EXPORT,
    [-8, "\x57\xfb\x80\x8b\x24\x75\x47\xdb"],
  ),
  magic("a table of RocksDB", EXPORT, [-8, "\xf7\xcf\xf4\x85\xb7\x41\xe2\x88"]),
  magic("a table of RocksDB", EXPORT, [-8, "\x64\x95\xbf\x63\x96\x22\x42\x82"]),
  magic(
    "a database of Tokyo Cabinet",
    "tchmgr list -pv FILE | goromdb build -to cdb -out data.cdb -from tsv -key-field 1 -value-field 2",
    [0, "ToKyO CaBiNeT\n"],
  ),
  magic(
    "a database of Kyoto Cabinet",
    "kchashmgr list -pv FILE | goromdb build -to cdb -out data.cdb -from tsv -key-field 1 -value-field 2",
    [0, "KC\n\x00"],
  ),
  magic("a database of QDBM", EXPORT, [0, "[DEPOT]\n\f"]),
  magic("a database of QDBM", EXPORT, [0, "[depot]\n\f"]),
  magic("a TDB file of Samba", EXPORT, [0, "TDB file\n"]),
  magic("a Parquet file", EXPORT, [0, "PAR1"], [-4, "PAR1"]),
  magic("an encrypted Parquet file", EXPORT, [0, "PARE"], [-4, "PARE"]),
  magic("an ORC file", EXPORT, [0, "ORC"], [-4, "ORC"]),
  magic("an Avro file", EXPORT, [0, "Obj\x01"]),
  magic("an Arrow file", EXPORT, [0, "ARROW1"]),
  magic("a Feather file", EXPORT, [0, "FEA1"], [-4, "FEA1"]),
  magic("an HDF5 file", EXPORT, [0, "\x89HDF\r\n\x1a\n"]),
  magic("a NetCDF file", EXPORT, [0, "CDF\x01"]),
  magic("a NetCDF file", EXPORT, [0, "CDF\x02"]),
  magic(
    "an archive of mongodump",
    "export the collection instead: mongoexport, of which goromdb build makes a file",
    [0, "\x6d\xe2\x99\x81"],
  ),
  magic(
    "a dump of PostgreSQL",
    "copy the table instead: psql -c 'COPY t (k, v) TO STDOUT' | goromdb build -to cdb -out data.cdb -from postgres -key-field 1 -value-field 2",
    [0, "PGDMP"],
  ),
  magic("xz'd data", unpackWith("xz -dc FILE > NEW"), [0, "\xfd7zXZ\x00"]),
  magic("lzip'd data", unpackWith("lzip -dc FILE > NEW"), [0, "LZIP\x01"]),
  magic(
    "bzip2'd data",
    unpackWith("bzip2 -dc FILE > NEW"),
    [0, "BZh"],
    [4, "1AY&SY"],
  ),
  magic("lz4'd data", unpackWith("lz4 -dc FILE > NEW"), [
    0,
    "\x04\x22\x4d\x18",
  ]),
  magic(
    "data packed by compress",
    unpackWith("gzip -dc FILE > NEW"),
    [0, "\x1f\x9d"],
  ),
  magic(
    "data packed by snappy",
    unpackWith("snzip -dc FILE > NEW"),
    [0, "\xff\x06\x00\x00sNaPpY"],
  ),
  magic("a 7-Zip archive", unpackWith("7z x FILE"), [0, "7z\xbc\xaf\x27\x1c"]),
  magic("a RAR archive", unpackWith("unrar x FILE"), [0, "Rar!\x1a\x07"]),
  magic("a tar archive", unpackWith("tar -xf FILE"), [257, "ustar"]),
  magic("an encrypted file", "decrypt it first: age -d", [
    0,
    "age-encryption.org/v1",
  ]),
  magic("an encrypted file", "decrypt it first: openssl enc -d", [
    0,
    "Salted__",
  ]),
  magic("a program", NOT_DATA, [0, "\x7fELF"]),
  magic("a program", NOT_DATA, [0, "MZ\x90\x00"]),
  magic("a program", NOT_DATA, [0, "\xcf\xfa\xed\xfe"]),
  magic("a WebAssembly module", NOT_DATA, [0, "\x00asm"]),
  magic("a Java class", NOT_DATA, [0, "\xca\xfe\xba\xbe"]),
  magic("a PDF document", NOT_DATA, [0, "%PDF-"]),
  magic("an image", NOT_DATA, [0, "\x89PNG\r\n\x1a\n"]),
  magic("an image", NOT_DATA, [0, "\xff\xd8\xff"]),
  magic("an image", NOT_DATA, [0, "GIF8"], [5, "a"]),
  magic("an image", NOT_DATA, [0, "RIFF"], [8, "WEBP"]),
  magic("a pickle of Python", EXPORT, [0, "\x80\x02"]),
  magic("a pickle of Python", EXPORT, [0, "\x80\x03"]),
  magic("a pickle of Python", EXPORT, [0, "\x80\x04\x95"]),
  magic("a pickle of Python", EXPORT, [0, "\x80\x05\x95"]),
  {
    kind: {
      what: "BSON of mongodump",
      advice:
        "export the collection instead: mongoexport, of which goromdb build makes a file",
    },
    is: isBson,
  },
];

/** Bytes as text, one character a byte. */
function textOf(head: Uint8Array, length: number): string {
  return String.fromCharCode(...head.subarray(0, length));
}
