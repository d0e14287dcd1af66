/**
 * Where a program has less than it is used to: it starts, serves and swaps, or
 * says in one line what it lacks.
 */

import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Client } from "../server/client.ts";
import { inDirectory, md5 } from "../temporary.ts";
import { Dropping, type DroppingOptions } from "./dropping.ts";
import { works } from "./fault.ts";
import { run, runIn } from "./program.ts";

/** A user that owns nothing. */
const NOBODY = 65534;

const executable = Deno.env.get("GOROMDB_EXECUTABLE") !== undefined;
/** Where Deno keeps the modules of a clone; it must not fetch them again. */
const modules = Deno.env.get("DENO_DIR") ??
  `${Deno.env.get("HOME")}/.cache/deno`;
/** Where temporary files are hidden, so is a program among them. */
const inTemporary = /^\/(var\/)?tmp\//.test(fileURLToPath(import.meta.url)) &&
  "this clone is among the temporary files";
const canUnshare = works("unshare", "--mount", "true");

/** Runs shell commands, and then the program. */
function after(script: string, ...before: string[]): string[] {
  return [...before, "sh", "-c", `${script}\nexec "$@"`, "sh"];
}

/** An environment in which all goes as it always does. */
function environment(
  name: string,
  options: DroppingOptions,
  skipped: string | false = false,
): void {
  Deno.test({
    name: `it serves and swaps ${name}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      if (skipped) return console.log(`skipped: ${skipped}`);
      await Dropping.run(async (d) => {
        for (const n of [2, 3]) {
          await d.drop(n);
          await d.served(n);
        }
      }, options);
    },
  });
}

environment("as another user, without a home directory or variables", {
  owner: NOBODY,
  before: [
    ...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
    ...["env", "-i"],
  ],
}, !executable && "the modules of a clone may not be read by everybody");

environment("where nothing but its own directories can be written to", {
  parent: "/var/tmp",
  before: after(
    "mount --bind /var/tmp /var/tmp && mount -o remount,bind,ro /",
    ...["unshare", "--mount"],
  ),
}, !canUnshare && "a mount namespace cannot be had");

environment("without a place for temporary files, or a home", {
  parent: "/var/lib",
  env: { HOME: "/nonexistent", DENO_DIR: modules },
  before: after(
    "mount -t tmpfs -o ro none /tmp && mount -t tmpfs -o ro none /var/tmp",
    ...["unshare", "--mount"],
  ),
}, !canUnshare && "a mount namespace cannot be had" || inTemporary);

environment("with a fifth of a processor", {
  before: limited("cpu", {
    "cpu.cfs_period_us": "100000",
    "cpu.cfs_quota_us": "20000",
  }),
}, !canLimit("cpu") && "there is no cgroup (v1) for processor time");

environment("with 256 MB of memory", {
  before: limited("memory", { "memory.limit_in_bytes": String(2 ** 28) }),
}, !canLimit("memory") && "there is no cgroup (v1) for memory");

environment("with few descriptors", { before: after("ulimit -n 64") });

/** A command that runs in a new control group. */
function limited(kind: string, limits: Record<string, string>): string[] {
  const group = `/sys/fs/cgroup/${kind}/goromdb-${Deno.pid}-$$`;
  const lines = Object.entries(limits).map(([name, value]) =>
    `echo ${value} > ${group}/${name}`
  );
  return after(
    ["set -e", `mkdir ${group}`, ...lines, `echo $$ > ${group}/cgroup.procs`]
      .join("\n"),
  );
}

function canLimit(kind: string): boolean {
  const group = `/sys/fs/cgroup/${kind}/goromdb-${Deno.pid}`;
  const can = works("sh", "-c", `mkdir ${group}`);
  if (can) works("rmdir", group);
  return can;
}

// A control group goes when nobody is in it.
globalThis.addEventListener("unload", () => {
  for (const kind of ["cpu", "memory"]) {
    works("sh", "-c", `rmdir /sys/fs/cgroup/${kind}/goromdb-${Deno.pid}-*`);
  }
});

Deno.test({
  name:
    "data for which there is no memory are refused, and the others served on",
  ignore: Deno.build.os !== "linux" || !canLimit("memory"),
  fn: () =>
    Dropping.run(async (d) => {
      const large = Object.fromEntries(
        Array.from({ length: 45_000 }, (_, n) => [n, "value ".repeat(1000)]),
      );
      const text = JSON.stringify({ n: "2", ...large });
      await d.putData(text);
      await d.putSum(md5(text));
      await d.program.line(
        /what was served is served on: .*takes more memory than there is: 256 MB/,
      );
      assertEquals(d.seen, [1]);
      await d.drop(3);
      await d.served(3);
    }, {
      before: limited("memory", { "memory.limit_in_bytes": String(2 ** 28) }),
    }),
});

Deno.test({
  name: "clients that take all descriptors do not keep new data out",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    Dropping.run(async (d) => {
      const clients: Client[] = [];
      for (let n = 0; n < 100; n++) {
        clients.push(await Client.connect(d.program.port));
      }
      for (const n of [2, 3, 4]) {
        await d.drop(n);
        await d.served(n);
      }
      assert(
        d.complaints.some((line) =>
          /\d+ connections at a time instead of 1024, because this process may open 80 files/
            .test(line)
        ),
        d.complaints.join("\n"),
      );
      for (const client of clients) client.close();
    }, { before: after("ulimit -n 80") }),
});

Deno.test({
  name: "too few descriptors are told in one line",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const sample = new URL("../../scripts/sample.json", import.meta.url);
    const { code, stderr } = await runIn(
      { before: after("ulimit -n 40") },
      ...["-file", fileURLToPath(sample), "-addr", "127.0.0.1:0"],
    );
    assertEquals(code, 1);
    assertEquals(
      stderr,
      "goromdb: this process may open 40 files, and needs 62 at least: raise ulimit -n (LimitNOFILE= in systemd), or take fewer -workers\n",
    );
  },
});

Deno.test({
  name: "a base directory that may not be written to is told in one line",
  ignore: Deno.build.os !== "linux" || Deno.uid() === 0 && !canUnshare,
  fn: () =>
    inDirectory(async (directory) => {
      const base = `${directory}/base`;
      await Deno.mkdir(base);
      await Deno.chmod(base, 0o555);
      const { code, stderr } = await runIn(
        Deno.uid() !== 0 ? {} : {
          before: after(
            "mount -o remount,bind,ro /",
            ...["unshare", "--mount"],
          ),
        },
        ...["-file", `${directory}/data.db`, "-basedir", base],
        ...["-addr", "127.0.0.1:0"],
      );
      assertEquals(code, 1);
      assert(
        stderr.startsWith(
          `goromdb: -basedir ${base} must be a directory that this user may write to: `,
        ),
        stderr,
      );
      assertEquals(stderr.trim().split("\n").length, 1, stderr);
    }),
});

Deno.test("a second server on the same address is told in one line", async () => {
  await Dropping.run(async (d) => {
    const address = `127.0.0.1:${d.program.port}`;
    const { code, stderr } = await run("-file", d.file, "-addr", address);
    assertEquals(code, 1);
    assertEquals(
      stderr,
      `goromdb: ${address} is in use: stop the program that listens there, or choose another -addr\n`,
    );
  });
});

Deno.test("a clock that stands at 1970 changes nothing", async () => {
  const source = fileURLToPath(new URL("./clock.c", import.meta.url));
  await inDirectory(async (directory) => {
    const library = `${directory}/clock.so`, offset = `${directory}/offset`;
    if (!works("cc", "-shared", "-fPIC", "-o", library, source)) {
      return console.log("skipped: there is no C compiler");
    }
    await Deno.writeTextFile(offset, String(-Math.floor(Date.now() / 1000)));
    await Dropping.run(async (d) => {
      assert(d.program.log[0].startsWith("1970-01-01T"), d.program.log[0]);
      for (const n of [2, 3]) {
        await d.drop(n);
        await d.served(n);
      }
      assertEquals(d.complaints, []);
    }, { env: { LD_PRELOAD: library, CLOCK_OFFSET: offset } });
  });
});
