/** Namespaces as hashes, in files of all formats that have them. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { DataSet } from "../../src/handler/data_set.ts";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { Next, type Session } from "../../src/protocol/protocol.ts";
import { Reply } from "../../src/protocol/reply.ts";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { createStorage } from "../../src/storage/registry.ts";
import {
  DataFileError,
  type NamespacedSnapshot,
  type Snapshot,
} from "../../src/storage/storage.ts";
import { fixturePath } from "../fixtures.ts";
import { cdbFile } from "../storage/cdb/writer.ts";
import { inDirectory } from "../temporary.ts";
import { dataSet, fromLatin1, latin1 } from "./converse.ts";
import { answer, ask, context, openResp } from "./resp/converse.ts";
import { command } from "./resp/records.ts";
import { parseReplies, type Reply as Parsed } from "./resp/replies.ts";

function served(snapshot: Snapshot): DataSet {
  const facts = { path: "", storage: "", sum: "0", size: 1, openedAt: 0 };
  return new DataSet(snapshot, facts);
}

/** Runs a test with a file that has namespaces. */
async function withFile(
  storageName: string,
  path: string,
  test: (snapshot: NamespacedSnapshot) => void,
): Promise<void> {
  const storage = new NamespacedStorage(createStorage(storageName));
  const data = await storage.open(path, {});
  const snapshot = storage.attach(data) as NamespacedSnapshot;
  try {
    test(snapshot);
  } finally {
    snapshot.close?.();
    storage.close(data);
  }
}

/** Namespaces with their fields, as the iterator gives them. */
function hashesOf(snapshot: Snapshot): Map<string, Map<string, string>> {
  const hashes = new Map<string, Map<string, string>>();
  for (const { namespace, key, value } of snapshot.entries()) {
    if (namespace === undefined) continue;
    const name = fromLatin1(namespace);
    let fields = hashes.get(name);
    if (fields === undefined) hashes.set(name, fields = new Map());
    fields.set(fromLatin1(key), fromLatin1(value));
  }
  return hashes;
}

const strings = (reply: Parsed) =>
  (reply as string[]).map((text) => text.slice(1));

/** Goes through a `SCAN` or an `HSCAN` to its end. */
function scanned(ask: (cursor: string) => Parsed): string[] {
  const all: string[] = [];
  let cursor = "0";
  do {
    const [next, some] = ask(cursor) as [string, Parsed];
    all.push(...strings(some));
    cursor = next.slice(1);
  } while (cursor !== "0");
  return all;
}

/** Compares all that can be asked of hashes with what the iterator gives. */
function compare(snapshot: NamespacedSnapshot): void {
  const hashes = hashesOf(snapshot);
  assert(hashes.size > 0);
  const session = openResp({ current: served(snapshot) });
  const reply = (...words: string[]) =>
    parseReplies(answer(session, command(...words)))[0];
  const names = [...hashes.keys()].sort();
  assertEquals(strings(reply("KEYS", "*")).sort(), names);
  assertEquals(scanned((at) => reply("SCAN", at)).sort(), names);
  assertEquals(reply("DBSIZE"), `:${names.length}`);
  for (const [name, fields] of hashes) {
    const sorted = [...fields.keys()].sort();
    assertEquals(reply("HLEN", name), `:${fields.size}`);
    assertEquals(strings(reply("HKEYS", name)).sort(), sorted);
    assertEquals(
      reply("HMGET", name, ...sorted),
      sorted.map((field) => `$${fields.get(field)}`),
    );
    const pairs = scanned((at) => reply("HSCAN", name, at, "COUNT", "3"));
    const found = new Map<string, string>();
    while (pairs.length > 0) found.set(pairs.shift()!, pairs.shift()!);
    assertEquals(found, fields);
    assertEquals(reply("TYPE", name), "+hash");
    assertEquals(reply("EXISTS", name, "nope", name), ":2");
    assertMatch(reply("GET", name) as string, /^-WRONGTYPE /);
  }
  assertEquals(reply("HLEN", "nope"), ":0");
  assertEquals(reply("HKEYS", "nope"), []);
  assertEquals(reply("HSCAN", "nope", "0"), ["$0", []]);
  assertEquals(reply("TYPE", "nope"), "+none");
  assertEquals(reply("GET", "nope"), "$-1");
}

for (
  const [storage, file] of [
    ["json", "json/ns.json"],
    ["boltdb", "bolt/bolt-buckets.db"],
    ["boltdb", "bolt/bolt-nested.db"],
    ["lmdb", "lmdb/named.mdb"],
    ["lmdb", "lmdb/v2-named.mdb"],
  ]
) {
  Deno.test(`the namespaces of ${file} are hashes`, () =>
    withFile(storage, fixturePath(file), (snapshot) => {
      compare(snapshot);
      // The same, as if the format did not keep namespaces apart.
      const { namespaces, entriesIn } = snapshot;
      assertEquals(namespaces === undefined, storage === "json");
      assertEquals(entriesIn === undefined, storage === "json");
      compare(
        Object.create(snapshot, {
          separator: { value: snapshot.separator },
          find: { value: snapshot.find.bind(snapshot) },
          findIn: { value: snapshot.findIn.bind(snapshot) },
          entries: { value: snapshot.entries.bind(snapshot) },
          namespaces: { value: undefined },
          entriesIn: { value: undefined },
        }),
      );
    }));
}

