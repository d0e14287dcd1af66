/** What an engine keeps beside a file that is dropped, met by the program. */

import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Client } from "../server/client.ts";
import { HeldProgram } from "../held_program.ts";
import { LMDB_USERS } from "../storage/lmdb/users.ts";
import { holdWithBolt, MISSING } from "../storage/boltdb/engine.ts";
import { inDirectory, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { Program } from "./program.ts";

const PYTHON = "/usr/bin/python3"; // Debian's own, which has its packages
const environment = fileURLToPath(
  new URL("../storage/bdb/environment.py", import.meta.url),
);

/** A server, the place where files are dropped for it, and what it says. */
class Serving {
  readonly program: Program;
  /** The data file. */
  readonly path: string;
  /** Where files are made that are dropped. */
  readonly work: string;
  readonly #client: Client;
  /** All values of the key `k` so far. */
  readonly seen: string[] = [];

  private constructor(
    program: Program,
    path: string,
    work: string,
    client: Client,
  ) {
    this.program = program;
    this.path = path;
    this.work = work;
    this.#client = client;
  }

  static run(
    slots: boolean,
    test: (serving: Serving) => Promise<void>,
  ): Promise<void> {
    return inDirectory(async (directory) => {
      const [drops, work] = [`${directory}/drops`, `${directory}/work`];
      for (const path of [drops, work, `${directory}/base`]) {
        await Deno.mkdir(path);
      }
      const path = `${drops}/data.db`;
      await using program = await Program.start(
        ...["-workers", "1", "-interval", "100", "-watch", "md5"],
        ...["-file", path, ...(slots ? ["-basedir", `${directory}/base`] : [])],
      );
      const client = await Client.connect(program.port);
      const serving = new Serving(program, path, work, client);
      try {
        await test(serving);
      } finally {
        client.close();
      }
      assertEquals(await program.stop(), 0);
    });
  }

  /** The log lines that are not of good news; a sum may always come late. */
  get complaints(): string[] {
    return this.program.log.filter((line) =>
      !/\[info\]|no data yet|is here: waiting for/.test(line)
    );
  }

  /** The value of the key `k` now. */
  async value(): Promise<string | undefined> {
    const answer = await this.#client.ask("get k\r\n", "END\r\n");
    const value = /\r\n(.*)\r\nEND/.exec(answer)?.[1];
    if (value !== undefined && value !== this.seen.at(-1)) {
      this.seen.push(value);
    }
    return value;
  }

  /** Drops a file in one step. */
  async drop(name: string, content: Uint8Array | string): Promise<void> {
    const part = `${this.work}/part`;
    if (typeof content === "string") await Deno.writeTextFile(part, content);
    else await Deno.writeFile(part, content);
    await Deno.rename(part, this.path + name);
  }

  /** Drops the sum of the data file as it is. */
  async dropSum(): Promise<void> {
    const bytes = await Deno.readFile(this.path);
    const sum = createHash("md5").update(bytes).digest("hex");
    await this.drop(".md5", `${sum}  data.db\n`);
  }

  /** Waits for one more complaint, sees that no other follows, and what it is. */
  async isTold(pattern: RegExp, before: number): Promise<void> {
    const told = () => this.complaints.length > before;
    await until("it is told", told, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 800));
    const lines = this.complaints.slice(before);
    assertEquals(lines.length, 1, lines.join("\n"));
    assert(pattern.test(lines[0]), lines[0]);
    if (before === 0) console.log(lines[0]);
    assert(await exists(this.path), "the file is left where it is");
  }

  async isServed(value: string): Promise<void> {
    const log = () => this.program.log.join("\n");
    await until(
      `${value} is served; ${this.seen} were; the log is\n${log()}`,
      async () => await this.value() === value,
      20_000,
    );
  }
}

