import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { findEnvironment } from "../../../src/storage/bdb/environment.ts";
import { HeldProgram } from "../../held_program.ts";
import { works } from "../../e2e/fault.ts";
import { inDirectory } from "../../temporary.ts";

const PYTHON = "/usr/bin/python3"; // Debian's own, which has its packages
const program = fileURLToPath(new URL("./environment.py", import.meta.url));

/** A test that needs Berkeley DB, in an empty directory. */
function engineTest(
  name: string,
  test: (directory: string) => Promise<void>,
): void {
  Deno.test(name, () => {
    if (works(PYTHON, "-c", "import bsddb3") && works("db5.3_dump", "-V")) {
      return inDirectory(test);
    }
    console.log("skipped: python3-bsddb3 or db5.3-util is not installed");
  });
}

/** Lets a program do some steps in an environment, until it has ended. */
async function run(directory: string, kind: string, steps: string) {
  const { success, stderr } = await new Deno.Command(PYTHON, {
    args: [program, directory, kind, ...steps.split(" ")],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** What Berkeley DB reads in the file alone. */
async function dump(path: string): Promise<string> {
  const { stdout } = await new Deno.Command("db5.3_dump", {
    args: [path],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** What it reads when the environment's changes have been brought into it. */
async function recovered(directory: string): Promise<string> {
  const copy = await Deno.makeTempDir();
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (name.startsWith("__db.")) continue;
      await Deno.copyFile(`${directory}/${name}`, `${copy}/${name}`);
    }
    assert(works("db5.3_recover", "-h", copy));
    return await dump(`${copy}/data.db`);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

const OPEN = /^its environment is open in a program, or was not closed \(/;
const CHANGES = /^there are changes in .*\/log\.\d{10}; close what writes it/;

/** What a program does, and why the file is not finished then, if it is not. */
const ENDS: [kind: string, steps: string, reason?: RegExp][] = [
  ["txn", "put:a leave"],
  ["txn", "put:a checkpoint put:b leave"],
  ["txn", "put:a close other:b leave"],
  ["txn", "other:a put:b close other:c put:d leave"],
  ["txn", "much:a leave"],
  ["txn", "put:a die", OPEN],
  ["txn", "put:a sync die", OPEN],
  ["txn", "put:a close die", OPEN],
  ["private", "put:a leave"],
  ["private", "put:a close die"],
  ["private", "put:a checkpoint die"],
  ["private", "put:a close other:b die"],
  ["private", "put:a checkpoint close other:b die"],
  ["private", "put:a die", CHANGES],
  ["private", "put:a checkpoint put:b die", CHANGES],
  ["private", "put:a close put:b die", CHANGES],
  ["private", "much:a die", CHANGES],
  ["private", "much:a checkpoint put:b die", CHANGES],
  ["private", "other:a put:b die", CHANGES],
  ["private", "put:a checkpoint delete:a die", CHANGES],
  ["private", "put:a delete:a close die"],
  ["txn", "hash much:a delete:a leave"],
  ["private", "hash put:a close die"],
  ["private", "hash put:a checkpoint put:b die", CHANGES],
  ["mpool", "put:a leave"],
  ["mpool", "put:a die", OPEN],
  ["cds", "put:a leave"],
  ["cds", "put:a die", OPEN],
];

for (const [kind, steps, reason] of ENDS) {
  engineTest(
    `${kind}: ${steps}: ${reason ? "not " : ""}finished`,
    async (d) => {
      await run(d, kind, steps);
      const path = `${d}/data.db`;
      const found = await findEnvironment(path);
      if (reason === undefined) assertEquals(found, undefined);
      else assertMatch(found!, reason);
      if (kind === "mpool" || kind === "cds") return; // nothing to recover from
      const isWhole = await dump(path) === await recovered(d);
      if (found === undefined) assert(isWhole);
      if (reason === CHANGES) assertEquals(isWhole, false);
      assert(works("db5.3_recover", "-h", d));
      assertEquals(await findEnvironment(path), undefined);
    },
  );
}

engineTest(
  "a database is not finished while a program has it open",
  async (d) => {
    for (const kind of ["txn", "private", "mpool", "cds"]) {
      const directory = `${d}/${kind}`;
      await Deno.mkdir(directory);
      const steps = ["put:a", "wait", "leave"];
      const args = [program, directory, kind, ...steps];
      const held = (await HeldProgram.start(PYTHON, args))!;
      const path = `${directory}/data.db`;
      assertMatch(
        await findEnvironment(path) ?? "finished",
        kind === "private" ? CHANGES : OPEN,
      );
      assert(await held.end());
      assertEquals(await findEnvironment(path), undefined);
    }
  },
);

engineTest(
  "logs that are gone are not needed, if there was a checkpoint",
  async (d) => {
    await run(d, "private", "much:a checkpoint put:b checkpoint die");
    const logs = [...Deno.readDirSync(d)].map(({ name }) => name)
      .filter((name) => name.startsWith("log.")).sort();
    assert(logs.length > 3, `${logs}`);
    for (const log of logs.slice(0, -1)) await Deno.remove(`${d}/${log}`);
    assertEquals(await findEnvironment(`${d}/data.db`), undefined);
  },
);

engineTest(
  "a database that was never in the environment is finished",
  async (d) => {
    await run(d, "private", "other:a die");
    await Deno.mkdir(`${d}/elsewhere`);
    await run(`${d}/elsewhere`, "private", "put:a leave");
    await Deno.rename(`${d}/elsewhere/data.db`, `${d}/data.db`);
    assertEquals(await findEnvironment(`${d}/data.db`), undefined);
  },
);

engineTest(
  "damaged logs and regions are no reason to stop, or to believe",
  async (d) => {
    await run(d, "private", "put:a die");
    const path = `${d}/data.db`, log = `${d}/log.0000000001`;
    const whole = await Deno.readFile(log);
    for (let n = 0; n < 300; n++) {
      const damaged = whole.slice(0, 24 + n % 2 * whole.length);
      const at = n * 97 % damaged.length;
      damaged[at] ^= 1 << n % 8;
      await Deno.writeFile(log, damaged);
      const found = await findEnvironment(path);
      if (found !== undefined) assertMatch(found, CHANGES);
    }
    await Deno.remove(log);
    for (const size of [0, 20, 63]) {
      await Deno.writeFile(`${d}/__db.001`, new Uint8Array(size));
      assertMatch((await findEnvironment(path))!, OPEN);
    }
  },
);
