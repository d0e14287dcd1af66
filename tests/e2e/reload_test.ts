/** Several databases and listeners, and a configuration that changes. */

import { assert, assertEquals } from "@std/assert";
import { Client } from "../server/client.ts";
import { inDirectory, md5, until } from "../temporary.ts";
import { Program, run } from "./program.ts";

async function drop(path: string, value: string): Promise<void> {
  const text = JSON.stringify({ k: value });
  await Deno.writeTextFile(path, text);
  await Deno.writeTextFile(`${path}.md5`, md5(text));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function get(client: Client, key: string): Promise<string | undefined> {
  const answer = await client.ask(`get ${key}\r\n`, "END\r\n");
  return answer === "END\r\n" ? undefined : answer.split("\r\n")[1];
}

async function getFrom(port: number, key: string): Promise<string | undefined> {
  const client = await Client.connect(port);
  try {
    return await get(client, key);
  } finally {
    client.close();
  }
}

/** Reads one key over one connection for as long as a test lasts. */
class Reader {
  readonly #reading: Promise<void>;
  #stop = false;
  count = 0;
  misses = 0;

  constructor(readonly client: Client, readonly key: string) {
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    while (!this.#stop) {
      if (await get(this.client, this.key) === undefined) this.misses++;
      this.count++;
    }
  }

  async stop(): Promise<void> {
    this.#stop = true;
    await this.#reading;
    this.client.close();
  }
}

async function withConfiguration(
  test: (directory: string, file: string) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/users`);
    await Deno.mkdir(`${directory}/items`);
    await drop(`${directory}/users.db`, "user");
    await drop(`${directory}/items.db`, "item");
    await test(directory, `${directory}/goromdb.jsonc`);
  });
}

const USERS = { file: "users.db", basedir: "users", "keep-previous": true };
const ITEMS = { file: "items.db", basedir: "items", "keep-previous": true };

Deno.test("databases and listeners come and go, and no other connection notices", () =>
  withConfiguration(async (directory, file) => {
    const [all, one, new_] = [freePort(), freePort(), freePort()];
    const write = (configuration: unknown) =>
      Deno.writeTextFile(file, JSON.stringify(configuration));
    const reload = async (program: Program) => {
      const before = program.log.filter((line) => /in force/.test(line)).length;
      Deno.kill(program.pid, "SIGHUP");
      await until(
        "the file is in force",
        () =>
          program.log.filter((line) => /in force/.test(line)).length > before,
      );
    };
    await write({
      databases: { users: USERS, items: ITEMS },
      listeners: [
        { addr: `127.0.0.1:${all}`, workers: 2 },
        { addr: `127.0.0.1:${one}`, databases: ["users"], transport: "deno" },
      ],
    });
    await using program = await Program.startIn({}, "-config", file);
    assertEquals(await getFrom(all, "users/k"), "user");
    assertEquals(await getFrom(all, "items/k"), "item");
    assertEquals(await getFrom(all, "k"), undefined);
    assertEquals(await getFrom(one, "k"), "user");

    const readers = [
      new Reader(await Client.connect(all), "users/k"),
      new Reader(await Client.connect(one), "k"),
    ];
    const leaving = new Reader(await Client.connect(all), "items/k");

    // A database goes, another comes, and so does a listener.
    await drop(`${directory}/more.db`, "more");
    await write({
      databases: { users: USERS, more: { file: "more.db", watch: "md5" } },
      listeners: [
        { addr: `127.0.0.1:${one}`, databases: ["users"], transport: "deno" },
        { addr: `127.0.0.1:${all}`, workers: 2 },
        { addr: `127.0.0.1:${new_}`, databases: ["more"], workers: 1 },
      ],
    });
    await reload(program);
    assertEquals(await getFrom(all, "more/k"), "more");
    assertEquals(await getFrom(all, "items/k"), undefined);
    assertEquals(await getFrom(new_, "k"), "more");
    assert(leaving.misses > 0);
    await leaving.stop();

    // A database's settings change: it is served throughout.
    await write({
      databases: {
        users: { ...USERS, interval: 100 },
        more: { file: "more.db", watch: "md5" },
      },
      listeners: [
        { addr: `127.0.0.1:${all}`, workers: 2 },
        { addr: `127.0.0.1:${one}`, databases: ["users"], transport: "deno" },
      ],
    });
    await reload(program);
    await drop(`${directory}/users.db`, "user 2");
    await until(
      "the new file is served",
      async () =>
        await getFrom(all, "users/k") === "user 2" &&
        await getFrom(one, "k") === "user 2",
    );
    await until(
      "the listener is closed",
      () =>
        Client.connect(new_).then((client) => {
          client.close();
          return false;
        }, () => true),
    );

    for (const reader of readers) {
      await reader.stop();
      assert(reader.count > 100, `${reader.count} reads`);
      assertEquals(reader.misses, 0);
    }
    // The base directory of a database that has gone is free.
    await using other = await Program.start(
      ...["-file", `${directory}/items.db`, "-basedir", `${directory}/items`],
    );
    assertEquals(await getFrom(other.port, "k"), "item");
    assertEquals(await program.stop(), 0);
  }));

Deno.test("a listener whose settings change is opened again on its address", () =>
  withConfiguration(async (_, file) => {
    const port = freePort();
    const write = (workers: number) =>
      Deno.writeTextFile(
        file,
        JSON.stringify({
          databases: { users: USERS },
          listeners: [{ addr: `127.0.0.1:${port}`, workers }],
        }),
      );
    await write(1);
    await using program = await Program.startIn({}, "-config", file);
    assertEquals(await getFrom(port, "k"), "user");
    await write(2);
    Deno.kill(program.pid, "SIGHUP");
    await program.line(/in force/);
    assertEquals(await getFrom(port, "k"), "user");
  }));

Deno.test("a database gets another name, and its directory goes with it", () =>
  withConfiguration(async (directory, file) => {
    const port = freePort();
    const write = (name: string) =>
      Deno.writeTextFile(
        file,
        JSON.stringify({
          databases: { [name]: USERS },
          listeners: [{ addr: `127.0.0.1:${port}` }],
        }),
      );
    await write("users");
    await using program = await Program.startIn({}, "-config", file);
    const reader = new Reader(await Client.connect(port), "k");
    await write("people");
    Deno.kill(program.pid, "SIGHUP");
    await program.line(/in force/);
    await drop(`${directory}/users.db`, "user 2");
    await until(
      "the new file is served",
      async () => await getFrom(port, "k") === "user 2",
    );
    await reader.stop();
    assertEquals(reader.misses, 0);
  }));

Deno.test("a configuration that cannot be is refused, and nothing changes", () =>
  withConfiguration(async (directory, file) => {
    const port = freePort();
    const good = {
      databases: { users: USERS },
      listeners: [{ addr: `127.0.0.1:${port}` }],
    };
    await Deno.writeTextFile(file, JSON.stringify(good));
    await using program = await Program.startIn({}, "-config", file);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const address = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
    const cases: [unknown, RegExp][] = [
      [{ databases: { users: { fil: "x" } } }, /did you mean file\?/],
      [
        { databases: { users: { ...USERS, basedir: "none" } } },
        /none does not exist: make it with mkdir -p/,
      ],
      [
        { ...good, listeners: [...good.listeners, { addr: address }] },
        /is in use: stop the program that listens there/,
      ],
    ];
    for (const [configuration, message] of cases) {
      await Deno.writeTextFile(file, JSON.stringify(configuration));
      Deno.kill(program.pid, "SIGHUP");
      const line = await program.line(message);
      assert(line.includes("not reloaded, serving as before: "), line);
      assertEquals(await getFrom(port, "k"), "user");
    }
    await drop(`${directory}/users.db`, "user 2");
    await until(
      "new files are served on",
      async () => await getFrom(port, "k") === "user 2",
    );
  }));

Deno.test("of several databases the one is rolled back that is meant", () =>
  withConfiguration(async (directory, file) => {
    const port = freePort();
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        databases: { users: USERS, items: ITEMS },
        listeners: [{ addr: `127.0.0.1:${port}` }],
      }),
    );
    await using _program = await Program.startIn({}, "-config", file);
    for (const name of ["users", "items"]) {
      await drop(`${directory}/${name}.db`, `new ${name}`);
      await until(
        `new ${name} are served`,
        async () => await getFrom(port, `${name}/k`) === `new ${name}`,
      );
    }
    const outcome = await run("rollback", "-basedir", `${directory}/items`);
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
    await until(
      "the former items are served",
      async () => await getFrom(port, "items/k") === "item",
    );
    assertEquals(await getFrom(port, "users/k"), "new users");
  }));

Deno.test("a configuration is checked, and printed from flags, and runs the same server", () =>
  withConfiguration(async (directory, file) => {
    const flags = [
      ...["-file", `${directory}/users.db`, "-basedir", `${directory}/users`],
      ...["-workers", "1", "-interval", "100"],
    ];
    const port = freePort();
    const printed = await run(
      "config",
      "print",
      "-addr",
      `127.0.0.1:${port}`,
      ...flags,
    );
    assertEquals(printed.code, 0);
    await Deno.writeTextFile(file, printed.stdout);
    const again = await run("config", "print", file);
    assertEquals(again.stdout, printed.stdout);
    const checked = await run("config", "check", file);
    assertEquals(
      checked.stdout,
      `${file}: no errors; databases: 1, listeners: 1\n`,
    );
    await using _program = await Program.startIn({}, "-config", file);
    assertEquals(await getFrom(port, "k"), "user");

    await Deno.writeTextFile(file, '{ "databases": {} }');
    const bad = await run("config", "check", file);
    assertEquals([bad.code, bad.stdout], [1, ""]);
    assertEquals(
      bad.stderr,
      `goromdb: ${file}:1: databases: there must be at least one database\n`,
    );
    const both = await run("-config", file, "-file", "x");
    assertEquals(both.code, 2);
    assert(both.stderr.includes("-file and -config cannot go together"));
  }));
