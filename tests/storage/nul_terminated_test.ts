/** `aliases.db`, as Postfix's `newaliases` writes it with Berkeley DB. */

import { assert, assertEquals } from "@std/assert";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { createStorage } from "../../src/storage/registry.ts";
import { isNamespaced, type Snapshot } from "../../src/storage/storage.ts";
import { buildQuietly, readBack } from "../build/building.ts";
import { faultsOf, fixturePath, get } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";

const FILE = fixturePath("bdb/aliases.db");

const WWW_DATA = '|"/usr/bin/procmail -a www-data", www-data@example.com';

function lookUp(snapshot: Snapshot, key: string): string | undefined {
  const find = snapshot.find.bind(snapshot);
  const value = get(find, new TextEncoder().encode(key));
  return value && new TextDecoder().decode(value);
}

Deno.test("a key is found with the NUL behind it, and its value is without", async () => {
  const storage = createStorage("auto");
  const data = await storage.open(FILE, { stripNul: true });
  const snapshot = storage.attach(data);
  assertEquals(lookUp(snapshot, "www-data"), WWW_DATA);
  assertEquals(lookUp(snapshot, "www-data\0"), undefined);
  assertEquals(lookUp(snapshot, "www-dat"), undefined);
  assertEquals(faultsOf(snapshot), []);
  const entries = [...snapshot.entries()];
  assertEquals(entries.length, data.keys);
  for (const { key, value } of entries) {
    assert(!key.includes(0) && !value.includes(0));
    const text = new TextDecoder().decode(key);
    assertEquals(lookUp(snapshot, text), new TextDecoder().decode(value));
  }
  storage.close(data);
});

Deno.test("keys without a NUL are not there, and not counted", async () => {
  const storage = createStorage("bdb");
  const plain = await storage.open(FILE, {});
  const stripped = await storage.open(FILE, { stripNul: true });
  // Postfix writes YP_LAST_MODIFIED and YP_MASTER_NAME without one.
  assertEquals(plain.keys! - stripped.keys!, 2);
  const snapshot = storage.attach(stripped);
  assertEquals(lookUp(snapshot, "YP_MASTER_NAME"), undefined);
  assert(lookUp(storage.attach(plain), "YP_MASTER_NAME") !== undefined);
});

Deno.test("with namespaces the NUL is behind the key, too", async () => {
  const storage = new NamespacedStorage(createStorage("bdb"), "-");
  const data = await storage.open(FILE, { stripNul: true });
  // The stored key is namespace and key: "www-" and "data".
  const inner = createStorage("bdb").attach(data);
  const bytes = new TextEncoder().encode("www-data");
  if (!isNamespaced(inner)) throw new TypeError("no namespaces");
  const value = get(
    (key, start, end, value) =>
      inner.findIn(key, start, start + 4, start + 4, end, value),
    bytes,
  );
  assertEquals(value && new TextDecoder().decode(value), WWW_DATA);
  storage.close(data);
});

Deno.test("build leaves the NULs out", () =>
  inDirectory(async (directory) => {
    const out = `${directory}/aliases.cdb`;
    await buildQuietly({
      ...{ inputs: [FILE], to: "cdb", out, open: { stripNul: true } },
    });
    const records = await readBack(out, "cdb");
    assertEquals(records.get("www-data"), WWW_DATA);
    assertEquals(records.has("www-data\0"), false);
  }));

Deno.test("a random key is any of those that are found, without its NUL", async () => {
  const storage = createStorage("bdb");
  const data = await storage.open(FILE, { stripNul: true });
  const snapshot = storage.attach(data);
  const drawn = new Set<string>();
  for (let n = 0; n < 500; n++) {
    const key = new TextDecoder().decode(snapshot.randomKey!());
    assert(lookUp(snapshot, key) !== undefined, key);
    drawn.add(key);
  }
  assert(drawn.size > data.keys! / 2, `${drawn.size} of ${data.keys}`);
  storage.close(data);
});

Deno.test("namespaces are listed, and their keys are without the NUL", () =>
  inDirectory(async (directory) => {
    const input = `${directory}/in.json`, out = `${directory}/data.bolt`;
    await Deno.writeTextFile(
      input,
      JSON.stringify({ ns: { "a\0": "1\0", "b\0": "2", c: "3\0" } }),
    );
    await buildQuietly({
      ...{ inputs: [input], to: "boltdb", out, open: { namespaced: true } },
    });
    const storage = createStorage("boltdb");
    const data = await storage.open(out, { stripNul: true, namespaced: true });
    const snapshot = storage.attach(data);
    if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const [name] = snapshot.namespaces!();
    assertEquals(text(name), "ns");
    assertEquals(text(snapshot.randomNamespace!()!), "ns");
    assertEquals(
      Array.from(
        snapshot.entriesIn!(name),
        ({ key, value }) => [text(key), text(value)],
      ),
      [["a", "1"], ["b", "2"]],
    );
    storage.close(data);
  }));
