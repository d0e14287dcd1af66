import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  adviceOn,
  type FileKind,
} from "../../../src/storage/recognize/kind.ts";
import {
  recognize,
  recognizeFile,
} from "../../../src/storage/recognize/recognize.ts";
import { createStorage, STORAGE_NAMES } from "../../../src/storage/registry.ts";
import { DataFileError } from "../../../src/storage/storage.ts";
import { concat } from "../../compression/bytes.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { dice } from "../mutate.ts";
import { inDirectory } from "../../temporary.ts";
import { openCdb } from "../../../src/storage/cdb/cdb.ts";
import { cdbFile } from "../cdb/writer.ts";

const utf8 = new TextEncoder();

function kindOf(content: Uint8Array | string): FileKind | undefined {
  const bytes = typeof content === "string" ? utf8.encode(content) : content;
  return recognize({
    head: bytes.subarray(0, 65536),
    tail: bytes.subarray(-64),
    size: bytes.length,
  });
}

/** The bytes that the characters of a text stand for, and zeros behind them. */
function binary(text: string, length = 3000): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  return bytes;
}

for (
  const format of ["json", "bdb", "boltdb", "lmdb", "cdb", "gdbm", "sqlite"]
) {
  Deno.test(`every sound ${format} file is known as one`, async () => {
    const files = new Set(
      fixturesOf(format).filter(({ valid, options }) =>
        valid && options.gzipped !== false
      ).map(({ file }) => file),
    );
    for (const file of files) {
      const path = fixturePath(file);
      if ((await Deno.stat(path)).isDirectory) continue;
      assertEquals((await recognizeFile(path))?.storage, format, file);
    }
  });
}

interface Unknown {
  file: string;
  by: string;
  what: string;
}

const unknown: Unknown[] = JSON.parse(
  Deno.readTextFileSync(fixturePath("unknown.json")),
);

for (const { file, by, what } of unknown) {
  Deno.test(`a file by ${by} is told to be ${what}`, async () => {
    const kind = await recognizeFile(fixturePath(file));
    assertEquals(kind?.what, what);
    assertEquals(kind?.storage, undefined);
    await assertRejects(
      () => createStorage("auto").open(fixturePath(file), {}),
      DataFileError,
      `this is ${what}: `,
    );
  });
}

/** Files that need more than a few bytes of their own. */
const tar = binary("data.json");
tar.set(utf8.encode("ustar\x0000"), 257);

