import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { findChanges } from "../../../src/storage/sqlite/journal.ts";
import { works } from "../../e2e/fault.ts";
import { inDirectory } from "../../temporary.ts";

/** A test that needs the program `sqlite3`: Deno's own keeps all in memory. */
function engineTest(name: string, test: () => Promise<void>): void {
  Deno.test(name, async () => {
    if (works("sqlite3", "-version")) await test();
    else console.log("skipped: sqlite3 is not installed");
  });
}

const ROWS = 2000;
const CREATE = "CREATE TABLE kv (key TEXT PRIMARY KEY, value)";
const FILL = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${ROWS})
  INSERT INTO kv SELECT 'key-' || i, 'old' || hex(zeroblob(200)) FROM n;
`;
const CHANGE = "UPDATE kv SET value = 'new' || hex(zeroblob(200));";
const CHANGE_AGAIN = "UPDATE kv SET value = 'two' || hex(zeroblob(200));";
/** With this, changed pages go to the file, or to the log, before the commit. */
const SPILL = "PRAGMA cache_size = 2;";
const FILES = ["", "-wal", "-journal", "-shm"];

/**
 * Lets sqlite3 run SQL on a filled file, and copies what is there then, with the
 * file still open: as if the program had been killed.
 *
 * @returns the path of the copy.
 */
async function after(
  directory: string,
  mode: string,
  sql: string,
): Promise<string> {
  const copy = `${directory}/copy.db`;
  const script = [
    `PRAGMA journal_mode = ${mode}; ${CREATE}; ${FILL}`,
    mode === "WAL" ? "PRAGMA wal_checkpoint(TRUNCATE);" : "",
    sql,
    ...FILES.map((name) =>
      `.shell cp data.db${name} copy.db${name} 2>/dev/null || true`
    ),
  ];
  const child = new Deno.Command("sqlite3", {
    ...{ args: ["data.db"], cwd: directory },
    ...{ stdin: "piped", stdout: "null" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script.join("\n") + "\n"));
  await writer.close();
  assert((await child.status).success);
  return copy;
}

/** What SQLite reads in a file, with what is beside it or without. */
function read(path: string, immutable: boolean): string {
  const database = immutable
    ? new DatabaseSync(`${pathToFileURL(path)}?immutable=1`, { readOnly: true })
    : new DatabaseSync(path);
  try {
    const rows = database.prepare("SELECT * FROM kv ORDER BY key").all();
    return JSON.stringify(rows);
  } catch (error) {
    return (error as Error).message;
  } finally {
    database.close();
  }
}

/** Whether SQLite, with all that is beside a file, reads just that file. */
async function readsTheFileAlone(path: string): Promise<boolean> {
  const directory = await Deno.makeTempDir();
  try {
    for (const name of FILES.slice(0, 3)) {
      await Deno.copyFile(path + name, `${directory}/data.db${name}`)
        .catch(() => {});
    }
    const alone = read(`${directory}/data.db`, true);
    return read(`${directory}/data.db`, false) === alone;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What a program was doing when it was killed, and what has changes then. */
const STATES: [string, mode: string, sql: string, changes?: string][] = [
  ["nothing, with a write-ahead log", "WAL", ""],
  ["nothing, after a commit", "WAL", CHANGE, "-wal"],
  [
    "nothing, after a checkpoint",
    "WAL",
    `${CHANGE} PRAGMA wal_checkpoint;`,
    "-wal",
  ],
  [
    "nothing, after a checkpoint that empties the log",
    "WAL",
    `${CHANGE} PRAGMA wal_checkpoint(TRUNCATE);`,
  ],
  ["a transaction that is in the log", "WAL", `${SPILL} BEGIN; ${CHANGE}`],
  [
    "a transaction that is in the log, over one that was checkpointed",
    "WAL",
    `${CHANGE} PRAGMA wal_checkpoint(RESTART); ${SPILL} BEGIN; ${CHANGE_AGAIN}`,
  ],
  ["a transaction", "DELETE", `${SPILL} BEGIN; ${CHANGE}`, "-journal"],
  ["nothing, with a journal that is removed", "DELETE", CHANGE],
  ["nothing, with a journal that is cut", "TRUNCATE", CHANGE],
  ["nothing, with a journal that is zeroed", "PERSIST", CHANGE],
  [
    "a transaction, with such a journal",
    "PERSIST",
    `${CHANGE} ${SPILL} BEGIN; ${CHANGE_AGAIN}`,
    "-journal",
  ],
];

for (const [what, mode, sql, changes] of STATES) {
  engineTest(
    `${mode}: killed while it did ${what}`,
    () =>
      inDirectory(async (directory) => {
        const path = await after(directory, mode, sql);
        const found = await findChanges(path);
        assertEquals(found, changes && path + changes);
        // A checkpoint has brought all into the file that is still in the log.
        if (found === undefined) assert(await readsTheFileAlone(path));
        else if (!sql.includes("checkpoint")) {
          assertEquals(await readsTheFileAlone(path), false);
        }
      }),
  );
}

engineTest(
  "an index of a log that is not there says nothing",
  () =>
    inDirectory(async (directory) => {
      const path = await after(directory, "WAL", CHANGE);
      await Deno.remove(`${path}-wal`);
      assert((await Deno.stat(`${path}-shm`)).size > 0);
      assertEquals(await findChanges(path), undefined);
    }),
);

engineTest(
  "files that are neither log nor journal say nothing, as to SQLite",
  () =>
    inDirectory(async (directory) => {
      const path = await after(directory, "DELETE", "");
      for (const name of ["-wal", "-journal"]) {
        for (const text of ["changes", "x".repeat(5000), "\0".repeat(5000)]) {
          await Deno.writeTextFile(path + name, text);
          assertEquals(await findChanges(path), undefined);
          assert(await readsTheFileAlone(path));
        }
        await Deno.remove(path + name);
        await Deno.mkdir(path + name);
        assertEquals(await findChanges(path), undefined);
        await Deno.remove(path + name);
      }
    }),
);

/** Appends the name of a super-journal to a journal, as SQLite does. */
async function nameSuperJournal(journal: string, name: string): Promise<void> {
  const bytes = new TextEncoder().encode(name);
  const record = new Uint8Array(4 + bytes.length + 16);
  const view = new DataView(record.buffer);
  view.setUint32(0, 0x4000_0000 / 4096 + 1); // the page that is never used
  record.set(bytes, 4);
  view.setUint32(4 + bytes.length, bytes.length);
  view.setUint32(
    8 + bytes.length,
    bytes.reduce((a, b) => a + (b << 24 >> 24), 0),
  );
  record.set(
    [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7],
    12 + bytes.length,
  );
  await Deno.writeFile(journal, record, { append: true });
}

engineTest(
  "a journal counts as long as the super-journal that it names is there",
  () =>
    inDirectory(async (directory) => {
      const path = await after(
        directory,
        "DELETE",
        `${SPILL} BEGIN; ${CHANGE}`,
      );
      const superJournal = `${directory}/ü-mj0A1B2C3D4`;
      await nameSuperJournal(`${path}-journal`, superJournal);
      // Without it, the transaction over several files has been committed.
      assertEquals(await findChanges(path), undefined);
      assert(await readsTheFileAlone(path));
      await Deno.writeTextFile(superJournal, `${path}-journal\0`);
      assertEquals(await findChanges(path), `${path}-journal`);
      assertEquals(await readsTheFileAlone(path), false);
    }),
);

engineTest(
  "wherever a log or a journal is cut or damaged, no change is missed",
  () =>
    inDirectory(async (directory) => {
      let missed = 0, told = 0;
      for (
        const [mode, sql, name] of [
          ["WAL", CHANGE, "-wal"],
          ["DELETE", `${SPILL} BEGIN; ${CHANGE}`, "-journal"],
        ]
      ) {
        const path = await after(directory, mode, sql);
        const whole = await Deno.readFile(path + name);
        const tries: Uint8Array[] = [];
        for (let n = 0; n < 40; n++) {
          tries.push(whole.slice(0, n < 25 ? n : n * whole.length / 40));
          const damaged = whole.slice();
          damaged[n < 25 ? n : Math.floor(n * whole.length / 40)] ^= 0x55;
          tries.push(damaged);
        }
        for (const bytes of tries) {
          await Deno.writeFile(path + name, bytes);
          const isFinished = await findChanges(path) === undefined;
          const isAlone = await readsTheFileAlone(path);
          if (isFinished && !isAlone) missed++;
          if (!isFinished) told++;
        }
        await Deno.remove(`${directory}/data.db`);
        for (const name of FILES) {
          await Deno.remove(path + name).catch(() => {});
        }
      }
      assertEquals(missed, 0);
      assert(told > 40, `${told} told`);
    }),
);
