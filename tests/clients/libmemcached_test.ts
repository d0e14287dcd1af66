/** libmemcached, as its command-line tools use it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { HUGE } from "../protocol/differential/records.ts";
import { isInstalled, run, serving, stat } from "./serving.ts";

/** Parts of memccapable that do not write; the others begin with a set. */
const CAPABLE = [
  "ascii version",
  "ascii verbosity",
  "ascii stat",
  "binary noop",
  "binary quit",
  "binary quitq",
  "binary version",
  "binary stat",
];

/** Runs a tool of libmemcached against a server, in each of the protocols. */
function withTool(
  tool: string,
  test: (
    ask: (...args: string[]) => Promise<{ code: number; out: string }>,
    port: number,
  ) => Promise<void>,
  protocols: string[][] = [[], ["--binary"]],
): () => Promise<void> {
  return async () => {
    if (!await isInstalled(tool, ["--version"])) return;
    await serving(async (port) => {
      for (const protocol of protocols) {
        await test(async (...args) => {
          const servers = `--servers=127.0.0.1:${port}`;
          const ran = await run(tool, [servers, ...protocol, ...args]);
          if (ran === undefined) throw new Error(`${tool} is gone`);
          return { code: ran.code, out: ran.out + ran.errors };
        }, port);
      }
    });
  };
}

Deno.test(
  "memccat gets values",
  withTool("memccat", async (ask) => {
    assertEquals(await ask("hit:k"), { code: 0, out: "abc\n" });
    const { out } = await ask("hit:k", "hit:n", "hit:medium");
    assertEquals(out, `abc\n12345\n${"m".repeat(300)}\n`);
    const huge = await ask(HUGE.key);
    assertEquals(huge.out.trimEnd() === HUGE.value, true);
    assert((await ask("none")).code !== 0);
  }),
);

Deno.test(
  "memcstat gets figures",
  withTool("memcstat", async (ask, port) => {
    const { code, out } = await ask();
    assertEquals(code, 0);
    assertMatch(out, new RegExp(`Server: 127.0.0.1 \\(${port}\\)`));
    assertMatch(out, /max_connections: 1024/);
    assertMatch(out, /data_sum: 0000000000000002a+/);
  }),
);

Deno.test(
  "memcping is answered",
  withTool("memcping", async (ask) => {
    assertEquals((await ask()).code, 0);
  }, [[]]),
);

Deno.test(
  "memcexist, which asks by adding, is refused",
  withTool("memcexist", async (ask, port) => {
    const before = await stat(port, "writes_refused");
    assertEquals((await ask("hit:k")).code, 1);
    assertEquals(await stat(port, "writes_refused"), before + 1);
    assertEquals(await stat(port, "get_hits"), 0);
  }),
);

Deno.test("memcdump is told that there is no dump", async () => {
  if (!await isInstalled("memcdump", ["--version"])) return;
  await serving(async (port) => {
    const ran = await run("memcdump", [`--servers=127.0.0.1:${port}`]);
    assertMatch(ran?.errors ?? "", /stats cachedump not allowed/);
  });
});

Deno.test("memccapable finds the reading parts capable", async () => {
  if (await run("memccapable", ["-T", "none"]) === undefined) {
    console.log("skipped: memccapable is not installed");
    return;
  }
  await serving(async (port) => {
    for (const part of CAPABLE) {
      const args = ["-h", "127.0.0.1", "-p", String(port), "-T", part];
      const ran = await run("memccapable", args);
      assertMatch(ran?.out ?? "", /\[pass\]/, part);
    }
  });
});
