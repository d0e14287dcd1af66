/** The version before stays until the next one is served, whatever goes wrong. */

import { assert, assertEquals } from "@std/assert";
import { filesBelow, inDirectory, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { SlotServer, type SlotServerOptions } from "./slot_server.ts";

const KEEP = ["-keep-previous"];

/** What lies in the slots. */
const BOTH = [
  ...["data00/data.db", "data00/slot.json"],
  ...["data01/data.db", "data01/slot.json"],
];

async function inSlots(server: SlotServer): Promise<string[]> {
  const names = await filesBelow(server.base);
  return names.filter((name) => name.startsWith("data0"));
}

/** Serves "one" and then "two". */
async function serveTwo(server: SlotServer): Promise<void> {
  for (const value of ["one", "two"]) {
    await server.dropJson({ n: value });
    await server.serves("n", value);
  }
  await until(
    "both are in slots",
    async () => (await inSlots(server)).join() === BOTH.join(),
  );
}

/** "one" is served again when it is asked for. */
async function assertRollsBack(server: SlotServer): Promise<void> {
  assertEquals(await inSlots(server), BOTH);
  assertEquals(await server.get("n"), "two");
  const { code, stderr } = await server.rollBack();
  assertEquals(code, 0, stderr);
  await server.serves("n", "one");
}

/** Loads that fail, and how that is told. */
const FAILURES: Record<string, [string, RegExp]> = {
  "text that is no JSON": ['{"broken', /not loaded, moved to .*rejected/],
  "half of a text": [
    JSON.stringify({ n: "three", more: "x".repeat(100_000) }).slice(0, 50_000),
    /not loaded, moved to .*rejected/,
  ],
  "nothing": ["", /not loaded, moved to .*rejected/],
  "a damaged BoltDB file": [
    "\0".repeat(16) + "\xed\xda\x0c\xed".repeat(3000),
    /not loaded, moved to .*rejected/,
  ],
};

for (const [what, [text, told]] of Object.entries(FAILURES)) {
  Deno.test(`the version before outlives a drop of ${what}`, () =>
    inDirectory(async (directory) => {
      await using server = await SlotServer.start(directory, { flags: KEEP });
      await serveTwo(server);
      await server.dropText(text);
      await server.program.line(told);
      await assertRollsBack(server);
      await server.stop();
    }));
}

const limited = (limit: number): SlotServerOptions => ({
  before: ["bash", "-c", `ulimit -f ${limit} && exec "$@"`, "bash"],
  flags: KEEP,
});

Deno.test({
  name: "the version before outlives a file that may not be so large",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDirectory(async (directory) => {
      // Deno's own caches must fit, too.
      await using server = await SlotServer.start(directory, limited(65_536));
      await serveTwo(server);
      const large = `${directory}/large`;
      await Deno.writeTextFile(large, JSON.stringify({ n: "three" }));
      await Deno.truncate(large, 65_536 * 1024 + 1);
      // What has another name is copied.
      await Deno.link(large, `${server.drops}/new`);
      using file = await Deno.open(large, { append: true });
      await file.write(new Uint8Array(1));
      await server.drop(`${server.drops}/new`);
      await server.program.line(
        /data\.db could not be taken, trying again in 5 s: File too large/,
      );
      await assertRollsBack(server);
      assertEquals(await server.stop(), undefined);
    }),
});

Deno.test({
  name: "the version before outlives a full disk",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDirectory(async (directory) => {
      const base = `${directory}/base`;
      await Deno.mkdir(base);
      if (!works("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", base)) {
        return console.log("skipped: a tmpfs cannot be mounted");
      }
      try {
        await using server = await SlotServer.start(directory, { flags: KEEP });
        await serveTwo(server);
        await server.dropJson({ n: "three", more: "x".repeat(1_000_000) });
        await server.program.line(
          /data\.db could not be taken, trying again in 5 s: No space left/,
        );
        await assertRollsBack(server);
        // Not even a note can be written.
        await Deno.writeFile(`${base}/filler`, new Uint8Array(600_000))
          .catch(() => {});
        await server.dropJson({ n: "four" });
        await until("it is told", () =>
          server.log.filter((line) =>
            line.includes("No space left")
          )
            .length >= 2);
        assertEquals(await server.get("n"), "one");
        await Deno.remove(`${base}/filler`);
        await server.serves("n", "four");
        await server.stop();
      } finally {
        works("umount", "--lazy", base);
      }
    }),
});

Deno.test("the file that is served, dropped again, is no load", () =>
  inDirectory(async (directory) => {
    await using server = await SlotServer.start(directory, { flags: KEEP });
    await serveTwo(server);
    for (let times = 1; times <= 2; times++) {
      await server.dropJson({ n: "two" });
      await until(
        "it is told",
        () =>
          server.log.filter((line) =>
            /data\.db is what is served already: there is nothing to load/
              .test(line)
          ).length === times,
      );
      await until(
        "it is taken away",
        async () => (await filesBelow(server.drops)).length === 0,
      );
    }
    const { data_loads } = await server.stats();
    assertEquals(data_loads, "2");
    await assertRollsBack(server);
    // Now it is another one.
    await server.dropJson({ n: "two" });
    await server.serves("n", "two");
    await server.stop();
  }));

Deno.test({
  name: "the file that is served, dropped again, mends a damaged one",
  // The executable has the C library, and keeps others from writing.
  ignore: Deno.env.get("GOROMDB_EXECUTABLE") !== undefined,
}, () =>
  inDirectory(async (directory) => {
    // Without the C library nobody is kept from writing to it.
    await using server = await SlotServer.start(directory, {
      permissions: ["--allow-read", "--allow-write", "--allow-net"],
      flags: KEEP,
    });
    await serveTwo(server);
    const file = `${server.base}/data01/data.db`;
    const { atime, mtime } = await Deno.stat(file);
    await Deno.writeTextFile(file, JSON.stringify({ n: "TWO" }));
    await Deno.utime(file, atime!, mtime!);
    await server.dropJson({ n: "two" });
    await until(
      "it is loaded",
      async () => (await server.stats()).data_loads === "3",
    );
    await server.stop();
  }));

Deno.test("a start without -keep-previous keeps what was kept until it serves another", () =>
  inDirectory(async (directory) => {
    await using server = await SlotServer.start(directory, { flags: KEEP });
    await serveTwo(server);
    await server.stop();
    await server.start({});
    assertEquals(await server.get("n"), "two");
    await server.dropText('{"broken');
    await server.program.line(/not loaded/);
    await server.stop();
    await server.start({});
    await assertRollsBack(server);
    await server.dropJson({ n: "three" });
    await server.serves("n", "three");
    await until(
      "only that is left",
      async () => (await inSlots(server)).length === 2,
    );
    await server.stop();
  }));

Deno.test("a kill while a file is opened costs neither version", () =>
  inDirectory(async (directory) => {
    await using server = await SlotServer.start(directory, { flags: KEEP });
    await serveTwo(server);
    // It takes a while to open.
    const many = Array.from({ length: 400_000 }, (_, n) => [`key ${n}`, "v"]);
    await server.dropJson({ n: "three", ...Object.fromEntries(many) });
    const next = `${server.base}/data00/data.db.new`;
    await until(
      "it is in its slot",
      () => Deno.stat(next).then(() => true, () => false),
    );
    await server.stop("SIGKILL");
    assert((await inSlots(server)).join().includes(BOTH[0]));
    await server.start();
    // What was served is there at once, and the rest comes in its time.
    assertEquals(await server.get("n"), "two");
    await server.serves("n", "three");
    const { code, stderr } = await server.rollBack();
    assertEquals(code, 0, stderr);
    await server.serves("n", "two");
    await server.stop();
  }));
