/**
 * Every sound fixture through a running server: opened, swapped in under the one
 * before it, and read back over a socket.
 */

import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { swap } from "../../src/handler/handler.ts";
import { createCounters } from "../../src/protocol/counters.ts";
import { parseAddress } from "../../src/server/address.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { ServerPool } from "../../src/server/pool.ts";
import { createStorage } from "../../src/storage/registry.ts";
import type { SharedData } from "../../src/storage/storage.ts";
import {
  bytes,
  type ExpectedRecord,
  expectedRecords,
  type Fixture,
  fixturePath,
  fixturesOf,
} from "../fixtures.ts";
import { fromLatin1 } from "../protocol/converse.ts";
import { Client } from "../server/client.ts";
import { portOf } from "../server/start_pool.ts";

const FORMATS: [manifest: string, storage: string][] = [
  ["json", "json"],
  ["bdb", "bdb"],
  ["memcachedb", "memcachedb-bdb"],
  ["boltdb", "boltdb"],
  ["lmdb", "lmdb"],
  ["cdb", "cdb"],
  ["gdbm", "gdbm"],
  ["zip", "zip"],
  ["sqlite", "sqlite"],
];

/** What cannot be asked for over the text protocol is left out. */
function canBeAsked(key: string): boolean {
  return key.length > 0 && key.length <= 250 && !/[\0 \r\n]/.test(key);
}

function wireKey({ ns, k }: ExpectedRecord): string {
  const key = fromLatin1(bytes(k));
  return ns === undefined ? key : `${fromLatin1(bytes(ns))}|${key}`;
}

function isRight(value: string, { v, sha256, len }: ExpectedRecord): boolean {
  if (v !== undefined) return value === fromLatin1(bytes(v));
  const sum = createHash("sha256").update(value, "latin1").digest("hex");
  return value.length === len && sum === sha256;
}

async function check(client: Client, fixture: Fixture): Promise<number> {
  let asked = 0;
  for (const record of expectedRecords(fixture)) {
    const key = wireKey(record);
    if (!canBeAsked(key)) continue;
    const answer = await client.ask(`get ${key}\r\n`, "\r\nEND\r\n");
    const head = answer.indexOf("\r\n");
    const [, , flags, length] = answer.slice(0, head).split(" ").slice(-4);
    const value = answer.slice(head + 2, head + 2 + Number(length));
    assert(isRight(value, record), `${fixture.file}: ${key}`);
    assertEquals(Number(flags), record.flags ?? 0);
    asked++;
  }
  for (const missing of fixture.missing) {
    const key = fromLatin1(bytes(missing));
    if (!canBeAsked(key) || fixture.options.namespaced) continue;
    assertEquals(await client.ask(`get ${key}\r\n`, "END\r\n"), "END\r\n");
    asked++;
  }
  return asked;
}

for (const [manifest, name] of FORMATS) {
  for (const namespaced of [false, true]) {
    const fixtures = fixturesOf(manifest).filter((fixture) =>
      fixture.valid && !fixture.optional &&
      (fixture.options.namespaced ?? false) === namespaced &&
      fixture.file !== "sqlite/noindex.sqlite" // is refused: it has no index
    );
    if (fixtures.length === 0) continue;
    const kind = namespaced ? `${name}, namespaced` : name;
    Deno.test(`every ${kind} fixture is served, one after the other`, async () => {
      const plain = createStorage(name);
      const storage = namespaced ? new NamespacedStorage(plain, "|") : plain;
      const pool = new ServerPool({
        addresses: [parseAddress("127.0.0.1:0")],
        protocol: "memcached",
        databases: [{ name, counters: createCounters() }],
        transport: epollSupported() ? "epoll" : "deno",
        threads: 2,
        limits: { maxConnections: 10, idleTimeout: 0 },
      });
      const target = pool.target(name);
      const [address] = await pool.bind();
      await pool.start();
      const client = await Client.connect(portOf(address));
      let served: SharedData | undefined, asked = 0;
      try {
        for (const fixture of fixtures) {
          const path = await dataFile(fixturePath(fixture.file));
          const { bucket, database, gzipped, table, key, value } =
            fixture.options;
          const data = await storage.open(path, {
            bucket: bucket ?? database,
            gzipped,
            table,
            keyColumn: key,
            valueColumn: value,
            memory: asked % 2 === 0 ? "map" : "read",
          });
          const facts = { path, storage: name, sum: "", size: 0, openedAt: 0 };
          await swap([target], { data, facts });
          await target.released();
          if (served !== undefined) storage.close(served);
          served = data;
          asked += await check(client, fixture);
        }
      } finally {
        client.close();
        await pool.stop();
      }
      console.log(`${kind}: ${fixtures.length} files, ${asked} gets`);
    });
  }
}

/** A directory stands for the LMDB file in it. */
async function dataFile(path: string): Promise<string> {
  const { isDirectory } = await Deno.stat(path);
  return isDirectory ? `${path}/data.mdb` : path;
}
