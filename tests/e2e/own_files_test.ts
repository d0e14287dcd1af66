/**
 * What is in a slot is the server's alone: who has dropped it may keep a hold of
 * it, and others may write to the slot. What was loaded is served on, and again
 * after a restart.
 */

import { assert, assertEquals } from "@std/assert";
import { inDirectory, md5, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { run } from "./program.ts";
import { SlotServer, type SlotServerOptions } from "./slot_server.ts";

const RECORDS = 5000;

/** Everything of a data set differs from that of another. */
function records(value: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: RECORDS }, (_, n) => [`k${n}`, `${value} ${n}`]),
  );
}

/** Makes a file of some hundred kilobytes. */
async function make(format: string, value: string, out: string): Promise<void> {
  const json = JSON.stringify(records(value));
  if (format === "json") return await Deno.writeTextFile(out, json);
  await Deno.writeTextFile(`${out}.json`, json);
  const { code, stderr } = await run(
    ...["build", "-to", format, "-out", out, "-md5=false", `${out}.json`],
  );
  assertEquals(code, 0, stderr);
  await Deno.remove(`${out}.json`);
}

/** All of a data set is served: its begin, its end and what is between. */
async function assertServed(server: SlotServer, value: string): Promise<void> {
  for (let n = 0; n < RECORDS; n += 499) {
    assertEquals(await server.get(`k${n}`), `${value} ${n}`);
  }
}

/** The server still serves what it did, and after a restart, too. */
async function assertUnharmed(
  server: SlotServer,
  value: string,
): Promise<void> {
  await assertServed(server, value);
  await server.stop("SIGKILL");
  await server.start();
  await assertServed(server, value);
  await server.stop();
}

const linux = Deno.build.os === "linux";
const executable = Deno.env.get("GOROMDB_EXECUTABLE") !== undefined;

function ownTest(
  title: string,
  format: string,
  test: (server: SlotServer, work: string) => Promise<void>,
  options: SlotServerOptions & { skipped?: string | false } = {},
): void {
  Deno.test({
    name: `${title} (${format})`,
    ignore: !linux,
    fn: () =>
      inDirectory(async (directory) => {
        if (options.skipped) return console.log(`skipped: ${options.skipped}`);
        const flags = format === "json" ? [] : ["-memory", "map"];
        await using server = await SlotServer.start(directory, {
          ...options,
          flags: [...flags, ...options.flags ?? []],
        });
        await test(server, `${directory}/work`);
      }),
  });
}

/** What producers keep of a file that they drop, and do with it later. */
for (const format of ["json", "cdb", "boltdb", "sqlite"]) {
  ownTest(
    "a producer may keep a link to what it drops, and write to it",
    format,
    async (server, work) => {
      await make(format, "one", work);
      await Deno.link(work, `${server.drops}/new`);
      await server.drop(`${server.drops}/new`);
      await server.program.line(/serving/);
      const slot = await Deno.stat(`${server.base}/data00/data.db`);
      const { ino, nlink } = await Deno.stat(work);
      assertEquals([slot.nlink, nlink], [1, 1]);
      assert(slot.ino !== ino, "it was not copied");
      for (const text of ["", "x".repeat(100)]) {
        await Deno.writeTextFile(work, text);
        await assertServed(server, "one");
      }
      await assertUnharmed(server, "one");
    },
  );

  ownTest(
    "a producer may keep a file open that it drops, and write to it",
    format,
    async (server, work) => {
      await make(format, "one", work);
      using open = await Deno.open(work, { read: true, write: true });
      await server.drop(work);
      await server.program.line(/serving/);
      for (const size of [100, 0]) {
        await open.truncate(size);
        await open.seek(0, Deno.SeekMode.Start);
        await open.write(new Uint8Array(3000).fill(0xff));
        await assertServed(server, "one");
      }
      await assertUnharmed(server, "one");
    },
  );
}

/** What others do to the file in the slot. */
const DEEDS: Record<string, (file: string) => boolean> = {
  "truncates it": (file) => works("sh", "-c", `: > ${file}`),
  "cuts it without waiting": (file) =>
    !works("truncate", "--size", "4096", file),
  "overwrites it in place": (file) =>
    works(
      ...["dd", "if=/dev/urandom", `of=${file}`],
      ...["bs=4096", "count=50", "conv=notrunc"],
    ),
  "overwrites it by another link": (file) =>
    works("ln", file, `${file}.link`) &&
    works("sh", "-c", `echo harm > ${file}.link; rm ${file}.link`),
  "removes it": (file) => works("rm", file),
  "puts another file in its place": (file) =>
    works("sh", "-c", `echo harm > ${file}.x && mv ${file}.x ${file}`),
};

