/**
 * The same bytes for a real Redis and for GOROMDB: the answers must be the same,
 * but for what `resp/differences.ts` lists.
 *
 * `GOROMDB_DIFFERENTIAL=n` compares n sequences instead of 20,000;
 * `GOROMDB_SEED=n` begins elsewhere.
 */

import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../src/protocol/resp/commands.ts";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { Server } from "../../src/server/server.ts";
import { exchange } from "./differential/exchange.ts";
import { Random } from "./differential/random.ts";
import { counted } from "../figures.ts";
import { search, type Sent, SEQUENCES } from "./differential/search.ts";
import { answer, openResp } from "./resp/converse.ts";
import { compare } from "./resp/differences.ts";
import { flatDataSet, namespacedDataSet } from "./resp/records.ts";
import { startRedis } from "./resp/redis.ts";
import { parseReplies, type Reply } from "./resp/replies.ts";
import { type Step, steps } from "./resp/steps.ts";

type Sequence = Sent<Step>;

function generate(seed: number): Sequence {
  const random = new Random(seed);
  const sent = steps(random);
  const length = sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const count = random.pick([0, 0, 1, 2, 5]);
  const cuts = random.some(count, count, () => 1 + random.below(length));
  return { steps: sent, cuts: cuts.sort((a, b) => a - b) };
}

async function difference(
  theirs: number,
  ours: number,
  { steps, cuts }: Sequence,
): Promise<string | undefined> {
  const sequence = {
    protocol: "text" as const,
    steps: steps.map(({ bytes }) => ({ bytes, refused: 0 })),
    cuts,
  };
  const [a, b] = await Promise.all(
    [theirs, ours].map((port) => exchange(port, sequence)),
  );
  return compare(steps, parseReplies(a), parseReplies(b));
}

for (const namespaced of [false, true]) {
  const kind = namespaced ? "hashes" : "strings";
  Deno.test(`the answers are those of a real Redis, with ${kind}`, async () => {
    await using redis = await startRedis(namespaced);
    if (redis === undefined) {
      console.log("skipped: redis-server is not installed");
      return;
    }
    const server = new Server({
      protocol: new RespProtocol(),
      handler: { current: namespaced ? namespacedDataSet() : flatDataSet() },
    });
    const bound = server.listen({ hostname: "127.0.0.1", port: 0 });
    if (!("port" in bound)) throw new TypeError("not a TCP address");
    const count = SEQUENCES / 2;
    const differences = await search<Step, Sequence>(count, {
      generate,
      difference: (sequence) => difference(redis.port, bound.port, sequence),
      show: ({ steps, cuts }) => {
        const sent = steps.map(({ bytes }) =>
          JSON.stringify(bytes.slice(0, 300))
        );
        return `${sent.join("\n  ")}\n  cut at ${cuts}`;
      },
    });
    await server.stop();
    counted("sequences compared with Redis", count);
    console.log(
      `${count} sequences compared with Redis ${redis.version}: ${differences.length} differences`,
    );
    assertEquals(differences.join("\n"), "");
  });
}

Deno.test("COMMAND and INFO tell of the commands, and in the form, that Redis has", async () => {
  await using redis = await startRedis(false);
  if (redis === undefined) {
    console.log("skipped: redis-server is not installed");
    return;
  }
  const session = openResp({ current: flatDataSet() });
  const both = async (bytes: string) => {
    const theirs = await exchange(redis.port, {
      protocol: "text",
      steps: [{ bytes, refused: 0 }],
      cuts: [],
    });
    return [theirs, answer(session, bytes)].map(parseReplies);
  };
  for (const version of ["2", "3"]) {
    for (const { name } of COMMANDS.all) {
      const [theirs, ours] = await both(
        `HELLO ${version}\r\nCOMMAND INFO ${name}\r\n`,
      );
      // Hints, specifications of keys and subcommands are not told.
      const told = (replies: Reply[]) => (replies[1][0] as Reply[]).slice(0, 7);
      assertEquals(told(ours), told(theirs), `RESP${version}, ${name}`);
    }
    const form = (replies: Reply[]) =>
      replies.slice(1).map((reply) =>
        typeof reply === "string"
          ? reply.slice(0, reply[0] === "=" ? 5 : 1)
          : reply
      );
    const [theirs, ours] = await both(
      `HELLO ${version}\r\nINFO server\r\nCLIENT INFO\r\nCLIENT LIST\r\nCONFIG GET save\r\nCOMMAND INFO nope\r\nCOMMAND DOCS nope\r\n`,
    );
    assertEquals(form(ours), form(theirs));
  }
});
