import { DatabaseSync } from "node:sqlite";
import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { run } from "../e2e/program.ts";
import { expectedRecords, fixturePath, fixturesOf } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";

const MANY = fixturePath("lmdb/many.mdb");
const BUCKETS = fixturePath("bolt/bolt-buckets.db");

async function withFile(
  text: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/data.json`, text);
    await use(`${directory}/data.json`);
  });
}

Deno.test("get prints one value byte for byte, and several a line each", () =>
  withFile('{"a": "1", "b": "zwei\\n"}', async (path) => {
    assertEquals((await run("get", path, "b")).stdout, "zwei\n");
    assertEquals((await run("get", path, "a")).stdout, "1");
    assertEquals((await run("get", path, "a", "b")).stdout, "1\nzwei\n\n");
  }));

Deno.test("get tells a key that is not there, and ends with 1", () =>
  withFile('{"a": "1"}', async (path) => {
    assertEquals(await run("get", path, "a", "x"), {
      code: 1,
      stdout: "1\n",
      stderr: `goromdb: ${path} has no key x\n`,
    });
  }));

Deno.test("get finds keys of namespaces as clients write them", async () => {
  const fixture = fixturesOf("boltdb").find(({ file, options, valid }) =>
    file === "bolt/bolt-buckets.db" && options.namespaced && valid
  )!;
  const decode = (text: string) =>
    new TextDecoder().decode(Uint8Array.fromBase64(text));
  const record = expectedRecords(fixture).find(({ ns, k }) =>
    /^[\w:]+$/.test(decode(ns!) + decode(k))
  )!;
  const key = `${decode(record.ns!)}:${decode(record.k)}`;
  const { code, stdout } = await run(
    ...["get", BUCKETS, "-handler", "namespaced", key],
  );
  assertEquals(code, 0);
  assert(stdout.length > 0);
  const listed = await run("keys", BUCKETS, "-handler", "namespaced");
  assert(listed.stdout.split("\n").includes(key));
});

Deno.test("keys lists all keys, those with a prefix, or the first", async () => {
  const all = (await run("keys", MANY)).stdout.trimEnd().split("\n");
  assertEquals(all.length, 450);
  assertEquals(all[0], "key:000000");
  const { stdout } = await run("keys", MANY, "-prefix", "key:00042");
  assertEquals(stdout.trimEnd().split("\n").length, 10);
  assertEquals(
    (await run("keys", MANY, "-limit", "2")).stdout,
    "key:000000\nkey:000001\n",
  );
});

Deno.test("keys shows what does not print, or prints JSON, or NULs between keys", async () => {
  const file = fixturePath("bdb/aliases.db");
  const printed = async (...flags: string[]) =>
    (await run("keys", file, "-prefix", "www", ...flags)).stdout;
  assertEquals(await printed(), "www-data\\x00\n");
  assertEquals(await printed("-json"), '"www-data\\u0000"\n');
  assertEquals(await printed("-0"), "www-data\0\0");
  assertEquals(await printed("-strip-nul"), "www-data\n");
  const { code, stderr } = await run("keys", file, "-0", "-json");
  assertEquals(
    [code, stderr],
    [2, "goromdb: -json and -0 cannot go together\n"],
  );
});

Deno.test("get takes keys in hexadecimal digits or in base64", async () => {
  const file = fixturePath("bdb/aliases.db");
  const value = '|"/usr/bin/procmail -a www-data", www-data@example.com';
  for (
    const [flag, key] of [
      ["-hex", "7777772d6461746100"],
      ["-base64", "d3d3LWRhdGEA"],
    ]
  ) assertEquals((await run("get", file, flag, key)).stdout, `${value}\0`);
  assertEquals(
    (await run("get", file, "-strip-nul", "www-data")).stdout,
    value,
  );
  const { code, stderr } = await run("get", file, "-hex", "7");
  assertEquals(
    [code, stderr],
    [
      2,
      'goromdb: the key "7" is not written in pairs of hexadecimal digits\n',
    ],
  );
});

Deno.test("keys ends quietly when nobody reads on", async () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const deno = Deno.execPath();
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      `"${deno}" run -q -A "${main}" keys "${MANY}" | head -n 1`,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  assertEquals([code, text.decode(stdout), text.decode(stderr)], [
    0,
    "key:000000\n",
    "",
  ]);
});

Deno.test("inspect tells format, version, sizes, sum, keys", async () => {
  const { code, stdout } = await run("inspect", MANY, "-json");
  assertEquals(code, 0);
  const told = JSON.parse(stdout);
  assertEquals(told.format, "lmdb");
  assertEquals(told.version, "data format 1");
  assertEquals(told["page size"], 4096);
  assertEquals(told.keys, 450);
  assertEquals(told.size, 32768);
  assertEquals(told.md5, "494ab005dac80a151609775cfc4d7202"); // by md5sum
  assertEquals(told.read, { records: 450, complete: true });
  assertEquals(told.keySizes.classes, [{ from: 8, to: 15, count: 450 }]);
  assertEquals(told.samples.length, 3);
  assertEquals(told.samples[0].key, "key:000000");
});

Deno.test("inspect tells a big-endian hash, and a 64 KiB page", async () => {
  const cases: [string, string][] = [
    ["bdb/bt-65536.db", "page size   65536"],
    ["bdb/hash-be.db", "byte order  big-endian"],
  ];
  for (const [file, line] of cases) {
    if (!fixturesOf("bdb").some((fixture) => fixture.file === file)) continue;
    const { stdout } = await run("inspect", fixturePath(file));
    assert(stdout.includes(line), stdout);
  }
});

Deno.test("inspect never sends a terminal what is not text", () =>
  withFile('{"a\\u001b[2J": "\\u0007x"}', async (path) => {
    const { stdout } = await run("inspect", path);
    assert(stdout.includes("a\\x1b[2J: \\x07x"), stdout);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x09\x0b-\x1f]/.test(stdout));
  }));

Deno.test("inspect counts sizes that are far apart, and none in between", () =>
  withFile(`{"a": "x", "b": "${"y".repeat(100)}"}`, async (path) => {
    const { stdout } = await run("inspect", path, "-json");
    const { classes } = JSON.parse(stdout).valueSizes;
    assertEquals(
      classes.map(({ from, count }: { from: number; count: number }) => [
        from,
        count,
      ]),
      [[1, 1], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0], [64, 1]],
    );
    const lines = (await run("inspect", path)).stdout.split("\n");
    const bar = "█".repeat(40);
    assert(lines.includes(`          1 1 ${bar}`), lines.join("\n"));
    assert(lines.includes("     4 to 7 0"), lines.join("\n"));
    assert(lines.includes(`  64 to 127 1 ${bar}`), lines.join("\n"));
  }));

Deno.test("diff compares a bucket of one file with another's", async () => {
  const file = fixturePath("bdb/named.db");
  const { code, stdout } = await run(
    ...["diff", "-old-bucket", "many", "-new-bucket", "hash", file, file],
  );
  assertEquals([code, stdout], [
    0,
    "added 0\nremoved 0\nchanged 0\nsame 150\n",
  ]);
  const other = await run(
    "diff",
    "-bucket",
    "many",
    "-new-bucket",
    "few",
    file,
    file,
  );
  assertEquals(other.code, 1);
  assert(other.stdout.startsWith("added 12\n"), other.stdout);
});

Deno.test("a NULL in a column that is NOT NULL is told in one line", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.sqlite`;
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT         );
      INSERT INTO kv VALUES ('a', '1'), ('b', NULL), ('c', '3');
    `);
    database.close();
    const bytes = await Deno.readFile(path);
    const at = new TextDecoder("latin1").decode(bytes).indexOf("         )");
    bytes.set(new TextEncoder().encode(" NOT NULL"), at);
    await Deno.writeFile(path, bytes);
    const line =
      `goromdb: ${path}: damaged: "kv" has a NULL in a column that is NOT NULL\n`;
    for (const argv of [["inspect", path], ["get", path, "b"]]) {
      const { code, stderr } = await run(...argv);
      assertEquals([code, stderr], [1, line], argv[0]);
    }
    assertEquals((await run("verify", path)).code, 1);
  }));

Deno.test("inspect counts the keys of namespaces", async () => {
  const { stdout } = await run(
    ...["inspect", BUCKETS, "-handler", "namespaced", "-json"],
  );
  const told = JSON.parse(stdout);
  const counts = Object.values<number>(told.namespaces);
  assertEquals(counts.reduce((a, b) => a + b), told.keys);
});

Deno.test("verify ends with 0 for a sound file", async () => {
  const { code, stdout } = await run("verify", MANY);
  assertEquals(code, 0);
  assert(stdout.includes("sound: lmdb, 450 keys"), stdout);
});

Deno.test("verify tells a wrong sum, and a damaged page with its place", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.mdb`;
    const bytes = await Deno.readFile(MANY);
    bytes[3 * 4096] ^= 0xff; // page 3 bears another number then
    await Deno.writeFile(path, bytes);
    await Deno.writeTextFile(`${path}.md5`, `${"0".repeat(32)}  data.mdb\n`);
    const { code, stdout } = await run("verify", path);
    assertEquals(code, 1);
    assert(/^\S+data\.mdb: sum: is \w{32}, and/m.test(stdout), stdout);
    assert(stdout.includes(`${path}: open: page 3: bears`), stdout);
  }));

