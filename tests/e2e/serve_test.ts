import { assert, assertEquals } from "@std/assert";
import { Client } from "../server/client.ts";
import { filesBelow, inDirectory, md5, until } from "../temporary.ts";
import { Program } from "./program.ts";

/** Drops a data set whose value of `n` is the number, sum last. */
async function drop(directory: string, n: number): Promise<void> {
  const data: Record<string, string> = { n: String(n) };
  for (let i = 0; i < 20_000; i++) data[`key ${i}`] = `${n} `.repeat(20);
  const text = JSON.stringify(data);
  await Deno.writeTextFile(`${directory}/data.db`, text);
  await Deno.writeTextFile(
    `${directory}/data.db.md5`,
    `${md5(text)}  data.db\n`,
  );
}

/** The value that a get of one key gave, or what else came. */
function valueIn(answer: string): string {
  return /^VALUE \S+ \d+ \d+\r\n(.*)\r\nEND\r\n$/s.exec(answer)?.[1] ?? answer;
}

Deno.test("drop a file, get a value, drop the next, and no get ever misses", () =>
  inDirectory(async (directory) => {
    const drops = `${directory}/drop`, base = `${directory}/base`;
    await Deno.mkdir(drops);
    await Deno.mkdir(base);
    const file = `${drops}/data.db`;
    await using program = await Program.start("-file", file, "-basedir", base);
    assert(program.log.some((line) => line.includes("no data yet")));

    const client = await Client.connect(program.port);
    assertEquals(await client.ask("get n\r\n", "END\r\n"), "END\r\n");
    await drop(drops, 1);
    await until(
      "the first data set is served",
      async () => valueIn(await client.ask("get n\r\n", "END\r\n")) === "1",
    );
    assertEquals(await filesBelow(directory), [
      "base/data00/data.db",
      "base/data00/slot.json",
      "base/goromdb.lock",
    ]);

    let newest = 1, gets = 0, stopped = false;
    const seen = new Set<number>();
    const reader = (async () => {
      const other = await Client.connect(program.port);
      let last = 1;
      while (!stopped) {
        const value = valueIn(await other.ask("get n\r\n", "END\r\n"));
        const n = Number(value);
        if (!(n >= last && n <= newest)) throw new Error(`got ${value}`);
        last = n;
        seen.add(n);
        gets++;
      }
      other.close();
    })();
    for (const [n, slot] of [[2, "data01"], [3, "data00"], [4, "data01"]]) {
      newest = Number(n);
      await drop(drops, newest);
      await until(
        `data set ${n} is served`,
        async () =>
          valueIn(await client.ask("get n\r\n", "END\r\n")) === String(n),
      );
      await until(
        `${slot} is left alone`,
        async () =>
          (await filesBelow(directory)).join() ===
            `base/${slot}/data.db,base/${slot}/slot.json,base/goromdb.lock`,
      );
    }
    stopped = true;
    await reader;
    assertEquals([...seen].filter((n) => n > 1), [2, 3, 4]);
    assert(gets > 20, `${gets} gets`);
    client.close();
    assertEquals(await program.stop(), 0);

    await using again = await Program.start("-file", file, "-basedir", base);
    const third = await Client.connect(again.port);
    assertEquals(valueIn(await third.ask("get n\r\n", "END\r\n")), "4");
    third.close();
    await again.stop("SIGINT");
  }));

Deno.test("in place: the file stays where it is, and a rename is the swap", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.json`;
    await Deno.writeTextFile(file, '{"n":"1"}');
    await using program = await Program.start("-file", file);
    const client = await Client.connect(program.port);
    await until(
      "served",
      async () => valueIn(await client.ask("get n\r\n", "END\r\n")) === "1",
    );
    const before = await client.ask("gets n\r\n", "END\r\n");
    await Deno.writeTextFile(`${file}.new`, '{"n":"2"}');
    await Deno.rename(`${file}.new`, file);
    await until(
      "swapped",
      async () => valueIn(await client.ask("get n\r\n", "END\r\n")) === "2",
    );
    const version = (answer: string) => answer.split(/[ \r]/)[4];
    const after = await client.ask("gets n\r\n", "END\r\n");
    assert(version(before) !== version(after), after);
    assertEquals(await filesBelow(directory), ["data.json"]);

    await Deno.writeTextFile(`${file}.new`, '{"n":');
    await Deno.rename(`${file}.new`, file);
    await program.line(
      /not loaded, and what was served is served on.*column 6/,
    );
    assertEquals(valueIn(await client.ask("get n\r\n", "END\r\n")), "2");
    client.close();
    await program.stop();
  }));

Deno.test("namespaces, gzip and another sum, by flags", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.db`;
    const text = '{"ns1":{"hoge":"1"},"ns2":{"hoge":"2"}}';
    const gzip = new Blob([text]).stream().pipeThrough(
      new CompressionStream("gzip"),
    );
    await Deno.writeFile(file, gzip);
    const digest = await crypto.subtle.digest(
      "SHA-256",
      await Deno.readFile(file),
    );
    const sum = new Uint8Array(digest).toHex();
    await Deno.writeTextFile(`${file}.sha256`, sum);
    await using program = await Program.start(
      ...["-handler", "namespaced", "-ns-separator", "/", "-watch=sha256"],
      ...["-storage=json", "-gzipped", "--file", file, "-log-format", "json"],
    );
    const client = await Client.connect(program.port);
    assertEquals(
      await client.ask("get ns1/hoge ns2/hoge hoge\r\n", "END\r\n"),
      "VALUE ns1/hoge 0 1\r\n1\r\nVALUE ns2/hoge 0 1\r\n2\r\nEND\r\n",
    );
    const records = program.log.map((line) => JSON.parse(line));
    const load = records.find(({ message }) => message.startsWith("serving"));
    assertEquals([load.file, load.keys, load.sum], [file, 2, sum]);
    assertEquals(typeof load.milliseconds, "number");
    client.close();
    await program.stop();
  }));

Deno.test("a file that does not open is put aside, and its reason is told", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.db`;
    await using program = await Program.start(
      "-file",
      file,
      "-basedir",
      directory,
    );
    await Deno.writeTextFile(file, '{\n"a" 1}');
    await Deno.writeTextFile(`${file}.md5`, md5('{\n"a" 1}'));
    const line = await program.line(/not loaded, moved to/);
    assert(line.includes("line 2, column 5"), line);
    assertEquals(await filesBelow(directory), [
      "goromdb.lock",
      "rejected/000001-data.db",
      "rejected/000001-data.db.reason.txt",
    ]);
    await program.stop();
  }));
