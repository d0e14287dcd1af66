import { DatabaseSync } from "node:sqlite";
import { openSqlite } from "../../../src/storage/sqlite/sqlite.ts";
import { fixturePath } from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";
import { pythonEngine } from "../engines.ts";
import { assertSoundness, type Subject } from "../soundness.ts";

const engine = pythonEngine(
  new URL("./engine/opinions.py", import.meta.url),
  "import sqlite3",
);

const ROWS = `WITH RECURSIVE n(i) AS (
  SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 120
)`;

/** What each file is made with, of pages so small that there are many. */
const MADE: Record<string, string> = {
  "an index": `CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB);
    ${ROWS} INSERT INTO kv SELECT 'key ' || i, zeroblob(i % 300) FROM n`,
  "no rowid": `CREATE TABLE kv (key BLOB PRIMARY KEY, value) WITHOUT ROWID;
    ${ROWS} INSERT INTO kv
    SELECT CAST('key ' || i AS BLOB), 'value ' || i FROM n`,
  "rowids": `CREATE TABLE kv (key INTEGER PRIMARY KEY, value TEXT);
    ${ROWS} INSERT INTO kv SELECT i * i, 'value ' || i FROM n`,
  "a collation": `CREATE TABLE kv (
      key TEXT COLLATE NOCASE PRIMARY KEY, value TEXT
    );
    ${ROWS} INSERT INTO kv SELECT 'Key ' || i, 'value ' || i FROM n`,
  "keys of all types": `CREATE TABLE kv (key, value);
    CREATE INDEX by_key ON kv (key);
    ${ROWS} INSERT INTO kv SELECT CASE i % 5 WHEN 0 THEN i WHEN 1 THEN i / 7.0
      WHEN 2 THEN CAST(i / 2 AS TEXT) WHEN 3 THEN CAST(i / 3 AS BLOB)
      ELSE i / 4.0 END, i / 3.0 FROM n`,
  "equal keys": `CREATE TABLE kv (key TEXT, value TEXT);
    CREATE INDEX by_key ON kv (key);
    ${ROWS} INSERT INTO kv
    SELECT 'key ' || (i % 50), CASE i % 7 WHEN 0 THEN NULL ELSE i END FROM n`,
};

function made(sql: string): Uint8Array {
  const path = Deno.makeTempFileSync({ suffix: ".sqlite" });
  try {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA page_size = 512; ${sql};`);
    database.close();
    return Deno.readFileSync(path);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("what the check of an SQLite file calls sound is found, all of it", () =>
  inDirectory(async (directory) => {
    const views = [{}, { namespaced: true }];
    const subjects: Subject[] = [
      ...["text", "blob", "textblob", "rowid", "null", "big"].map((name) => ({
        name,
        file: Deno.readFileSync(fixturePath(`sqlite/${name}.sqlite`)),
        views,
      })),
      ...Object.entries(MADE).map(([name, sql]) => ({
        name,
        file: made(sql),
        views,
      })),
    ];
    await assertSoundness({
      name: "sqlite",
      subjects,
      open: (bytes, options) => {
        const path = `${directory}/mutant.sqlite`;
        Deno.writeFileSync(path, bytes);
        return openSqlite(path, options);
      },
      engine,
    });
  }));
