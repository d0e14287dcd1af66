/**
 * An honest client beside others who ask for the most that they can, of every
 * command of every protocol, on both transports: a row each.
 *
 * `GOROMDB_HOSTILE_MS=n` goes on with each for n milliseconds instead of 100.
 * `GOROMDB_QUIET=1` says that the machine has nothing else to do: then 99 of 100
 * answers must come within 5 ms with epoll, and 15 ms with Deno's transport. On a
 * busy one they are compared with those without an attack.
 */

import { assert, assertEquals } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { worst } from "../figures.ts";
import { latin1 } from "../protocol/converse.ts";
import {
  BINARY,
  LONG_VALUE,
  RECORDS,
  RESP,
  TEXT,
  type Worst,
} from "../protocol/worst_requests.ts";
import { inDirectory } from "../temporary.ts";
import { attack } from "./attack.ts";
import {
  type Experience,
  HonestClient,
  type Question,
} from "./honest_client.ts";
import { Program } from "./program.ts";

const QUIET = Deno.env.get("GOROMDB_QUIET") === "1";

/** For how long each goes on, in milliseconds. */
const EACH = Number(Deno.env.get("GOROMDB_HOSTILE_MS") ?? 100);

/** After so many rows the client is measured again without an attack. */
const CONTROL_AFTER = 10;

/** So many connections ask for the worst. */
const ATTACKERS = 4;

/** For 99 of 100 answers on a quiet machine, in milliseconds. */
const QUIET_P99_MS: Readonly<Record<string, number>> = { epoll: 5, deno: 15 };

/** On a busy one: so many times those without an attack, and as much besides. */
const FACTOR = 20, ALLOWANCE_MS = 300;

/** A server, its data, and what is asked of it. */
interface Target {
  readonly flags: readonly string[];
  readonly data: unknown;
  readonly question: Pick<Question, "request" | "ending">;
  readonly rows: Readonly<Record<string, Worst>>;
}

const keys = Object.fromEntries(
  Array.from({ length: RECORDS }, (_, n) => [`key-${n}`, `value-${n}`]),
);
const strings = { ...keys, long: "x".repeat(LONG_VALUE) };
const hashes = Object.fromEntries(
  Array.from(
    { length: RECORDS },
    (_, n) => [`ns-${n}`, n === 0 ? keys : { x: "y" }],
  ),
);

const isOf = (hashes?: true) => ([, row]: [string, Worst]) =>
  row.hashes === hashes;

const TARGETS: Readonly<Record<string, Target>> = {
  "memcached": {
    flags: [],
    data: strings,
    question: { request: "get key-1\r\n", ending: "value-1\r\nEND\r\n" },
    rows: { ...TEXT, ...prefixed("binary: ", BINARY) },
  },
  "Redis": {
    flags: ["-proto", "resp"],
    data: strings,
    question: { request: "GET key-1\r\n", ending: "value-1\r\n" },
    rows: Object.fromEntries(Object.entries(RESP).filter(isOf())),
  },
  "Redis, hashes": {
    flags: ["-proto", "resp", "-handler", "namespaced"],
    data: hashes,
    question: { request: "HGET ns-1 x\r\n", ending: "y\r\n" },
    rows: Object.fromEntries(Object.entries(RESP).filter(isOf(true))),
  },
};

function prefixed(
  prefix: string,
  rows: Readonly<Record<string, Worst>>,
): Record<string, Worst> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [prefix + name, row]),
  );
}

/** How long an honest client waits, in milliseconds, as a row of a table. */
function row(
  name: string,
  { requests, p50, p99, longest }: Experience,
): string {
  const columns = [p50, p99, longest].map((ms) => ms.toFixed(2).padStart(8));
  return `${name.padEnd(55)} ${String(requests).padStart(5)} ${
    columns.join("")
  }`;
}

for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
  for (const [name, target] of Object.entries(TARGETS)) {
    Deno.test(`whatever others ask of it, an honest client is answered (${name}, ${transport})`, () =>
      inDirectory(async (directory) => {
        const file = `${directory}/data.json`;
        await Deno.writeTextFile(file, JSON.stringify(target.data));
        await Deno.utime(file, 0, 0); // nobody is writing it any more
        await using program = await Program.start(
          ...["-file", file, "-workers", "1", "-transport", transport],
          ...target.flags,
        );
        const { port } = program;
        const question: Question = { port, pause: 1, ...target.question };
        await program.line(/serving /);
        using client = new HonestClient(question);
        const pause = () =>
          new Promise<void>((resolve) => setTimeout(resolve, 2 * EACH));
        await client.during(pause); // everything is warm
        let control = await client.during(pause);
        const lines = [row("nothing", control)];
        let most = 0;
        const rows = Object.entries(target.rows);
        for (const [n, [name, { sent }]] of rows.entries()) {
          const bytes = latin1(sent());
          const experience = await client.during(() =>
            attack(port, bytes, ATTACKERS, EACH)
          );
          lines.push(row(name, experience));
          const { requests, failures, p99 } = experience;
          most = Math.max(most, p99);
          assert(requests > 0 && failures === 0, name);
          if (n % CONTROL_AFTER === 0) control = await client.during(pause);
          const limit = QUIET
            ? QUIET_P99_MS[transport]
            : control.p99 * FACTOR + ALLOWANCE_MS;
          if (p99 > limit) console.log(lines.join("\n"));
          assert(p99 <= limit, `${name}: ${p99} ms, allowed are ${limit}`);
        }
        await client.stop();
        console.log(
          `${name}, ${transport}: requests, p50, p99 and longest in ms\n${
            lines.join("\n")
          }`,
        );
        worst(`p99 of an honest client, ${name}, ${transport}`, most, "ms");
        assertEquals(await program.stop(), 0);
      }));
  }
}
