/**
 * Any bytes in any pieces: a session answers the same, whatever the pieces are.
 *
 * `GOROMDB_FUZZ=n` tries n inputs of each kind instead of 3,000.
 */

import { assert, assertEquals } from "@std/assert";
import { Next } from "../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { fromLatin1, latin1, openSession } from "./converse.ts";
import { binarySteps } from "./differential/binary_steps.ts";
import { metaSteps } from "./differential/meta_steps.ts";
import { Random } from "./differential/random.ts";
import { recordsDataSet } from "./differential/records.ts";
import { bytesOf, LONG_LINE } from "./differential/steps.ts";
import { textSteps } from "./differential/text_steps.ts";

const INPUTS = Number(Deno.env.get("GOROMDB_FUZZ") ?? 3000);

/** A request that is paused goes on each time that it is given again. */
const MOST_TURNS = 10_000;

const handler = { current: recordsDataSet() };

/** What is answered to pieces; the rules of `consume` are watched. */
function converse(bytes: Uint8Array, cuts: readonly number[]): string {
  const session = openSession(handler);
  const reply = new Reply();
  let answer = "";
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    for (let turns = 0;; turns++) {
      assert(turns < MOST_TURNS, "it goes on for ever");
      const used = session.consume(bytes, start, end, reply);
      assert(used >= 0 && start + used <= end, `used ${used}`);
      assert(reply.length <= 2 * REPLY_LIMIT + 1000);
      answer += fromLatin1(reply.bytes.subarray(0, reply.length));
      reply.clear();
      start += used;
      if (session.next !== Next.Resume) break;
    }
    if (session.next === Next.Close) return `${timeless(answer)}<closed>`;
    assert(session.next === Next.Read && session.held === undefined);
  }
  session.close();
  return timeless(answer);
}

/** Figures of `stats` that do not stand still. */
function timeless(answer: string): string {
  return answer.replace(/(rusage_\w+|uptime|time|data_age) ?[\d.]+/g, "$1");
}

/** Runs the inputs; tells how much was answered. */
function fuzz(name: string, make: (random: Random) => string): void {
  let answered = 0, closed = 0, longest = 0;
  for (let seed = 1; seed <= INPUTS; seed++) {
    const random = new Random(seed);
    const bytes = latin1(make(random));
    const begun = performance.now();
    const whole = converse(bytes, []);
    const pieces = random.some(1, 6, () => random.below(bytes.length + 1));
    const cuts = random.oneIn(4) && bytes.length < 1000
      ? Array.from(bytes, (_, i) => i)
      : pieces.sort((a, b) => a - b);
    assertEquals(
      whole === converse(bytes, cuts),
      true,
      `${name}, seed ${seed}, cut at ${cuts.slice(0, 9)}`,
    );
    longest = Math.max(longest, performance.now() - begun);
    answered += whole.length;
    if (whole.endsWith("<closed>")) closed++;
  }
  assert(longest < 1000);
  console.log(
    `${INPUTS} inputs of ${name}: ${answered} bytes answered, ${closed} closed`,
  );
}

/** Makes a few bytes of an input other ones. */
function damaged(bytes: string, random: Random): string {
  for (const _ of random.some(0, 4, () => 0)) {
    const at = random.below(bytes.length + 1);
    const length = random.below(4);
    const put = random.some(0, 3, () => random.below(256));
    bytes = bytes.slice(0, at) + String.fromCharCode(...put) +
      bytes.slice(at + length);
  }
  return bytes;
}

/** Breaks lines that are too long. */
function withShortLines(text: string): string {
  return text.split("\n").map((line) => line.slice(0, LONG_LINE)).join("\n");
}

Deno.test("text in any pieces has one answer, and random text does no harm", () => {
  const steps = (random: Random) =>
    bytesOf(random.oneIn(2) ? textSteps(random) : metaSteps(random));
  fuzz("text", (random) => withShortLines(damaged(steps(random), random)));
  fuzz("random characters", (random) =>
    withShortLines(random.text(
      random.below(300),
      "getsmgmsvkhit:OqbNT019 \r\n\n \0\xff\x80",
    )));
});

Deno.test("packets in any pieces have one answer, and random ones do no harm", () => {
  fuzz("packets", (random) => damaged(bytesOf(binarySteps(random)), random));
  fuzz("random bytes after a magic", (random) =>
    "\x80" +
    random.text(
      random.below(300),
      "\x80\0\0\0\0\0\x01\x05\x0c\x10\x1d\xff",
    ));
});
