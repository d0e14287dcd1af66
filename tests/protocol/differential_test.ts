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
import { binarySteps, tooLongPacket } from "./differential/binary_steps.ts";
import { compare, showSequence } from "./differential/differences.ts";
import { exchange } from "./differential/exchange.ts";
import { findMemcached, startMemcached } from "./differential/memcached.ts";
import { metaSteps } from "./differential/meta_steps.ts";
import { Random } from "./differential/random.ts";
import { recordsDataSet } from "./differential/records.ts";
import { counted } from "../figures.ts";
import { search, SEQUENCES } from "./differential/search.ts";
import { type Sequence, sequence, type Step } from "./differential/steps.ts";
import { textSteps, tooLongLine } from "./differential/text_steps.ts";

function generate(seed: number): Sequence {
  const random = new Random(seed);
  // What is answered before it would be lost when memcached resets.
  if (random.oneIn(50)) {
    return random.oneIn(2)
      ? sequence("text", [tooLongLine(random)], random)
      : sequence("binary", [tooLongPacket(random)], random);
  }
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
  const differences = await search<Step, Sequence>(SEQUENCES, {
    generate,
    difference: (sequence) => difference(memcached.port, bound.port, sequence),
    show: showSequence,
  });
  await server.stop();
  counted("sequences compared with memcached", SEQUENCES);
  console.log(
    `${SEQUENCES} sequences compared with memcached ${memcached.version}: ${differences.length} differences`,
  );
  assertEquals(differences.join("\n"), "");
});
