import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileWatcher } from "../../src/watcher/file_watcher.ts";
import { trust } from "../../src/watcher/trust.ts";
import { withLogs } from "../logs.ts";
import { inDirectory, md5 } from "../temporary.ts";

/** Users that nobody is: the owner of a drop directory, and a stranger. */
const OWNER = 54_321, STRANGER = 54_322;
const GROUP = 54_323;

/** A test that makes files of others, which only root may. */
function rootTest(
  name: string,
  test: (directory: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: () => {
      if (Deno.uid() === 0) return inDirectory(open(test));
      console.log("skipped: only root may give files away");
    },
  });
}

/** Lets everybody into the directory of a test. */
function open(test: (directory: string) => Promise<void>) {
  return async (directory: string) => {
    await Deno.chmod(directory, 0o755);
    await test(directory);
  };
}

async function makeDirectory(path: string, uid: number, mode: number) {
  await Deno.mkdir(path);
  await Deno.chmod(path, mode);
  await Deno.chown(path, uid, GROUP);
}

async function makeFile(path: string, uid: number, mode = 0o644) {
  await Deno.writeTextFile(path, "one");
  await Deno.chmod(path, mode);
  await Deno.chown(path, uid, uid);
}

async function makeLink(target: string, path: string, uid: number) {
  await Deno.symlink(target, path);
  const { success } = await new Deno.Command("chown", {
    args: ["--no-dereference", `${uid}`, path],
  }).output();
  assert(success);
}

async function problemOf(path: string): Promise<string | undefined> {
  return (await trust(path)).problem;
}

rootTest(
  "a file is taken from the owner of its directory, from root and from us",
  async (d) => {
    for (const [owner, mode] of [[OWNER, 0o755], [0, 0o1777]]) {
      const drops = `${d}/drops${owner}`;
      await makeDirectory(drops, owner, mode);
      const path = `${drops}/data.db`;
      for (const uid of [owner, 0]) {
        await makeFile(path, uid, 0o600);
        assertEquals((await trust(path)).problem, undefined);
        assertEquals((await trust(path)).isOwn, true);
        await Deno.remove(path);
      }
      await makeFile(path, STRANGER);
      assertEquals(
        await problemOf(path),
        `belongs to the user ${STRANGER}: not taken, for that is neither the owner of the directory nor root nor us`,
      );
      assertEquals((await trust(path)).isOwn, false);
    }
  },
);

rootTest(
  "a link is followed from the same, if they may read what it leads to",
  async (d) => {
    await makeDirectory(`${d}/drops`, OWNER, 0o755);
    await makeDirectory(`${d}/closed`, 0, 0o700);
    await makeFile(`${d}/secret`, 0, 0o600);
    await makeFile(`${d}/public`, 0, 0o644);
    await makeFile(`${d}/own`, OWNER, 0o600);
    await makeFile(`${d}/closed/public`, 0, 0o644);
    await makeFile(`${d}/strange`, STRANGER, 0o644);
    const path = `${d}/drops/data.db`;
    const isProblem = async (target: string, uid: number, problem?: string) => {
      await makeLink(target, path, uid);
      const found = await problemOf(path);
      assertEquals(
        found,
        problem &&
          `is a symbolic link of the user ${uid}: not followed, ${problem}`,
        `${target} of ${uid}`,
      );
      assertEquals((await trust(path)).isOwn, false);
      await Deno.remove(path);
    };
    const nobody =
      "for that is neither the owner of the directory nor root nor us";
    const unreadable = "for that user may not read what it leads to";
    for (const target of ["secret", "public", "own", "closed/public"]) {
      await isProblem(`${d}/${target}`, STRANGER, nobody);
    }
    await isProblem(`${d}/public`, OWNER);
    await isProblem("../public", OWNER);
    await isProblem("/../.." + `${d}/./public`, OWNER);
    await isProblem(`${d}/secret`, OWNER, unreadable);
    await isProblem(`${d}/closed/public`, OWNER, unreadable);
    for (const target of ["secret", "public", "closed/public"]) {
      await isProblem(`${d}/${target}`, 0);
    }
    // Not the link's owner, nor that of the directory that it lies in.
    await makeLink(`${d}/strange`, path, 0);
    assert(
      (await problemOf(path))!.startsWith(`belongs to the user ${STRANGER}`),
    );
    await Deno.remove(path);
    await Deno.chown(d, OWNER, OWNER);
    await isProblem(`${d}/own`, OWNER);
    await isProblem(`${d}/own`, 0);
  },
);

rootTest(
  "each link on the way is looked at, that of a directory too",
  async (d) => {
    await makeDirectory(`${d}/drops`, OWNER, 0o755);
    await makeDirectory(`${d}/home`, STRANGER, 0o755);
    await makeDirectory(`${d}/secrets`, 0, 0o700);
    await makeFile(`${d}/secrets/data.db`, 0, 0o600);
    const path = `${d}/drops/data.db`;
    await makeLink(`${d}/home/latest`, path, 0);
    await makeLink(`${d}/secrets/data.db`, `${d}/home/latest`, STRANGER);
    assertEquals(
      await problemOf(path),
      `is behind a symbolic link of the user ${STRANGER}, ${d}/home/latest: not followed, for that user may not read what it leads to`,
    );
    await Deno.remove(path);
    await makeLink(`${d}/home/directory/data.db`, path, 0);
    await makeLink(`${d}/secrets`, `${d}/home/directory`, STRANGER);
    assertEquals(
      await problemOf(path),
      `is behind a symbolic link of the user ${STRANGER}, ${d}/home/directory: not followed, for that user may not read what it leads to`,
    );
    assertEquals(
      await problemOf(`${d}/home/directory/data.db`),
      `is behind a symbolic link of the user ${STRANGER}, ${d}/home/directory: not followed, for that user may not read what it leads to`,
    );
  },
);