function exists(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

/** A test with slots, and one where the file is served where it lies. */
function servingTest(
  name: string,
  test: (serving: Serving) => Promise<void>,
  skipped?: () => string | false,
): void {
  for (const slots of [true, false]) {
    const place = slots ? "with slots" : "where it lies";
    Deno.test(`${name}, ${place}`, () => {
      const reason = skipped?.() ?? false;
      if (!reason) return Serving.run(slots, test);
      console.log(`skipped: ${reason}`);
    });
  }
}

/** An SQLite file and its log: the log has a value that the file has not. */
async function withLog(
  directory: string,
  inFile: string,
  inLog: string,
): Promise<{ data: Uint8Array; wal: Uint8Array }> {
  const path = `${directory}/made.db`;
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE kv (key TEXT PRIMARY KEY, value);
    INSERT INTO kv VALUES ('k', '${inFile}');
    PRAGMA wal_checkpoint(TRUNCATE);
    UPDATE kv SET value = '${inLog}';
  `);
  const data = await Deno.readFile(path);
  // A file in WAL mode is nothing for the executable, a log beside it still is.
  data[18] = data[19] = 1;
  const wal = await Deno.readFile(`${path}-wal`);
  database.close();
  await Deno.remove(path);
  return { data, wal };
}

const compiled = Deno.env.get("GOROMDB_EXECUTABLE") !== undefined;
/** The executable may not do what it takes to read a file in WAL mode. */
const MODES = ["WAL", "PERSIST", "TRUNCATE"];

const ORDERS = [
  ...[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]],
];

servingTest(
  "SQLite: a file is not served without the log that is dropped with it, in any order",
  async (serving) => {
    const values: string[] = [];
    for (const [round, order] of ORDERS.entries()) {
      const inFile = `file ${round}`;
      const { data, wal } = await withLog(serving.work, inFile, "log");
      const sum = createHash("md5").update(data).digest("hex");
      const before = serving.complaints.length;
      const parts = [["", data], ["-wal", wal], [".md5", sum]] as const;
      // Where it lies, the file of the last round would not match a new sum.
      for (const [name] of parts) {
        await Deno.remove(serving.path + name).catch(() => {});
      }
      for (const n of order) {
        await serving.drop(parts[n][0], parts[n][1]);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const reason = /data\.db is not finished: there are changes in .*-wal;/;
      await serving.isTold(reason, before);
      await serving.value();
      assertEquals(serving.seen, values);
      // Nothing has to be dropped once more.
      await Deno.remove(`${serving.path}-wal`);
      await serving.isServed(inFile);
      values.push(inFile);
    }
  },
);

servingTest(
  "SQLite: a file is served when its writer has brought the log into it",
  async (serving) => {
    const database = new DatabaseSync(serving.path);
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE kv (key TEXT PRIMARY KEY, value);
      INSERT INTO kv VALUES ('k', 'value');
    `);
    await serving.dropSum();
    await serving.isTold(/is not finished: there are changes in .*-wal/, 0);
    database.exec("PRAGMA journal_mode = DELETE");
    database.close();
    await serving.dropSum();
    await serving.isServed("value");
  },
);

servingTest(
  "SQLite: an empty log, an index, and a journal that is kept are no reason to wait",
  async (serving) => {
    for (const mode of compiled ? MODES.slice(1) : MODES) {
      const path = `${serving.work}/made.db`;
      const database = new DatabaseSync(path);
      database.exec(`
        PRAGMA journal_mode = ${mode};
        CREATE TABLE kv (key TEXT PRIMARY KEY, value);
        INSERT INTO kv VALUES ('k', '${mode}');
        PRAGMA wal_checkpoint(TRUNCATE);
      `);
      for (const name of ["-wal", "-shm", "-journal", ""]) {
        if (!await exists(path + name)) continue;
        await serving.drop(name, await Deno.readFile(path + name));
      }
      await serving.dropSum();
      await serving.isServed(mode);
      database.close();
      for (const name of ["-wal", "-shm", "-journal"]) {
        await Deno.remove(serving.path + name).catch(() => {});
      }
      await Deno.remove(path);
    }
    // Where a drop takes long, a sum that has not come yet is told.
    assertEquals(
      serving.complaints.filter((line) => !line.includes("has the md5 sum")),
      [],
    );
  },
);

Deno.test("SQLite: a log that comes when its file has been taken is told", () =>
  Serving.run(true, async (serving) => {
    const { data, wal } = await withLog(serving.work, "file", "log");
    await serving.drop("", data);
    await serving.dropSum();
    await serving.isServed("file");
    await serving.drop("-wal", wal);
    await serving.program.line(
      /there are changes in .*-wal, and no .*data\.db: they are not served/,
    );
    assertEquals(serving.complaints.length, 1);
  }));

servingTest(
  "Berkeley DB: a file is not served without the changes in its environment",
  async (serving) => {
    const directory = serving.path.slice(0, serving.path.lastIndexOf("/"));
    const program = [PYTHON, environment, directory] as const;
    assert(works(...program, "private", "one:1", "checkpoint", "one:2", "die"));
    await serving.dropSum();
    await serving.isTold(/is not finished: there are changes in .*\/log\./, 0);
    assertEquals(serving.seen, []);
    assert(works("db5.3_recover", "-h", directory));
    await serving.dropSum();
    await serving.isServed("2");
  },
  () =>
    !(works(PYTHON, "-c", "import bsddb3") && works("db5.3_recover", "-V")) &&
    "python3-bsddb3 or db5.3-util is not installed",
);

servingTest(
  "BoltDB: a file is not served before its writer has closed it",
  async (serving) => {
    const writer = await holdWithBolt(serving.path, "write");
    if (writer === undefined) return console.log(MISSING);
    await serving.dropSum();
    await serving.isTold(/is open in a program that writes it; close it/, 0);
    assertEquals(serving.seen, []);
    await writer.end();
    await serving.isServed("held");
  },
);

Deno.test("LMDB: a file is served while others have it open, as it was committed last", async () => {
  if (!works(PYTHON, "-c", "import lmdb")) {
    console.log("skipped: python3-lmdb is not installed");
    return;
  }
  await Serving.run(false, async (serving) => {
    const held = (await HeldProgram.start(PYTHON, [
      ...["-c", LMDB_USERS, serving.path, "False"],
    ]))!;
    assert(await exists(`${serving.path}-lock`));
    await serving.dropSum();
    await serving.isServed("two");
    assertEquals(serving.complaints, []);
    assert(await held.end());
  });
});
