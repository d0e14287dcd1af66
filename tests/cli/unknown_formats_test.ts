/** What commands say of files that cannot be served as they are. */

import { assert, assertEquals } from "@std/assert";
import { Program, run } from "../e2e/program.ts";
import { fixturePath } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";

const XZ = fixturePath("unknown/a.json.xz");
const TOLD = "this is xz'd data: unpack it first: xz -dc FILE > NEW";
const CDB = fixturePath("cdb/small.cdb");

Deno.test("every command tells what a file is that it cannot read", async () => {
  const line = { code: 1, stdout: "", stderr: `goromdb: ${XZ}: ${TOLD}\n` };
  assertEquals(await run("inspect", XZ), line);
  assertEquals(await run("get", XZ, "key"), line);
  assertEquals(await run("keys", XZ), line);
  assertEquals(await run("diff", XZ, CDB), line);
  assertEquals(await run("diff", CDB, XZ), line);
  assertEquals(await run("verify", XZ), {
    code: 1,
    stdout: `${XZ}: open: ${TOLD}\n`,
    stderr: "",
  });
  await inDirectory(async (directory) => {
    const out = `${directory}/data.cdb`;
    assertEquals(await run("build", "-to", "cdb", "-out", out, XZ), line);
    assertEquals(
      await run("build", "-to", "cdb", "-out", out, "-from", "csv", XZ),
      {
        ...line,
        stderr: `goromdb: ${XZ}: ${TOLD.replace("data:", "data, not csv:")}\n`,
      },
    );
    assertEquals(
      await run("build", "-to", "lmdb", "-out", out, "-from", "boltdb", CDB),
      {
        ...line,
        stderr:
          `goromdb: ${CDB}: this is a cdb, not a BoltDB file: say -from cdb\n`,
      },
    );
  });
});

Deno.test("a file of another format than -storage says is told what to say", async () => {
  const { code, stderr } = await run("get", CDB, "-storage", "lmdb", "k");
  assertEquals(code, 1);
  assertEquals(
    stderr,
    `goromdb: ${CDB}: this is a cdb, not an LMDB file: say -storage cdb\n`,
  );
});

Deno.test("a server tells what was dropped, and goes on", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.db`, base = `${directory}/base`;
    await Deno.mkdir(base);
    await Deno.copyFile(XZ, file);
    await using program = await Program.start(
      ...["-file", file, "-basedir", base, "-watch", "simple"],
      ...["-interval", "50"],
    );
    const line = await program.line(/not loaded/);
    assert(line.endsWith(`data.db: ${TOLD}`), line);
    await Deno.copyFile(CDB, `${file}.new`);
    await Deno.rename(`${file}.new`, file);
    await program.line(/serving .*: 12 keys/);
    await program.stop();
  }));

Deno.test("a directory is told to be one, and what is in it", () =>
  inDirectory(async (directory) => {
    const cases: [string[], string][] = [
      [["a.txt"], "it is a directory: name a file in it"],
      [
        ["CURRENT", "MANIFEST-000005"],
        "it is a directory, a database of LevelDB or RocksDB: export its records as NDJSON or CSV, and goromdb build makes a file of these",
      ],
      [
        ["users.db", "log.0000000001"],
        "it is a directory, an environment of Berkeley DB: name the database file in it",
      ],
      [
        ["_SUCCESS", "part-00000.csv"],
        "it is a directory, what Spark or Hadoop has written: goromdb build -to cdb -out data.cdb DIRECTORY/part-*",
      ],
    ];
    for (const [n, [files, problem]] of cases.entries()) {
      const path = `${directory}/${n}`;
      await Deno.mkdir(path);
      for (const file of files) await Deno.create(`${path}/${file}`);
      const line = {
        code: 1,
        stdout: "",
        stderr: `goromdb: ${path}: ${problem}\n`,
      };
      assertEquals(await run("inspect", path), line);
      assertEquals(await run("verify", path), line);
      assertEquals(
        await run("build", "-to", "cdb", "-out", `${directory}/o`, path),
        line,
      );
    }
    const path = `${directory}/0`;
    await using program = await Program.start("-file", path);
    const line = await program.line(/is a directory/);
    assert(
      line.endsWith(
        `${path}: it is a directory: name a file in it; until there is ${path}/data.mdb, nothing is served`,
      ),
      line,
    );
    await program.stop();

    // That of LMDB stands for the file in it.
    const lmdb = `${directory}/lmdb`;
    await Deno.mkdir(lmdb);
    await Deno.copyFile(fixturePath("lmdb/many.mdb"), `${lmdb}/data.mdb`);
    assertEquals((await run("verify", lmdb)).code, 0);
  }));

Deno.test("an address is told to be one, and how to fetch it", async () => {
  const addresses: [string, string][] = [
    [
      "https://example.com/data.json",
      "a file is wanted: fetch it first: curl -fo NEW https://example.com/data.json && mv NEW FILE",
    ],
    [
      "s3://bucket/data.json",
      "a file is wanted: fetch it first: aws s3 cp s3://bucket/data.json NEW && mv NEW FILE",
    ],
    ["file:///srv/data.json", "a path is wanted: /srv/data.json"],
  ];
  for (const [address, advice] of addresses) {
    const problem = `it is an address, and ${advice}`;
    const line = {
      code: 1,
      stdout: "",
      stderr: `goromdb: ${address}: ${problem}\n`,
    };
    assertEquals(await run("inspect", address), line);
    assertEquals(await run("verify", address), line);
    assertEquals(
      await run("build", "-to", "cdb", "-out", "/tmp/out.cdb", address),
      line,
    );
    assertEquals(await run("-file", address), {
      code: 2,
      stdout: "",
      stderr: `goromdb: -file ${address}: ${problem}\n`,
    });
  }
});