Deno.test("verify reads sums of both kinds, in the dialects of the watcher", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.mdb`;
    const bytes = await Deno.readFile(MANY);
    await Deno.writeFile(path, bytes);
    const sum = (kind: string) => createHash(kind).update(bytes).digest("hex");
    const md5 = `MD5 (data.mdb) = ${sum("md5").toUpperCase()}\r\n`;
    await Deno.writeTextFile(`${path}.md5`, md5);
    await Deno.writeTextFile(`${path}.sha256`, `${sum("sha256")} *out/x\n`);
    const sound = await run("verify", path);
    assertEquals(sound.code, 0);
    assert(sound.stdout.includes(`sum ${sum("md5")} as in ${path}.md5`));
    assert(sound.stdout.includes(`sum ${sum("sha256")} as in ${path}.sha256`));
    await Deno.writeTextFile(`${path}.md5`, `${sum("sha256")}  data.mdb\n`);
    await Deno.writeTextFile(`${path}.sha256`, `${"0".repeat(64)}\n`);
    const { code, stdout } = await run("verify", path);
    assertEquals(code, 1);
    assert(stdout.includes(`${path}.md5: holds no MD5 sum, but one`), stdout);
    assert(stdout.includes(`and ${path}.sha256 says 0000`), stdout);
  }));

Deno.test("verify tells keys that are not in order, with their place", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.mdb`;
    const bytes = await Deno.readFile(MANY);
    const text = new TextDecoder("latin1").decode(bytes);
    for (const { index } of text.matchAll(/key:000123/g)) bytes[index] = 0x7a;
    await Deno.writeFile(path, bytes);
    const { code, stdout } = await run("verify", path);
    assertEquals(code, 1);
    assert(/: page \d+: a key is not greater than/.test(stdout), stdout);
  }));

