import { openSqlite } from "../../../src/storage/sqlite/sqlite.ts";
import type { SqliteSnapshot } from "../../../src/storage/sqlite/snapshot.ts";
import { fixturePath } from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";

/** SQLite needs a file of each mutant: it gets one in so many. */
const EACH = 19;

Deno.test("a damaged SQLite file gives a value, a miss or a DataFileError", () => {
  const names = ["text", "blob", "textblob", "rowid", "null", "big"];
  const files = names.map((name) =>
    Deno.readFileSync(fixturePath(`sqlite/${name}.sqlite`))
  );
  const keys = names.flatMap((name) => {
    const snapshot = openSqlite(fixturePath(`sqlite/${name}.sqlite`), {});
    const entries = [...snapshot.entries()];
    snapshot.close();
    return entries.slice(0, 6).map(({ key }) => key);
  });
  keys.push(new TextEncoder().encode("no such key"));

  const directory = Deno.makeTempDirSync();
  const path = `${directory}/mutant.sqlite`;
  let number = 0;
  try {
    fuzz("sqlite", files, (bytes) => {
      if (number++ % EACH !== 0) return "left out";
      Deno.writeFileSync(path, bytes);
      let snapshot: SqliteSnapshot | undefined;
      try {
        return exerciseSnapshot(() => snapshot = openSqlite(path, {}), keys);
      } finally {
        snapshot?.close();
      }
    });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
