import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";

const program = fileURLToPath(new URL("./one_get.ts", import.meta.url));
const cwd = fileURLToPath(new URL("../../..", import.meta.url));

async function oneGet(path: string, permissions: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, program, path, "a"],
    cwd,
  }).output();
  return (new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr))
    .trim();
}

async function withFiles(
  use: (directory: string, plain: string, wal: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const files = ["delete", "wal"].map((mode) => {
      const path = `${directory}/${mode} %41.sqlite`;
      const database = new DatabaseSync(path);
      database.exec(`
        PRAGMA journal_mode = ${mode};
        CREATE TABLE kv (key TEXT PRIMARY KEY, value);
        INSERT INTO kv VALUES ('a', 'found');
      `);
      database.close();
      return path;
    });
    await use(directory, files[0], files[1]);
    assertEquals([...Deno.readDirSync(directory)].length, 2);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("to read the file is all the permission that it takes", async () => {
  await withFiles(async (directory, plain) => {
    for (
      const permissions of [
        [`--allow-read=${directory}`],
        ["--allow-read"],
        ["--allow-read", "--allow-write"],
        ["-A"],
      ]
    ) assertEquals(await oneGet(plain, permissions), "found");
  });
});

Deno.test("in WAL mode it takes all permissions, or nothing is written", async () => {
  await withFiles(async (_, _plain, wal) => {
    assertEquals(await oneGet(wal, ["-A"]), "found");
    for (const permissions of [["--allow-read"], ["--allow-read", "-W"]]) {
      const problem = await oneGet(wal, permissions);
      assert(/turn that mode off: PRAGMA journal_mode/.test(problem), problem);
    }
  });
});