const KINDS: [string, Uint8Array | string, string, string?][] = [
  ["nothing", "", "an empty file"],
  ["zeros", new Uint8Array(70_000), "a file of zeros"],
  ["bzip2", binary("BZh91AY&SY\x01"), "bzip2'd data"],
  ["lz4", binary("\x04\x22\x4d\x18\x64"), "lz4'd data"],
  ["7-Zip", binary("7z\xbc\xaf\x27\x1c\0"), "a 7-Zip archive"],
  ["tar", tar, "a tar archive"],
  ["Parquet", binary("PAR1\x15", 100), "nothing"],
  [
    "whole Parquet",
    concat(binary("PAR1\x15", 3000), binary("PAR1", 4)),
    "a Parquet file",
  ],
  ["Avro", binary("Obj\x01\x04"), "an Avro file"],
  ["ELF", binary("\x7fELF\x02\x01"), "a program"],
  ["PDF", binary("%PDF-1.7\n%\xe2"), "a PDF document"],
  ["PNG", binary("\x89PNG\r\n\x1a\n\0\0"), "an image"],
  ["JPEG", binary("\xff\xd8\xff\xe0"), "an image"],
  ["pickle", binary("\x80\x04\x95\x10\0"), "a pickle of Python"],
  [
    "BSON",
    binary("\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0"),
    "BSON of mongodump",
  ],
  ["mongodump", binary("\x6d\xe2\x99\x81"), "an archive of mongodump"],
  ["PGDMP", binary("PGDMP\x01\x0e"), "a dump of PostgreSQL"],
  [
    "SQLite WAL",
    binary("\x37\x7f\x06\x82\0\x2d\xe2\x18"),
    "an SQLite write-ahead log",
  ],
  [
    "SQLite journal",
    binary("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"),
    "an SQLite rollback journal",
  ],
  ["LMDB lock", binary("\xde\xc0\xef\xbe\x01\0\x01\0"), "an LMDB lock file"],
  [
    "log of Berkeley DB",
    binary("\0\0\0\0\x1c\0\0\0\xb4\x34\x09\x3e\x88\x09\x04\0"),
    "a log of Berkeley DB",
  ],
  [
    "region of Berkeley DB",
    binary("\x97\x08\x12\0\0\0\0\0"),
    "a cache of a Berkeley DB environment",
  ],
  ["RDB", binary("REDIS0011\xfa"), "a dump of Redis", "rdb"],
  [
    "AOF",
    "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n",
    "an append-only file of Redis",
  ],
  ["JSON", '\ufeff {\n "a": 1}', "a JSON object", "json"],
  ["JSON on one line", '{"a": {"b": 2}}\n', "a JSON object", "json"],
  ["NDJSON", '{"a":1}\r\n{"a":2}\r\n', "NDJSON, an object a line", "ndjson"],
  ["a JSON array", ' [\n {"a": 1}\n]', "a JSON array", "json"],
  ["an empty JSON array", "[]", "a JSON array", "json"],
  ["CSV", 'key,value\na,"1,5"\n', "CSV", "csv"],
  ["TSV", "a\t1\nb\t2\n", "TSV", "tsv"],
  ["CSV of Excel", "key;value\r\na;1,5\r\n", "CSV with semicolons"],
  ["HTML", "<!DOCTYPE html>\n<html>404", "a page of HTML"],
  ["XML", '<?xml version="1.0"?>\n<a/>', "XML"],
  [
    "Git LFS",
    "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n",
    "a pointer of Git LFS",
  ],
  ["a sum", "d41d8cd98f00b204e9800998ecf8427e  data.db\n", "a checksum"],
  ["mysqldump", "-- MySQL dump 10.13\n", "a dump of MySQL or MariaDB"],
  ["mariadb-dump", "/*M!999999\\- enable */\n", "a dump of MySQL or MariaDB"],
  ["pg_dump", "--\n-- PostgreSQL database dump\n--\n", "a dump of PostgreSQL"],
  ["sqlite3 .dump", "PRAGMA foreign_keys=OFF;\nBEGIN", "a dump of SQLite"],
  [
    "db_dump",
    "VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n",
    "a dump of Berkeley DB",
  ],
  [
    "mdb_dump",
    "VERSION=3\nformat=bytevalue\ntype=btree\nmapsize=1048576\n",
    "a dump of LMDB",
  ],
  ["cdbmake", "+3,5:one->Hello\n\n", "what cdbmake makes a cdb of"],
  [
    "a text",
    "once upon a time\nthere was\n",
    "text of no format that is known",
  ],
];

for (const [name, content, what, input] of KINDS) {
  if (what === "nothing") {
    Deno.test(`${name} that ends otherwise is of no format that is known`, () => {
      assertEquals(kindOf(content), undefined);
    });
    continue;
  }
  Deno.test(`${name} is told to be ${what}`, () => {
    const kind = kindOf(content);
    assertEquals(kind?.what, what);
    assertEquals(kind?.input, input);
    assert(adviceOn(kind!).length > 0);
  });
}

Deno.test("random bytes are of no format that is known, also in a large file", () => {
  const roll = dice(1);
  for (let n = 0; n < 200; n++) {
    const head = Uint8Array.from({ length: 8192 }, () => roll(256));
    head[0] = 0xee; // no magic number by chance
    for (const size of [head.length, 2 ** 33, Infinity]) {
      assertEquals(
        recognize({ head, tail: head.subarray(-64), size }),
        undefined,
      );
    }
  }
});