Deno.test("the tables of an SQLite file are hashes, without those that are empty", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    const database = new DatabaseSync(path);
    for (const name of ["users", "items", "none"]) {
      database.exec(`CREATE TABLE ${name} (key TEXT PRIMARY KEY, value BLOB)`);
      const insert = database.prepare(`INSERT INTO ${name} VALUES (?, ?)`);
      const count = { users: 5000, items: 3, none: 0 }[name]!;
      database.exec("BEGIN");
      for (let n = 0; n < count; n++) insert.run(`k${n}`, `${name} ${n}`);
      database.exec("COMMIT");
    }
    database.close();
    await withFile("sqlite", path, (snapshot) => {
      compare(snapshot);
      assertEquals([...hashesOf(snapshot).keys()].sort(), ["items", "users"]);
    });
  }));

Deno.test("the prefixes of a cdb file's keys are hashes", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.cdb`;
    const records: [string, string][] = [["no namespace", "1"]];
    for (let n = 0; n < 5000; n++) {
      records.push([`${n % 7 === 0 ? "a" : "b"}:${n}`, `value ${n}`]);
    }
    const bytes = records.map(([key, value]) =>
      [latin1(key), latin1(value)] as [Uint8Array, Uint8Array]
    );
    await Deno.writeFile(path, cdbFile(bytes, 4));
    await withFile("cdb", path, compare);
  }));

Deno.test("where a file does not tell its namespaces, listing them is refused", () =>
  withFile("bdb", fixturePath("bdb/bt-4096-small.db"), (snapshot) => {
    const session = openResp({ current: served(snapshot) });
    assertEquals(ask(session, "HGET", "ho", "ge"), "$5\r\nhoge!\r\n");
    assertEquals(ask(session, "GET", "nope"), "$-1\r\n");
    assertEquals(ask(session, "EXISTS", "ho", "ho:ge"), ":1\r\n");
    for (
      const request of ["HKEYS ho", "HLEN ho", "KEYS *", "SCAN 0", "DBSIZE"]
    ) {
      assertEquals(
        answer(session, `${request}\r\n`),
        "-ERR files of this format do not tell where a namespace's name ends: they are not listed\r\n",
      );
    }
    assertEquals(ask(session, "HGET", "ho", "ge"), "$5\r\nhoge!\r\n");
  }));

/** A snapshot whose only use is its iterator. */
function listing(
  entries: NamespacedSnapshot["entries"],
): NamespacedSnapshot {
  const { snapshot } = dataSet({});
  return Object.assign(Object.create(null), {
    find: snapshot.find.bind(snapshot),
    findIn: () => false,
    entries,
  });
}

const VALUE = new Uint8Array(1);

Deno.test("too many namespaces are not listed, and take no memory", () => {
  const session = openResp({
    current: served(listing(function* () {
      for (let n = 0; n < 1_000_000; n++) {
        yield { namespace: latin1(`n${n}`), key: VALUE, value: VALUE };
      }
    })),
  });
  assertMatch(ask(session, "KEYS", "*"), /^-ERR .* more than 100000 name/);
  assertEquals(ask(session, "GET", "n1"), "$-1\r\n");
});

Deno.test("all who wait for the namespaces have the records read once", () => {
  let reads = 0;
  const handler = {
    current: served(listing(function* () {
      for (let n = 0; n < 10_000; n++) {
        reads++;
        yield { namespace: latin1("ns"), key: VALUE, value: VALUE };
      }
    })),
  };
  const sessions = Array.from({ length: 3 }, () => openResp(handler));
  // The first turn of each; then the rest, one by one.
  const sent = command("TYPE", "ns") + command("HLEN", "ns");
  const bytes = latin1(sent);
  for (const session of sessions) {
    assertEquals(session.consume(bytes, 0, bytes.length, new Reply()), 0);
  }
  for (const session of sessions) {
    assertEquals(answer(session, sent), "+hash\r\n:10000\r\n");
  }
  assertEquals(reads, 10_000);
});

/** A session that tells nobody of damage. */
function openCareless(current: DataSet): Session {
  const databases = [{ name: "default", handler: { current } }];
  return new RespProtocol().open(context(databases, { onDamage: () => {} }));
}

Deno.test("damage that is met before the answer begins is told", () => {
  const session = openCareless(served(listing(function* () {
    for (let n = 0; n < 5000; n++) {
      yield { namespace: latin1("ns"), key: VALUE, value: VALUE };
    }
    throw new DataFileError("test", "page 7 is damaged");
  })));
  for (let n = 0; n < 2; n++) {
    assertEquals(
      answer(session, command("HLEN", "ns") + "PING\r\n"),
      "-ERR the data file is damaged at this key\r\n+PONG\r\n",
    );
  }
});

Deno.test("damage within an answer ends the connection, and looks like no reply", () => {
  const data = dataSet({});
  let times = 0;
  data.snapshot.entries = function* () {
    const damaged = times++ > 0;
    for (let n = 0; n < 5000; n++) yield { key: VALUE, value: VALUE };
    if (damaged) throw new DataFileError("test", "page 7 is damaged");
    yield { key: VALUE, value: VALUE };
  };
  const session = openCareless(data);
  const text = answer(session, command("KEYS", "*") + "PING\r\n");
  assertEquals(session.next, Next.Close);
  assert(text.startsWith("*5001\r\n$1\r\n\0\r\n"));
  assert(!text.includes("-ERR") && !text.includes("PONG"));
});
