/** Redis' own tools. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { servingResp } from "./resp_serving.ts";
import { isInstalled, run } from "./serving.ts";

Deno.test("redis-cli asks, types inline, and scans", () =>
  servingResp(false, async (port) => {
    if (!await isInstalled("redis-cli", ["--version"])) return;
    const cli = async (...args: string[]) => {
      const outcome = await run("redis-cli", ["-p", String(port), ...args]);
      return outcome!.out;
    };
    assertEquals(await cli("get", "hoge"), "hoge!\n");
    assertEquals(await cli("get", "nope"), "\n");
    assertEquals(await cli("-3", "mget", "k", "nope", "n"), "abc\n\n12\n");
    assertEquals(
      (await cli("--scan", "--pattern", "user:*")).trim().split("\n").sort(),
      ["user:1", "user:10", "user:2"],
    );
    assertEquals(
      await cli("set", "k", "v"),
      "READONLY You can't write against a read only replica.\n\n",
    );
    assertMatch(await cli("info", "server"), /redis_mode:standalone/);
    assertMatch(await cli("--bigkeys"), /Biggest string found '"?long"?' has/);
  }));

Deno.test("redis-cli reads hashes", () =>
  servingResp(true, async (port) => {
    if (!await isInstalled("redis-cli", ["--version"])) return;
    const outcome = await run("redis-cli", [
      ...["-p", String(port), "hmget", "users", "1", "nope", "2"],
    ]);
    assertEquals(outcome!.out, "one\n\ntwo\n");
  }));

Deno.test("redis-benchmark measures gets", () =>
  servingResp(false, async (port) => {
    if (!await isInstalled("redis-benchmark", ["--version"])) return;
    for (const more of [[], ["-P", "16"], ["-3"]]) {
      const { code, out, errors } = (await run("redis-benchmark", [
        ...["-p", String(port), "-t", "get", "-n", "2000", "-q", ...more],
      ]))!;
      assertEquals(code, 0, errors);
      const rate = /GET: ([\d.]+) requests per second/.exec(out)?.[1];
      assert(Number(rate) > 0, out);
    }
  }));
