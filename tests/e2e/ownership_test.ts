/** Whose files are taken, by the program of root and by that of somebody else. */

import { assert, assertEquals } from "@std/assert";
import { Client } from "../server/client.ts";
import { filesBelow, inDirectory, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { Program } from "./program.ts";

/** Users that nobody is. */
const SERVER = 54_320, OWNER = 54_321, STRANGER = 54_322;

/** Becomes somebody else. */
const AS_SERVER = [
  ...["setpriv", `--reuid=${SERVER}`, `--regid=${SERVER}`, "--clear-groups"],
];

/** What the program needs of root's home directory, where others may read it. */
let modules: Record<string, string> | undefined;

async function copyModules(): Promise<Record<string, string>> {
  if (modules !== undefined) return modules;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const cache = await Deno.makeTempDir({ prefix: "goromdb_modules_" });
  addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));
  const copied = works("cp", "-al", npmCache, cache) ||
    works("cp", "-a", npmCache, cache);
  assert(copied);
  await Deno.chown(cache, SERVER, SERVER);
  return modules = { DENO_DIR: cache, HOME: cache };
}

interface Places {
  directory: string;
  /** The data file. */
  path: string;
  base: string;
  program: Program;
  client: Client;
  /** The log lines that are not of good news. */
  complaints: () => string[];
}

function ownershipTest(
  name: string,
  server: number,
  flags: string[],
  test: (places: Places) => Promise<void>,
): void {
  Deno.test({
    name: `${name}, as ${server === 0 ? "root" : "somebody else"}`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      if (
        Deno.uid() !== 0 ||
        server !== 0 && !works(AS_SERVER[0], ...AS_SERVER.slice(1), "true")
      ) {
        console.log("skipped: not root, or setpriv is not installed");
        return;
      }
      await inDirectory(async (directory) => {
        await Deno.chmod(directory, 0o755);
        const [drops, base] = [`${directory}/drops`, `${directory}/base`];
        await Deno.mkdir(drops);
        await Deno.chown(drops, OWNER, OWNER);
        // The server takes files away from there.
        await Deno.chmod(drops, server === 0 ? 0o755 : 0o777);
        await Deno.mkdir(base);
        await Deno.chown(base, server, server);
        const path = `${drops}/data.db`;
        const where = server === 0 ? {} : {
          before: AS_SERVER,
          env: await copyModules(),
          permissions: ["-A", "--cached-only"],
        };
        await using program = await Program.startIn(
          where,
          ...["-addr", "127.0.0.1:0", "-workers", "1", "-interval", "100"],
          ...["-file", path, "-basedir", base, ...flags],
        );
        const client = await Client.connect(program.port);
        const complaints = () =>
          program.log.filter((line) => !/\[info\]|no data yet/.test(line));
        try {
          await test({ directory, path, base, program, client, complaints });
        } finally {
          client.close();
        }
      });
    },
  });
}

async function make(
  path: string,
  value: string,
  uid: number,
  mode = 0o644,
): Promise<void> {
  await Deno.writeTextFile(`${path}.made`, JSON.stringify({ k: value }));
  await Deno.chmod(`${path}.made`, mode);
  await Deno.chown(`${path}.made`, uid, uid);
  await Deno.rename(`${path}.made`, path);
}

async function link(target: string, path: string, uid: number): Promise<void> {
  await Deno.symlink(target, path);
  assert(works("chown", "--no-dereference", `${uid}`, path));
}

async function isServed({ client, program }: Places, value: string) {
  await until(
    `${value} is served; the log is\n${program.log.join("\n")}`,
    async () => (await client.ask("get k\r\n", "END\r\n")).includes(value),
    20_000,
  );
}

/** Waits until it is told once, and sees that the file stays, and is nowhere else. */
async function isLeft(
  { complaints, base, path, client }: Places,
  pattern: RegExp,
): Promise<void> {
  await until("it is told", () => complaints().length > 0, 20_000);
  await new Promise((resolve) => setTimeout(resolve, 700));
  assertEquals(complaints().length, 1, complaints().join("\n"));
  assert(pattern.test(complaints()[0]), complaints()[0]);
  console.log(complaints()[0]);
  assert(!complaints()[0].includes("secret"));
  await Deno.lstat(path);
  assertEquals(
    (await filesBelow(base)).filter((name) => name.includes("data.db")),
    [],
  );
  assertEquals(await client.ask("get k\r\n", "END\r\n"), "END\r\n");
}

/** Waits until only one slot is full, and sees whose the file in it is. */
async function slotIs(base: string, mode: number, uid: number) {
  let full: string[] = [];
  await until("one slot is full", async () => {
    full = (await filesBelow(base)).filter((name) => name.endsWith("data.db"));
    return full.length === 1;
  });
  const file = await Deno.stat(`${base}/${full[0]}`);
  assertEquals([file.mode! & 0o777, file.uid], [mode, uid]);
}

for (const server of [0, SERVER]) {
  for (const flags of [["-watch", "simple"], []]) {
    const how = flags.length > 0 ? "without a sum" : "with a sum";
    const sum = async ({ path }: Places) => {
      if (flags.length > 0) return;
      await Deno.writeTextFile(`${path}.md5`, "0".repeat(32));
      await Deno.chown(`${path}.md5`, OWNER, OWNER);
    };

    ownershipTest(
      `a link to a file that its maker may not read is not followed, ${how}`,
      server,
      flags,
      async (places) => {
        const { directory, path } = places;
        await make(`${directory}/hidden`, "secret", server, 0o600);
        await link(`${directory}/hidden`, path, OWNER);
        await sum(places);
        await isLeft(places, /is a symbolic link of the user 54321: not foll/);
      },
    );

    ownershipTest(
      `a stranger's file is not taken, ${how}`,
      server,
      flags,
      async (places) => {
        await make(places.path, "secret", STRANGER);
        await sum(places);
        await isLeft(places, /belongs to the user 54322: not taken/);
      },
    );
  }

  ownershipTest(
    "the owner's files, ours and root's links are served, with the modes that they have",
    server,
    ["-watch", "simple"],
    async (places) => {
      const { directory, path, base, complaints } = places;
      await make(path, "of the owner", OWNER);
      await isServed(places, "of the owner");
      await make(path, "ours", server, 0o600);
      await isServed(places, "ours");
      await slotIs(base, 0o600, server);
      await make(`${directory}/linked`, "linked", server, 0o600);
      await link(`${directory}/linked`, path, 0);
      await isServed(places, "linked");
      await slotIs(base, 0o600, server);
      assertEquals(complaints(), []);

      await make(`${directory}/bad`, "", OWNER);
      await Deno.writeTextFile(`${directory}/bad`, "no data");
      await Deno.rename(`${directory}/bad`, path);
      await places.program.line(/not loaded, moved to .*\/rejected\//);
      const rejected = await Deno.stat(`${base}/rejected`);
      assertEquals(rejected.mode! & 0o777, 0o700);
    },
  );
}
