import { assert, assertEquals } from "@std/assert";
import { Pattern } from "../../../src/protocol/resp/glob.ts";
import { Client } from "../../server/client.ts";
import { fromLatin1, latin1 } from "../converse.ts";
import { Random } from "../differential/random.ts";
import { SEQUENCES } from "../differential/search.ts";
import { command } from "./records.ts";
import { startRedis } from "./redis.ts";
import { parseReplies } from "./replies.ts";

/** What patterns are made of, and a few bytes on both sides of a `char`'s end. */
const ALPHABET = "ab*?[]\\^-\0\x7f\x80\xff";

/** Patterns whose meaning is at the edge of what Redis' code says. */
const ODD = [
  ...["", "*", "**", "*?", "?*", "[", "[^", "[]", "[^]", "[]a]", "[^]a]", "\\"],
  ...["[a", "[^a", "[a-", "[a-]", "[-a]", "[a-b-\xff]", "[\\]]", "[\\", "[a\\"],
  ...["[\x80-a]", "[a-\x80]", "[\xff-\x7f]", "[\\a-b]", "[a-\\b]", "[^-a]"],
  ...["*a*b*", "a**b", "*[", "*\\", "\\*", "a\\", "*a".repeat(1001) + "*"],
  ...["*?".repeat(1001), "**".repeat(2000) + "a", "*a".repeat(1000)],
];

function pattern(random: Random): string {
  const length = random.pick([2, 5, 9, 16]);
  return random.some(0, length, () => random.pick([...ALPHABET])).join("");
}

Deno.test("a pattern matches what it matches in a real Redis", async () => {
  await using redis = await startRedis(false);
  if (redis === undefined) {
    console.log("skipped: redis-server is not installed");
    return;
  }
  const random = new Random(1);
  const keys = new Set(["", "a", "b", "ab", "a".repeat(3000)]);
  while (keys.size < 400) {
    keys.add(random.text(random.below(9), ALPHABET));
  }
  const client = await Client.connect(redis.port);
  await client.ask("CONFIG SET replica-read-only no\r\n", "\r\n");
  await client.ask("FLUSHALL\r\n", "\r\n");
  for (const key of keys) await client.ask(command("SET", key, ""), "\r\n");

  const count = Math.max(500, SEQUENCES / 4);
  const patterns = [...ODD];
  while (patterns.length < count) patterns.push(pattern(random));
  let matched = 0;
  for (const one of patterns) {
    const end = command("ECHO", "end");
    const answer = await client.ask(
      command("KEYS", one) + end,
      "\r\n$3\r\nend\r\n",
    );
    const [theirs] = parseReplies(answer);
    const compiled = new Pattern(latin1(one));
    const ours = [...keys].filter((key) => compiled.matches(latin1(key)));
    assertEquals(
      ours.map((key) => `$${key}`).sort(),
      [...theirs].sort(),
      JSON.stringify(one.slice(0, 100)),
    );
    matched += ours.length;
  }
  client.close();
  console.log(`${count} patterns over ${keys.size} keys: ${matched} matches`);
  assert(matched > count);
});

Deno.test("a text is matched in steps that are no longer for a longer one", () => {
  const compiled = new Pattern(latin1("*" + "a".repeat(500) + "b*c"));
  const text = latin1("a".repeat(20_000) + "c");
  let steps = 1;
  let isMatch = compiled.begin(text);
  for (; isMatch === undefined; steps++) isMatch = compiled.match();
  assertEquals(isMatch, false);
  // 20,000 places where 500 bytes are compared, 64 at a time.
  assert(steps > 100_000, `${steps} steps`);
  assertEquals(compiled.matches(latin1("a".repeat(500) + "bc")), true);
  assertEquals(fromLatin1(text).endsWith("ac"), true);
});