for (const [n, [deed, does]] of Object.entries(DEEDS).entries()) {
  // What is mapped, what is in memory, and what SQLite has open.
  for (const format of n % 3 === 0 ? ["json", "cdb", "sqlite"] : ["cdb"]) {
    ownTest(
      `somebody ${deed}, and what was loaded is served on`,
      format,
      async (server, work) => {
        await make(format, "one", work);
        const sum = md5(await Deno.readFile(work));
        await server.drop(work);
        await server.program.line(/serving/);
        const file = `${server.base}/data00/data.db`;
        assert(does(file), "it was not possible");
        await server.program.line(
          /data00\/data\.db (is|was) .*: a copy of what was loaded has taken its place/,
        );
        await assertServed(server, "one");
        assertEquals(md5(await Deno.readFile(file)), sum);
        const stats = await server.stats();
        assertEquals(
          [stats.data_state, stats.data_file_changes, stats.data_loads],
          ["intact", "1", "1"],
        );
        // The next one is loaded as ever, and looked after.
        await make(format, "two", work);
        await server.drop(work);
        await server.serves("k0", "two 0");
        assertEquals(does(`${server.base}/data01/data.db`), true);
        await until(
          "it is told again",
          () =>
            server.log.filter((line) => line.includes("a copy of")).length ===
              2,
        );
        await assertUnharmed(server, "two");
      },
    );
  }
}

ownTest(
  "files of other owners are leased, too",
  "cdb",
  async (server, work) => {
    await make("cdb", "one", work);
    for (const path of [server.drops, work]) await Deno.chown(path, 1234, 1234);
    const { ino } = await Deno.stat(work);
    await server.drop(work);
    await server.program.line(/serving/);
    const file = `${server.base}/data00/data.db`;
    assertEquals((await Deno.stat(file)).ino, ino);
    assert(works("sh", "-c", `: > ${file}`));
    await server.program.line(/a copy of what was loaded/);
    await assertUnharmed(server, "one");
  },
  {
    before: ["setpriv", "--bounding-set=-lease", "--inh-caps=-all"],
    skipped: (Deno.uid() !== 0 || !works("setpriv", "--version")) &&
      "only root has rights to give up",
  },
);

const WITHOUT_FFI: SlotServerOptions & { skipped: string | false } = {
  permissions: ["--allow-read", "--allow-write", "--allow-net"],
  skipped: executable && "the executable has its permissions",
};

ownTest(
  "without the C library what is dropped is copied, and what is in memory is served on",
  "json",
  async (server, work) => {
    await make("json", "one", work);
    using open = await Deno.open(work, { write: true });
    await server.drop(work);
    await server.program.line(/serving/);
    await open.truncate(10);
    const file = `${server.base}/data00/data.db`;
    await assertServed(server, "one");
    await Deno.writeTextFile(file, "harm");
    await server.program.line(
      /error.*was changed: what was loaded is served on from memory, but a restart will not find it/,
    );
    await assertServed(server, "one");
    assertEquals((await server.stats()).data_state, "memory");
    // The same file once more is no load that could be left out.
    await make("json", "one", work);
    await server.drop(work);
    await until(
      "it is intact",
      async () => (await server.stats()).data_state === "intact",
    );
    await assertUnharmed(server, "one");
  },
  WITHOUT_FFI,
);

ownTest(
  "without the C library the version before is served when a file is changed",
  "sqlite",
  async (server, work) => {
    for (const value of ["one", "two"]) {
      await make("sqlite", value, work);
      await server.drop(work);
      await server.serves("k0", `${value} 0`);
    }
    await server.program.line(/nobody can be kept from changing it here/);
    const file = `${server.base}/data01/data.db`;
    const { size } = await Deno.stat(file);
    await Deno.writeFile(file, new Uint8Array(size).fill(0xff));
    await server.program.line(
      /error.*data01\/data\.db was changed: what was served before is served again, and the changed file is now .*rejected/,
    );
    await assertServed(server, "one");
    assertEquals((await server.stats()).data_state, "previous");
    await server.stop("SIGKILL");
    await server.start();
    await assertServed(server, "one");

    const last = `${server.base}/data00/data.db`;
    await Deno.writeFile(last, new Uint8Array(size).fill(0xff));
    await server.program.line(
      /error.*data00\/data\.db was changed, and there is no other/,
    );
    assertEquals((await server.stats()).data_state, "changed");
  },
  { ...WITHOUT_FFI, flags: ["-keep-previous"] },
);
