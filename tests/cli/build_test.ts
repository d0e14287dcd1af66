import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { run } from "../e2e/program.ts";
import { fixturePath } from "../fixtures.ts";
import { filesBelow, inDirectory, md5, until } from "../temporary.ts";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** `goromdb build`, with something on its standard input. */
function start(args: string[]): Deno.ChildProcess {
  const executable = Deno.env.get("GOROMDB_EXECUTABLE");
  return new Deno.Command(executable ?? Deno.execPath(), {
    args: [
      ...(executable ? [] : ["run", "--quiet", "-A", main]),
      "build",
      ...args,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

/** Fails unless nothing was left, and one line was said. */
async function refused(
  directory: string,
  code: number,
  message: string,
  ...args: string[]
): Promise<void> {
  const before = await filesBelow(directory);
  const outcome = await run("build", ...args);
  assertEquals(outcome, { code, stdout: "", stderr: `goromdb: ${message}\n` });
  assertEquals(await filesBelow(directory), before);
}

Deno.test("build makes a file and its sum, which the other commands take", () =>
  inDirectory(async (directory) => {
    const input = `${directory}/in.csv`, out = `${directory}/data.db`;
    await Deno.writeTextFile(input, "key,value\na,1\nb,1\nb,2\n");
    const outcome = await run("build", "-to", "boltdb", "-out", out, input);
    const sum = (await Deno.readTextFile(`${out}.md5`)).slice(0, 32);
    const { size } = await Deno.stat(out);
    assertEquals(outcome, {
      code: 0,
      stdout: `${out}: 2 of 3 records, ${
        size.toLocaleString("en")
      } bytes, md5 ${sum}; left out: 1 whose key comes again (the last is kept)\n`,
      stderr: "",
    });
    assertEquals(await filesBelow(directory), [
      "data.db",
      "data.db.md5",
      "in.csv",
    ]);
    const { code, stdout } = await run("verify", out);
    assertEquals(code, 0);
    assert(stdout.includes("sound: boltdb, 2 keys"), stdout);
    assertEquals((await run("get", out, "b")).stdout, "2");
  }));

Deno.test("build tells the format of data files from their pages", () =>
  inDirectory(async (directory) => {
    for (
      const file of ["lmdb/many.mdb", "sqlite/text.sqlite", "cdb/many.cdb"]
    ) {
      const fixture = fixturePath(file), out = `${directory}/data.cdb`;
      const { code, stderr } = await run(
        ...["build", "-to", "cdb", "-out", out, fixture],
      );
      assertEquals([code, stderr], [0, ""]);
      assertEquals((await run("diff", fixture, out)).code, 0);
    }
  }));

Deno.test("build renames buckets, and makes namespaces of them", () =>
  inDirectory(async (directory) => {
    const buckets = fixturePath("bolt/bolt-buckets.db");
    const out = `${directory}/data.db`;
    const { code } = await run(
      ...["build", "-to", "boltdb", "-out", out, "-handler", "namespaced"],
      buckets,
    );
    assertEquals(code, 0);
    const { code: same } = await run(
      ...["diff", buckets, out, "-handler", "namespaced"],
    );
    assertEquals(same, 0);
    const input = `${directory}/in.json`;
    await Deno.writeTextFile(input, '{"k": "v"}');
    const [a, b] = [`${directory}/a.db`, `${directory}/b.db`];
    await run("build", "-to", "boltdb", "-out", a, "-bucket", "x", input);
    await run("build", "-to", "boltdb", "-out", b, "-from-bucket", "x", a);
    assertEquals((await run("get", b, "k")).stdout, "v");
  }));

Deno.test("build reads standard input, and can leave the sum out", () =>
  inDirectory(async (directory) => {
    const out = `${directory}/data.json`;
    await Deno.writeTextFile(`${out}.md5`, "of an older file");
    const child = start([
      ...["-to", "json", "-out", out, "-from", "tsv", "-md5=false"],
      ...["-key-field", "1", "-value-field", "2"],
    ]);
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("a\t1\n"));
    await writer.write(new TextEncoder().encode("b\t2\na\t3\n"));
    await writer.close();
    const { code } = await child.output();
    assertEquals(code, 0);
    const text = await Deno.readTextFile(out);
    assertEquals(JSON.parse(text), { a: "3", b: "2" });
    assertEquals(await filesBelow(directory), ["data.json"]);
  }));

Deno.test("build writes the sum of the file as md5sum does", () =>
  inDirectory(async (directory) => {
    const input = `${directory}/in.json`, out = `${directory}/out.json`;
    await Deno.writeTextFile(input, '{"a": 1}');
    await run("build", "-to", "json", "-out", out, input);
    const sum = md5(await Deno.readTextFile(out));
    assertEquals(
      await Deno.readTextFile(`${out}.md5`),
      `${sum}  out.json\n`,
    );
  }));

Deno.test("build that is interrupted leaves nothing behind", () =>
  inDirectory(async (directory) => {
    const child = start([
      "-to",
      "cdb",
      "-out",
      `${directory}/x`,
      "-from",
      "csv",
    ]);
    const writer = child.stdin.getWriter();
    const line = `key,${"v".repeat(1000)}\n`;
    const lines = new TextEncoder().encode(
      "key,value\n" + line.repeat(110_000),
    );
    const writing = writer.write(lines).catch(() => {});
    await until(
      "a run is written",
      async () => (await filesBelow(directory)).length > 0,
    );
    child.kill("SIGINT");
    const { code } = await child.status;
    await writing;
    await writer.abort().catch(() => {});
    await child.stdout.cancel();
    await child.stderr.cancel();
    assertEquals(code, 130);
    assertEquals(await filesBelow(directory), []);
  }));

Deno.test("build says in one line what is wrong", () =>
  inDirectory(async (directory) => {
    const input = `${directory}/in.json`, out = `${directory}/x.db`;
    await Deno.writeTextFile(input, '{"": "1"}');
    await refused(
      directory,
      2,
      "write goromdb build -to FORMAT -out FILE [INPUT…]",
      ...["-to", "cdb"],
    );
    await refused(
      directory,
      2,
      "-to csv: it must be json, boltdb, bdb, memcachedb-bdb, lmdb, cdb or sqlite",
      ...["-to", "csv", "-out", out],
    );
    await refused(
      directory,
      1,
      `${directory}/none does not exist`,
      ...["-to", "cdb", "-out", out, `${directory}/none`],
    );
    await refused(
      directory,
      1,
      `there is no directory ${directory}/none for ${directory}/none/x`,
      ...["-to", "cdb", "-out", `${directory}/none/x`, input],
    );
    await refused(
      directory,
      1,
      'key "": it has 0 bytes, and BoltDB takes 1 to 32768',
      ...["-to", "boltdb", "-out", out, input],
    );
  }));

Deno.test("build replaces neither what it reads nor what is no file", () =>
  inDirectory(async (directory) => {
    const input = `${directory}/data.json`;
    await Deno.writeTextFile(input, '{"a":"1"}');
    const outcome = await run("build", "-to", "cdb", "-out", input, input);
    assertEquals(
      [outcome.code, outcome.stderr],
      [1, `goromdb: ${input} is read: write to another file\n`],
    );
    assertEquals(await Deno.readTextFile(input), '{"a":"1"}');
    const pipe = `${directory}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const other = await run("build", "-to", "cdb", "-out", pipe, input);
    assertEquals(
      [other.code, other.stderr],
      [1, `goromdb: ${pipe} is there, and is not a regular file\n`],
    );
    assertEquals(await filesBelow(directory), ["data.json", "pipe"]);
  }));