Deno.test("a cdb is one where its pointers are consistent, also if it is cut", () => {
  const pairs = Array.from(
    { length: 1000 },
    (_, n): [Uint8Array, Uint8Array] => [
      utf8.encode(`key ${n}`),
      utf8.encode(`value ${n}`),
    ],
  );
  for (const word of [4, 8] as const) {
    const file = cdbFile(pairs, word);
    assertEquals(kindOf(file)?.storage, "cdb");
    assertEquals(kindOf(file.subarray(0, -100))?.storage, "cdb");
    assertEquals(kindOf(cdbFile([], word))?.storage, "cdb");
    // Damaged, it is still one: opening it tells what is wrong.
    const pointers = word === 4 ? 0 : 2064;
    const damaged = file.slice();
    const view = new DataView(damaged.buffer);
    for (const table of [0, 7, 100, 255]) {
      view.setUint32(pointers + table * 2 * word, 5, true);
      assertEquals(kindOf(damaged)?.storage, "cdb");
    }
    for (let table = 0; table < 256; table += 8) {
      view.setUint32(pointers + table * 2 * word, 5, true);
    }
    assertEquals(kindOf(damaged), undefined);
  }
});

Deno.test("a cdb may have its tables in another order", () => {
  const pairs = Array.from(
    { length: 500 },
    (
      _,
      n,
    ): [Uint8Array, Uint8Array] => [utf8.encode(`k${n}`), utf8.encode("v")],
  );
  const file = cdbFile(pairs, 4);
  const view = new DataView(file.buffer);
  const tables = Array.from({ length: 256 }, (_, n) => ({
    at: view.getUint32(8 * n, true),
    slots: view.getUint32(8 * n + 4, true),
  }));
  const begin = tables[0].at;
  const content = file.slice(begin);
  let at = begin;
  for (const [n, table] of [...tables.entries()].reverse()) {
    const from = table.at - begin;
    file.set(content.subarray(from, from + 8 * table.slots), at);
    view.setUint32(8 * n, at, true);
    at += 8 * table.slots;
  }
  assertEquals(kindOf(file)?.storage, "cdb");
  assertEquals(openCdb(file, "reversed", {}).count(), 500);
  assertEquals(kindOf(file.subarray(0, -10)), undefined);
});

Deno.test("text in UTF-16 is told by its mark, and without one", () => {
  const text = '{"a": "1ä日"}';
  const encoded = (little: boolean, mark: boolean) => {
    const view = new DataView(new ArrayBuffer(2 * text.length + 2));
    const characters = (mark ? "\ufeff" : "") + text + (mark ? "" : "\n");
    for (let i = 0; i < characters.length; i++) {
      view.setUint16(2 * i, characters.charCodeAt(i), little);
    }
    return new Uint8Array(view.buffer);
  };
  for (const little of [true, false]) {
    const name = little ? "UTF-16LE" : "UTF-16BE";
    const marked = kindOf(encoded(little, true))!;
    assertEquals(marked.what, "a JSON object in UTF-16");
    assertEquals(
      adviceOn(marked),
      "goromdb build -to cdb -out data.cdb FILE, or make UTF-8 of it: iconv -f UTF-16 -t UTF-8 FILE > NEW",
    );
    const bare = kindOf(encoded(little, false))!;
    assertEquals(bare.what, "a JSON object in UTF-16");
    assertEquals(
      adviceOn(bare),
      `make UTF-8 of it: iconv -f ${name} -t UTF-8 FILE > NEW`,
    );
  }
});

const sqlite = Deno.readFileSync(fixturePath("sqlite/text.sqlite"));

const PACKED: [
  string,
  Uint8Array | string,
  string,
  string | undefined,
  string,
][] = [
  [
    "JSON",
    '{"a": "1"}',
    "a JSON object, gzip'd",
    "json",
    "say -storage json",
  ],
  [
    "CSV",
    "key,value\na,1\n",
    "CSV, gzip'd",
    undefined,
    "goromdb build -to cdb -out data.cdb FILE",
  ],
  [
    "SQLite",
    sqlite,
    "an SQLite database, gzip'd",
    undefined,
    "unpack it first: gzip -dc FILE > NEW",
  ],
  [
    "a tar archive",
    tar,
    "a tar archive, gzip'd",
    undefined,
    "unpack it first: gzip -dc FILE > NEW",
  ],
  [
    "gzip",
    new Uint8Array(gzipSync(utf8.encode("{}"))),
    "gzip'd data that are packed again",
    undefined,
    "unpack it first: gzip -dc FILE > NEW",
  ],
  [
    "anything",
    binary("\x01\x02\x03\x04\x05"),
    "gzip'd data of no format that is known",
    undefined,
    "unpack it first: gzip -dc FILE > NEW",
  ],
];

