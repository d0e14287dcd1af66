/** `goromdb bench` against servers that run. */

import { assert, assertEquals } from "@std/assert";
import { Program, run } from "../e2e/program.ts";
import { inDirectory } from "../temporary.ts";

function records(change = ""): string {
  return JSON.stringify(
    Object.fromEntries(
      Array.from(
        { length: 500 },
        (_, n) => [`key-${n}`, `value ${n}${change}`],
      ),
    ),
  );
}

async function served(
  use: (address: string, directory: string) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/data.json`, records());
    await using program = await Program.start(
      ...["-file", `${directory}/data.json`, "-workers", "1"],
    );
    await program.line(/ serving /);
    await use(`127.0.0.1:${program.port}`, directory);
  });
}

async function bench(...args: string[]) {
  const { code, stdout, stderr } = await run(
    ...["bench", "-seconds", "1", "-connections", "4", "-json", ...args],
  );
  assertEquals(stderr, "");
  return { code, figures: JSON.parse(stdout) };
}

Deno.test("every value is compared with the data file", () =>
  served(async (address, directory) => {
    const file = `${directory}/data.json`;
    const same = await bench(
      ...[address, "-keys", file, "-check", "-multi", "10", "-pipeline", "3"],
    );
    assertEquals(same.code, 0);
    assertEquals(same.figures.wrong, 0);
    assertEquals(same.figures.misses, 0);
    assertEquals(same.figures.hits, same.figures.requests * 10);
    assert(same.figures.latency_us.p50 <= same.figures.latency_us.p99);

    await Deno.writeTextFile(`${directory}/other.json`, records("!"));
    const other = await bench(
      ...[address, "-keys", `${directory}/other.json`, "-check"],
    );
    assertEquals(other.code, 1);
    assertEquals(other.figures.wrong, other.figures.hits);
  }));

Deno.test("with a rate, so many requests are sent, and no more", () =>
  served(async (address) => {
    const { figures } = await bench(address, "-rate", "2000", "-count", "500");
    assert(figures.requests > 1500 && figures.requests <= 2000, figures);
    assertEquals(figures.misses, 0);
  }));

Deno.test("keys that are not there are counted as misses", () =>
  served(async (address) => {
    const { figures } = await bench(
      ...[address, "-pattern", "key-%d", "-count", "1000", "-zipf", "0.5"],
    );
    assertEquals(figures.hits + figures.misses, figures.requests);
    assert(figures.misses > 0 && figures.hits > figures.misses);
  }));

Deno.test("a server that is not there, or speaks otherwise, is told", () =>
  served(async (address) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const free = `127.0.0.1:${listener.addr.port}`;
    listener.close();
    const absent = await run("bench", free, "-seconds", "1");
    assertEquals(absent.code, 1);
    assert(/^goromdb: \S+: .*refused.*\n$/i.test(absent.stderr), absent.stderr);
    const other = await run("bench", address, "-proto", "resp");
    assertEquals(other.code, 1);
    assertEquals(
      other.stderr,
      `goromdb: ${address}: the server answers: ERROR\n`,
    );
  }));