rootTest(
  "a file with several names is taken if all who can have made this one may read it",
  async (d) => {
    await makeDirectory(`${d}/elsewhere`, 0, 0o755);
    // [owner and mode of the directory, owner and mode of the file, taken]
    const cases: [number, number, number, number, boolean][] = [
      [OWNER, 0o755, OWNER, 0o600, true],
      [OWNER, 0o755, 0, 0o600, false],
      [OWNER, 0o755, 0, 0o644, true],
      [OWNER, 0o777, OWNER, 0o600, false],
      [OWNER, 0o777, OWNER, 0o644, true],
      [OWNER, 0o775, OWNER, 0o640, false],
      [0, 0o755, 0, 0o600, true],
      [0, 0o1777, 0, 0o600, false],
      [0, 0o1777, 0, 0o604, true],
      [0, 0o775, 0, 0o600, false],
      [0, 0o775, 0, 0o640, false],
    ];
    for (const [n, [owner, mode, uid, rights, taken]] of cases.entries()) {
      await makeDirectory(`${d}/${n}`, owner, mode);
      const path = `${d}/${n}/data.db`, other = `${d}/elsewhere/${n}`;
      await makeFile(other, uid, rights);
      await Deno.link(other, path);
      assertEquals(
        await problemOf(path),
        taken
          ? undefined
          : "has 2 names, and who made this one may not be allowed to read it: not taken; drop a copy",
        `${cases[n]}`,
      );
      // Those who may write to the directory by its group may read by it.
      if (mode !== 0o775 || rights !== 0o640) continue;
      await Deno.chown(path, uid, GROUP);
      assertEquals(await problemOf(path), undefined);
    }
  },
);

Deno.test("a circle of links is no file", () =>
  inDirectory(async (d) => {
    await Deno.symlink("b", `${d}/a`);
    await Deno.symlink("a", `${d}/b`);
    await assertRejects(() => trust(`${d}/a`), Deno.errors.NotFound);
  }));

rootTest(
  "a file that is not taken is told once; a sum file is taken from the same",
  async (d) => {
    await makeDirectory(`${d}/drops`, OWNER, 0o1777);
    const path = `${d}/drops/data.db`;
    const look = async (mode: "md5" | "simple", times = 2) => {
      const watcher = new FileWatcher({ path, mode });
      let taken = false;
      for (let n = 0; n < times; n++) {
        if (n > 0) await new Promise((resolve) => setTimeout(resolve, 500));
        const file = await watcher.look(new AbortController().signal);
        taken ||= file !== undefined;
      }
      return taken;
    };
    await withLogs(async (logs) => {
      await makeFile(path, STRANGER);
      await makeFile(`${path}.md5`, OWNER);
      assertEquals(await look("md5", 3), false);
      assertEquals(await look("simple"), false);
      assertEquals(logs.length, 2);
      assert(
        logs[0].includes(`${path} belongs to the user ${STRANGER}`),
        logs[0],
      );
      await Deno.chown(path, OWNER, OWNER);
      assertEquals(await look("simple"), true);

      logs.length = 0;
      await Deno.writeTextFile(`${path}.md5`, md5("one"));
      await Deno.chown(`${path}.md5`, STRANGER, STRANGER);
      assertEquals(await look("md5"), false);
      await Deno.remove(`${path}.md5`);
      // What a sum file leads to may be something that looks like a sum.
      await makeFile(`${d}/token`, 0, 0o600);
      await Deno.writeTextFile(`${d}/token`, "f".repeat(32));
      await makeLink(`${d}/token`, `${path}.md5`, OWNER);
      assertEquals(await look("md5"), false);
      assertEquals(logs.length, 2, logs.join("\n"));
      assert(
        logs[0].includes(`${path}.md5 belongs to the user ${STRANGER}`),
        logs[0],
      );
      assert(
        logs[1].includes(`${path}.md5 is a symbolic link of the`),
        logs[1],
      );
      assert(!logs.join().includes("ffff"));
      await Deno.remove(`${path}.md5`);
      await makeFile(`${path}.md5`, 0);
      await Deno.writeTextFile(`${path}.md5`, md5("one"));
      assertEquals(await look("md5"), true);
    });
  },
);

rootTest("the sum of a file is told only to whom it may be told", async (d) => {
  await makeDirectory(`${d}/drops`, OWNER, 0o755);
  const path = `${d}/drops/data.db`;
  const told = async () => {
    let line = "";
    await withLogs(async (logs) => {
      const watcher = new FileWatcher({ path, mode: "md5" });
      for (let n = 0; n < 2; n++) {
        if (n > 0) await new Promise((resolve) => setTimeout(resolve, 500));
        await watcher.look(new AbortController().signal);
      }
      assertEquals(logs.length, 1);
      line = logs[0];
    });
    await Deno.remove(path);
    return line;
  };
  const hidden =
    `warning: ${path} does not match the md5 sum in ${path}.md5: not loaded; drop the right file or sum`;
  await Deno.writeTextFile(`${path}.md5`, "0".repeat(32));
  await makeFile(path, OWNER, 0o600);
  assert((await told()).includes(`has the md5 sum ${md5("one")}`));
  await makeFile(`${d}/public`, 0);
  await makeLink(`${d}/public`, path, OWNER);
  assertEquals(await told(), hidden);
});