Deno.test("diff counts what is new, gone and changed; 1 if anything is", () =>
  inDirectory(async (directory) => {
    const [older, newer] = [`${directory}/a.json`, `${directory}/b.json`];
    await Deno.writeTextFile(older, '{"a": "1", "b": "2", "c": "3"}');
    await Deno.writeTextFile(newer, '{"b": "2", "c": "4", "d": "5", "e": "6"}');
    assertEquals(await run("diff", older, newer), {
      code: 1,
      stdout: "added 2\n  e\n  d\nremoved 1\n  a\nchanged 1\n  c\nsame 1\n"
        .replace("  e\n  d\n", (await addedKeys(older, newer)).join("")),
      stderr: "",
    });
    const same = await run("diff", older, older, "-json");
    assertEquals(same.code, 0);
    assertEquals(JSON.parse(same.stdout), {
      added: { count: 0, samples: [] },
      removed: { count: 0, samples: [] },
      changed: { count: 0, samples: [] },
      same: 3,
    });
  }));

/** A table has no order: the two keys may come in either. */
async function addedKeys(older: string, newer: string): Promise<string[]> {
  const { stdout } = await run("diff", older, newer, "-json");
  const { samples } = JSON.parse(stdout).added;
  assertEquals(samples.toSorted(), ["d", "e"]);
  return samples.map((key: string) => `  ${key}\n`);
}

Deno.test("each tool says what it needs", async () => {
  for (const command of ["get", "keys", "inspect", "verify", "diff", "bench"]) {
    const { code, stderr } = await run(command);
    assertEquals(code, 2);
    assert(stderr.startsWith(`goromdb: write goromdb ${command} `), stderr);
  }
  const missing = await run("inspect", "/nowhere/data.db");
  assertEquals(missing.code, 1);
  assertEquals(missing.stderr, "goromdb: /nowhere/data.db does not exist\n");
});

Deno.test("no command reads a file whose changes are still beside it", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`, out = `${directory}/out.json`;
    const database = new DatabaseSync(path);
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE kv (key TEXT PRIMARY KEY, value);
      INSERT INTO kv VALUES ('k', 'in the file');
      PRAGMA wal_checkpoint(TRUNCATE);
      UPDATE kv SET value = 'in the log';
    `);
    const reason =
      `is not finished: there are changes in ${path}-wal; close what writes it`;
    const commands = [
      ...[["get", path, "k"], ["keys", path], ["inspect", path]],
      ...[["diff", path, path], ["build", "-to", "json", "-out", out, path]],
    ];
    for (const command of commands) {
      const { code, stdout, stderr } = await run(...command);
      assertEquals([code, stdout], [1, ""], command[0]);
      assertEquals(stderr, `goromdb: ${path}: ${reason}\n`);
    }
    const verified = await run("verify", path);
    assertEquals(verified.code, 1);
    assertEquals(verified.stdout, `${path}: open: ${reason}\n`);
    database.exec("PRAGMA journal_mode = DELETE");
    database.close();
    assertEquals((await run("get", path, "k")).stdout, "in the log");
    assertEquals((await run("verify", path)).code, 0);
  }));
