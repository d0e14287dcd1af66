import { assertEquals, assertThrows } from "@std/assert";
import { patternKeys } from "../../src/bench/keys.ts";
import { Replies, ServerError } from "../../src/bench/replies.ts";
import { MEMCACHED, RESP, type Wire } from "../../src/bench/wire.ts";
import { dataSet } from "../protocol/converse.ts";

const KEYS = patternKeys("k%d", 4);
const { snapshot } = dataSet({ k0: "zero", k1: "one", k3: "drei\r\nEND" });

/** What is counted of replies to requests for the keys 0 to 3. */
function take(wire: Wire, answer: string, cut: number) {
  const tally = { hits: 0, misses: 0, wrong: 0, bytes: 0 };
  let replies = 0;
  const reader = new Replies(
    wire,
    KEYS,
    new Int32Array([0, 1, 2, 3]),
    4,
    snapshot,
    tally,
    () => replies++,
  );
  const bytes = new TextEncoder().encode(answer);
  for (let at = 0; at < bytes.length; at += cut) {
    const piece = bytes.slice(at, at + cut);
    reader.take(piece, piece.length);
  }
  return { ...tally, replies };
}

const ANSWERS: [name: string, wire: Wire, answer: string][] = [
  [
    "memcached",
    MEMCACHED,
    "VALUE k0 0 4\r\nzero\r\nVALUE k1 0 3\r\nonE\r\nVALUE k3 0 9\r\ndrei\r\nEND\r\nEND\r\n",
  ],
  [
    "resp",
    RESP,
    "*4\r\n$4\r\nzero\r\n$3\r\nonE\r\n$-1\r\n$9\r\ndrei\r\nEND\r\n",
  ],
];

for (const [name, wire, answer] of ANSWERS) {
  Deno.test(`${name}: hits, misses and wrong values are told apart, however a reply is cut`, () => {
    for (const cut of [1, 2, 3, 7, 1000]) {
      assertEquals(take(wire, answer + answer, cut), {
        hits: 6,
        misses: 2,
        wrong: 2,
        bytes: 2 * answer.length,
        replies: 2,
      });
    }
  });

  Deno.test(`${name}: an error ends the load, with the server's words`, () => {
    for (const error of ["ERROR", "-LOADING not yet", "SERVER_ERROR x"]) {
      assertThrows(
        () => take(wire, `${error}\r\n`, 3),
        ServerError,
        `the server answers: ${error}`,
      );
    }
  });
}

Deno.test("a key that was not asked for is an error", () => {
  assertThrows(
    () => take(MEMCACHED, "VALUE k9 0 1\r\nx\r\nEND\r\n", 100),
    ServerError,
    "not asked for",
  );
});

Deno.test("a line without an end takes no memory", () => {
  assertThrows(() => take(MEMCACHED, "x".repeat(10_000), 100), ServerError);
});
