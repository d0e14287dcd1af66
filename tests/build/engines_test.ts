/** The real engines read what was built. */

import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { open } from "lmdb";
import { inDirectory } from "../temporary.ts";
import {
  buildPairs,
  buildQuietly,
  csv,
  fromBytes,
  type Pair,
  randomPairs,
  toBytes,
} from "./building.ts";

/** Runs a program. @returns nothing if it is not installed. */
async function engine(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      env,
    }).output();
    const text = new TextDecoder();
    if (code !== 0) throw new Error(`${program}: ${text.decode(stderr)}`);
    return text.decode(stdout);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`skipped: ${program} is not installed`);
  }
}

const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");
const unhex = (hex: string) => Buffer.from(hex, "hex").toString("latin1");

/** Long keys that differ only at their end need long keys in internal pages. */
function longKeys(length: number): Pair[] {
  return Array.from({ length: 40 }, (_, n): Pair => [
    "k".repeat(length) + String(n).padStart(3, "0"),
    `value ${n}`,
  ]);
}

for (const format of ["bdb", "memcachedb-bdb"]) {
  Deno.test(`Berkeley DB verifies and dumps ${format}`, () =>
    inDirectory(async (directory) => {
      const long = format === "bdb" ? longKeys(20_000) : [];
      const pairs = [...randomPairs(11, 10_000), ...long];
      const path = await buildPairs(directory, format, pairs);
      if (await engine("db5.3_verify", [path]) === undefined) return;
      const dump = (await engine("db5.3_dump", [path]))!;
      const lines = dump.slice(dump.indexOf("HEADER=END\n") + 11).split("\n");
      const found = new Map<string, string>();
      for (let n = 0; lines[n] !== "DATA=END"; n += 2) {
        found.set(unhex(lines[n].trim()), unhex(lines[n + 1].trim()));
      }
      const expected = new Map(pairs);
      assertEquals(found.size, expected.size);
      for (const [key, value] of expected) {
        const item = found.get(key)!;
        if (format === "bdb") assertEquals(item, value);
        else assert(item.endsWith(` 0 ${value.length}\r\n${value}\r\n`));
      }
    }));
}

Deno.test("Berkeley DB verifies a file without records, and one of one page", () =>
  inDirectory(async (directory) => {
    for (const pairs of [[], [["a", "1"]] as Pair[]]) {
      const path = await buildPairs(directory, "bdb", pairs);
      if (await engine("db5.3_verify", [path]) === undefined) return;
    }
  }));

Deno.test("bbolt checks what was built, and can go on writing to it", () =>
  inDirectory(async (directory) => {
    const lines = [...randomPairs(12, 10_000), ...longKeys(30_000)]
      .map(([key, value], n) => [key, value, n % 3 === 0 ? "few" : "many"]);
    lines.push(["only", "one", "small"]);
    const input = `${directory}/input.csv`, out = `${directory}/data.db`;
    await Deno.writeFile(input, csv(lines));
    await buildQuietly({
      inputs: [input],
      to: "boltdb",
      out,
      open: { namespaced: true },
      fields: { key: "1", value: "2", namespace: "3" },
    });
    const source = fileURLToPath(new URL("./engine/check.go", import.meta.url));
    const cache = `${Deno.env.get("TMPDIR") ?? "/tmp"}/go-build`;
    let text: string | undefined;
    try {
      text = await engine("go", ["run", source, out], {
        GO111MODULE: "off",
        GOPATH: "/usr/share/gocode",
        GOFLAGS: "",
        GOCACHE: cache,
      });
    } catch (error) {
      if (!String(error).includes("cannot find package")) throw error;
      console.log("skipped: golang-github-coreos-bbolt-dev is not installed");
    }
    if (text === undefined) return;
    const expected = new Map(
      lines.map((
        [key, value, bucket],
      ) => [`${hex(bucket)} ${hex(key)}`, value]),
    );
    for (const bucket of ["few", "many", "small"]) {
      expected.set(`${hex(bucket)} ${hex("added")}`, "by bbolt");
    }
    const found = text.trimEnd().split("\n");
    assertEquals(found.length, expected.size);
    for (const line of found) {
      const [bucket, key, value] = line.split(" ");
      assertEquals(unhex(value), expected.get(`${bucket} ${key}`));
    }
  }));

Deno.test("tinycdb dumps what was built", () =>
  inDirectory(async (directory) => {
    const pairs = Array.from({ length: 20_000 }, (_, n): Pair => [
      `key-${n}`,
      `value ${n} `.repeat(n % 7),
    ]);
    const path = await buildPairs(directory, "cdb", pairs);
    const dump = await engine("cdb", ["-d", path]);
    if (dump === undefined) return;
    const lines = pairs.map(([key, value]) =>
      `+${key.length},${value.length}:${key}->${value}`
    );
    // It ends with an empty line.
    assertEquals(dump.slice(0, -2).split("\n").toSorted(), lines.toSorted());
    for (const [key, value] of pairs.slice(7, 9)) {
      assertEquals(await engine("cdb", ["-q", path, key]), value);
    }
  }));

Deno.test("npm:lmdb reads what was built", () =>
  inDirectory(async (directory) => {
    const pairs = randomPairs(13, 10_000);
    const path = await buildPairs(directory, "lmdb", pairs);
    const database = open<Uint8Array, Uint8Array>({
      path,
      noSubdir: true,
      readOnly: true,
      keyEncoding: "binary",
      encoding: "binary",
    });
    const found = new Map<string, string>();
    for (const { key, value } of database.getRange({})) {
      found.set(fromBytes(key), fromBytes(value));
    }
    await database.close();
    assertEquals(found, new Map(pairs));
  }));

Deno.test("SQLite checks and reads what was built", () =>
  inDirectory(async (directory) => {
    const path = await buildPairs(directory, "sqlite", [
      ["b", "2"],
      ["\xff", "\0binary"],
      ["a", "\xc3\xa4"],
    ]);
    const database = new DatabaseSync(path, { readOnly: true });
    assertEquals(
      { ...database.prepare("PRAGMA integrity_check").get() },
      { integrity_check: "ok" },
    );
    const rows = database.prepare("SELECT key, value FROM kv").all();
    database.close();
    assertEquals(rows.map(({ key, value }) => [key, value]), [
      ["a", "ä"],
      ["b", "2"],
      [toBytes("\xff"), toBytes("\0binary")],
    ]);
  }));