for (const [name, content, what, storage, advice] of PACKED) {
  Deno.test(`gzip is looked into: ${name}`, () =>
    inDirectory(async (directory) => {
      const bytes = typeof content === "string"
        ? utf8.encode(content)
        : content;
      // More than is looked at, where there is more.
      const path = `${directory}/data.gz`;
      await Deno.writeFile(path, gzipSync(bytes));
      const kind = await recognizeFile(path);
      assertEquals(kind?.what, what);
      assertEquals(kind?.storage, storage);
      assertEquals(adviceOn(kind!), advice);
    }));
}

Deno.test("what is asked to be another format is told what it is", async () => {
  const cases: [string, string, string][] = [
    [
      "bolt/bbolt-8192.db",
      "cdb",
      "this is a BoltDB file, not a cdb: say -storage boltdb",
    ],
    [
      "sqlite/text.sqlite",
      "json",
      "this is an SQLite database, not a JSON object: say -storage sqlite",
    ],
    [
      "cdb/small.cdb",
      "boltdb",
      "this is a cdb, not a BoltDB file: say -storage cdb",
    ],
    [
      "json/flat.json",
      "sqlite",
      "this is a JSON object, not an SQLite database: say -storage json",
    ],
    [
      "lmdb/many.mdb",
      "gdbm",
      "this is an LMDB file, not a GDBM file: say -storage lmdb",
    ],
    [
      "json/array.json",
      "json",
      "this is a JSON array, not a JSON object: goromdb build -to cdb -out data.cdb FILE",
    ],
    [
      "unknown/a.json.xz",
      "json",
      "this is xz'd data, not a JSON object: unpack it first: xz -dc FILE > NEW",
    ],
  ];
  for (const [file, storage, problem] of cases) {
    const path = fixturePath(file);
    const error = await assertRejects(
      () => createStorage(storage).open(path, {}),
      DataFileError,
    );
    assertEquals(error.problem, problem);
  }
});

Deno.test("no storage takes a file of another for its own", async () => {
  const samples = [
    "bdb/bt-4096-small.db",
    "bolt/bbolt-8192.db",
    "cdb/small.cdb",
    "lmdb/many.mdb",
    "sqlite/text.sqlite",
    "json/flat.json",
    "gdbm/binary.gdbm",
  ];
  for (const file of samples) {
    const path = fixturePath(file);
    const own = (await recognizeFile(path))!.storage!;
    for (const storage of STORAGE_NAMES) {
      const isOwn = storage === own || storage === "auto" ||
        storage === `memcachedb-${own}`;
      if (isOwn) continue;
      const error = await assertRejects(
        () => createStorage(storage).open(path, {}),
        DataFileError,
      );
      assert(error.problem.endsWith(`say -storage ${own}`), error.problem);
    }
  }
});

Deno.test("a damaged file of the format that was asked for is told to be damaged", async () => {
  for (const { file, storage, valid, options, detect } of fixturesOf("cdb")) {
    if (valid || detect !== "load" && detect !== undefined) continue;
    const error = await assertRejects(
      () => createStorage(storage).open(fixturePath(file), options),
      DataFileError,
    );
    assert(!error.problem.startsWith("this is a cdb"), error.problem);
  }
});

Deno.test("what is opened is attached by the storage of its format", async () => {
  const auto = createStorage("auto");
  for (
    const [file, storage] of [
      ["json/flat.json.gz", "json"],
      ["cdb/small.cdb", "cdb"],
      ["bdb/bt-4096-small.db", "bdb"],
    ]
  ) {
    const data = await auto.open(fixturePath(file), {});
    assertEquals(data.storage, storage);
    assertEquals(auto.attach(data).count(), 12);
    auto.close(data);
  }
});

Deno.test("a file that is nothing of these is refused", async () => {
  for (const file of ["bdb/nothing.db", "bdb/garbage.db", "bdb/text.db"]) {
    await assertRejects(
      () => createStorage("auto").open(fixturePath(file), {}),
      DataFileError,
    );
  }
});
