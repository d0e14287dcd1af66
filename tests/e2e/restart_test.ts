/** A restart answers from the slot at once, whatever waits to be loaded. */

import { assert, assertEquals } from "@std/assert";
import { inDirectory, md5, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { SlotServer, type SlotServerOptions } from "./slot_server.ts";

/** Root may read everything, unless it gives that up. */
const UNPRIVILEGED: SlotServerOptions = Deno.uid() !== 0 ? {} : {
  before: [
    ...["setpriv", "--bounding-set=-dac_override,-dac_read_search"],
    "--inh-caps=-all",
  ],
};
const linux = Deno.build.os === "linux";
const canGiveUp = linux && (Deno.uid() !== 0 || works("setpriv", "--version"));

/** What waits, and how it is mended so that it is served. */
interface Obstacle {
  options?: SlotServerOptions;
  ignore?: boolean;
  waits(server: SlotServer): Promise<void>;
  told?: RegExp;
  mends?(server: SlotServer): Promise<void>;
}

const TRYING_AGAIN = /could not be taken, trying again in 5 s/;
const TWO = { n: "two" };

const OBSTACLES: Record<string, Obstacle> = {
  "a file that takes a while to open": {
    async waits(server) {
      const many = Array.from({ length: 1_000_000 }, (_, n) => [`k ${n}`, "v"]);
      await server.dropJson({ ...TWO, ...Object.fromEntries(many) });
    },
  },
  "a file that takes a while to verify": {
    async waits(server) {
      await server.dropJson(TWO);
      await Deno.truncate(server.file, 2 ** 36); // it has no such sum
    },
    async mends(server) {
      await server.dropJson(TWO);
    },
  },
  "a file that cannot be copied, for the disk is full": {
    ignore: !linux,
    async waits(server) {
      works("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", server.drops);
      await server.dropJson(TWO);
      const slot = `${server.base}/data01`;
      works("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", slot);
      await Deno.writeFile(`${slot}/filler`, new Uint8Array(4096));
    },
    told: TRYING_AGAIN,
    async mends({ base }) {
      await Deno.remove(`${base}/data01/filler`);
      works("umount", "--lazy", `${base}/data01`);
    },
  },
  "a slot that may not be written to": {
    options: UNPRIVILEGED,
    ignore: !canGiveUp,
    async waits(server) {
      await server.dropJson(TWO);
      await Deno.chmod(`${server.base}/data01`, 0o500);
    },
    told: TRYING_AGAIN,
    mends: ({ base }) => Deno.chmod(`${base}/data01`, 0o700),
  },
  "a file that may not be read": {
    options: UNPRIVILEGED,
    ignore: !canGiveUp,
    async waits(server) {
      await server.dropJson(TWO);
      await Deno.chmod(server.file, 0);
    },
    told: /cannot read .*data\.db: Permission denied/,
    mends: ({ file }) => Deno.chmod(file, 0o644),
  },
  "a directory that may not be looked into": {
    options: UNPRIVILEGED,
    ignore: !canGiveUp,
    async waits(server) {
      await server.dropJson(TWO);
      await Deno.chmod(server.drops, 0);
    },
    told: /cannot read .*data\.db: Permission denied/,
    mends: ({ drops }) => Deno.chmod(drops, 0o755),
  },
  "a pipe": {
    ignore: !linux,
    waits(server) {
      works("mkfifo", server.file);
      works("mkfifo", `${server.file}.md5`);
      return Promise.resolve();
    },
    told: /is not a regular file/,
    async mends(server) {
      await Deno.remove(`${server.file}.md5`);
      await Deno.remove(server.file);
      await server.dropJson(TWO);
    },
  },
  "a file that does not open": {
    waits: (server) => server.dropText('{"broken'),
    told: /not loaded, moved to/,
    mends: (server) => server.dropJson(TWO),
  },
};

for (const [what, obstacle] of Object.entries(OBSTACLES)) {
  Deno.test({
    name: `a restart answers at once, though there is ${what}`,
    ignore: obstacle.ignore ?? false,
    fn: () =>
      inDirectory(async (directory) => {
        await using server = await SlotServer.start(
          directory,
          obstacle.options,
        );
        try {
          await server.dropJson({ n: "one" });
          await server.serves("n", "one");
          await server.stop();
          await obstacle.waits(server);
          await server.start();
          assertEquals(await server.get("n"), "one");
          // Nothing has been waited for: neither a load, nor for another try.
          const log = server.log.join("\n");
          assert(!log.includes("data01/data.db: "), log);
          assert(log.split("trying again").length <= 2, log);
          if (obstacle.told) await server.program.line(obstacle.told);
          await obstacle.mends?.(server);
          await server.serves("n", "two");
          await server.stop();
        } finally {
          works("umount", "--lazy", `${directory}/base/data01`);
          works("umount", "--lazy", `${directory}/drops`);
          await Deno.chmod(`${directory}/drops`, 0o755);
        }
      }),
  });
}

Deno.test({
  name: "a roll-back does not wait for another try",
  ignore: !canGiveUp,
  fn: () =>
    inDirectory(async (directory) => {
      await using server = await SlotServer.start(directory, {
        ...UNPRIVILEGED,
        flags: ["-keep-previous"],
      });
      for (const n of ["one", "two"]) {
        await server.dropJson({ n });
        await server.serves("n", n);
      }
      await Deno.chmod(server.drops, 0o555);
      const text = JSON.stringify({ n: "three" });
      await Deno.writeTextFile(server.file, text);
      await Deno.writeTextFile(`${server.file}.md5`, md5(text));
      await server.program.line(TRYING_AGAIN);
      const { code, stderr } = await server.rollBack();
      assertEquals(code, 0, stderr);
      await server.serves("n", "one");
      const tries = server.log.filter((line) => TRYING_AGAIN.test(line));
      assertEquals(tries.length, 1);
      await Deno.chmod(server.drops, 0o755);
      await until("three is served", async () =>
        await server.get("n") === "three", 20_000);
      await server.stop();
    }),
});
