/**
 * Any bytes in any pieces: a session answers the same, whatever the pieces are.
 *
 * `GOROMDB_FUZZ=n` tries n inputs of each kind instead of 3,000.
 */

import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { Next, type Session } from "../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { counted, SEED } from "../figures.ts";
import { fromLatin1, latin1 } from "./converse.ts";
import { Random } from "./differential/random.ts";

const INPUTS = Number(Deno.env.get("GOROMDB_FUZZ") ?? 3000);

/** A request that is paused goes on each time that it is given again. */
const MOST_TURNS = 10_000;

/** What an input may take of the processor, in microseconds. */
const MOST_TIME = 1_000_000;

/** How a protocol is fuzzed. */
export interface Fuzzing {
  /** Begins a conversation; the same seed begins the same. */
  open(seed: number): Session;
  /** Takes out of an answer what is another one each time. */
  level(answer: string): string;
}

/** What is answered to pieces; the rules of `consume` are watched. */
function converse(
  session: Session,
  bytes: Uint8Array,
  cuts: readonly number[],
): string {
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
    if (session.next === Next.Close) return `${answer}<closed>`;
    assert(session.next === Next.Read && session.held === undefined);
  }
  session.close();
  return answer;
}

/** Runs inputs, in one piece and in several; tells how much was answered. */
export function fuzz(
  name: string,
  { open, level }: Fuzzing,
  make: (random: Random) => string,
): void {
  let answered = 0, closed = 0, longest = 0;
  // What tells the time must tell the same one to both conversations.
  const clock = Date.now;
  const now = clock();
  Date.now = () => now;
  using _ = { [Symbol.dispose]: () => Date.now = clock };
  const first = (SEED - 1) * 1_000_000 + 1;
  for (let seed = first; seed < first + INPUTS; seed++) {
    const random = new Random(seed);
    const bytes = latin1(make(random));
    const begun = process.cpuUsage().user;
    const whole = level(converse(open(seed), bytes, []));
    const pieces = random.some(1, 6, () => random.below(bytes.length + 1));
    const cuts = random.oneIn(4) && bytes.length < 1000
      ? Array.from(bytes, (_, i) => i)
      : pieces.sort((a, b) => a - b);
    assertEquals(
      whole === level(converse(open(seed), bytes, cuts)),
      true,
      `${name}, seed ${seed}, cut at ${cuts.slice(0, 9)}`,
    );
    longest = Math.max(longest, process.cpuUsage().user - begun);
    answered += whole.length;
    if (whole.endsWith("<closed>")) closed++;
  }
  assert(longest < MOST_TIME, `${longest} µs for an input`);
  counted(`inputs of ${name}, cut anywhere`, INPUTS);
  console.log(
    `${INPUTS} inputs of ${name}: ${answered} bytes answered, ${closed} closed`,
  );
}

/** Makes a few bytes of an input other ones. */
export function damaged(bytes: string, random: Random): string {
  for (const _ of random.some(0, 4, () => 0)) {
    const at = random.below(bytes.length + 1);
    const length = random.below(4);
    const put = random.some(0, 3, () => random.below(256));
    bytes = bytes.slice(0, at) + String.fromCharCode(...put) +
      bytes.slice(at + length);
  }
  return bytes;
}
