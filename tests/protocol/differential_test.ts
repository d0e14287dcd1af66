/**
 * The same bytes for a real memcached and for GOROMDB: the answers must be the
 * same, but for what `differential/differences.ts` lists.
 *
 * `GOROMDB_DIFFERENTIAL=n` compares n sequences instead of 20,000;
 * `GOROMDB_SEED=n` begins elsewhere.
 */

import { assertEquals } from "@std/assert";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import { Server } from "../../src/server/server.ts";
import { binarySteps } from "./differential/binary_steps.ts";
import { compare, showSequence } from "./differential/differences.ts";
import { exchange } from "./differential/exchange.ts";
import { findMemcached, startMemcached } from "./differential/memcached.ts";
import { metaSteps } from "./differential/meta_steps.ts";
import { Random } from "./differential/random.ts";
import { recordsDataSet } from "./differential/records.ts";
import { type Sequence, sequence } from "./differential/steps.ts";
import { textSteps } from "./differential/text_steps.ts";

const SEQUENCES = Number(Deno.env.get("GOROMDB_DIFFERENTIAL") ?? 20_000);
const SEED = Number(Deno.env.get("GOROMDB_SEED") ?? 1);
const AT_A_TIME = 24;

/** So many differences are enough to begin with. */
const MOST_SHOWN = 5;

function generate(seed: number): Sequence {
  const random = new Random(seed);
  switch (seed % 3) {
    case 0:
      return sequence("text", textSteps(random), random);
    case 1:
      return sequence("text", metaSteps(random), random);
    default:
      return sequence("binary", binarySteps(random), random);
  }
}

async function difference(
  theirs: number,
  ours: number,
  sequence: Sequence,
): Promise<string | undefined> {
  const answers = await Promise.all([
    exchange(theirs, sequence),
    exchange(ours, sequence),
  ]);
  return compare(sequence, answers[0], answers[1]);
}

/** The shortest sequence that still differs: steps are left out one by one. */
async function shrink(
  sequence: Sequence,
  differs: (sequence: Sequence) => Promise<boolean>,
): Promise<Sequence> {
  let smallest = sequence;
  const whole = { ...sequence, cuts: [] };
  if (await differs(whole)) smallest = whole;
  for (let i = smallest.steps.length - 1; i >= 0; i--) {
    const steps = smallest.steps.toSpliced(i, 1);
    if (steps.length === 0) break;
    const shorter = { ...smallest, steps };
    if (await differs(shorter)) smallest = shorter;
  }
  return smallest;
}

Deno.test("the answers are those of a real memcached", async () => {
  const path = await findMemcached();
  if (path === undefined) {
    console.log("skipped: memcached is not installed");
    return;
  }
  await using memcached = await startMemcached(path);
  const server = new Server({
    protocol: new MemcachedProtocol(),
    handler: { current: recordsDataSet() },
  });
  const bound = server.listen({ hostname: "127.0.0.1", port: 0 });
  if (!("port" in bound)) throw new TypeError("not a TCP address");
  const ask = (sequence: Sequence) =>
    difference(memcached.port, bound.port, sequence);

  const shown: string[] = [];
  let next = SEED;
  const last = SEED + SEQUENCES;
  const compareSome = async () => {
    while (next < last && shown.length < MOST_SHOWN) {
      const seed = next++;
      const sequence = generate(seed);
      const first = await ask(sequence);
      if (first === undefined) continue;
      const differs = async (s: Sequence) => await ask(s) !== undefined;
      const smallest = await shrink(sequence, differs);
      const difference = await ask(smallest) ?? `${first} (not each time)`;
      shown.push(
        `seed ${seed}: ${showSequence(smallest)}\n  memcached ${difference}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, compareSome));
  await server.stop();
  console.log(
    `${
      next - SEED
    } sequences compared with memcached ${memcached.version}: ${shown.length} differences`,
  );
  assertEquals(shown.join("\n"), "");
});
