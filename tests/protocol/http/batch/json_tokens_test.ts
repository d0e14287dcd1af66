/**
 * JSON in any pieces: what `JSON.parse` takes is taken, with the same strings, and
 * nothing else is.
 *
 * `GOROMDB_FUZZ=n` tries n texts instead of 3,000.
 */

import { assert, assertEquals } from "@std/assert";
import {
  JsonFault,
  JsonTokens,
  Token,
} from "../../../../src/protocol/http/batch/json_tokens.ts";
import { SEED } from "../../../figures.ts";
import { Random } from "../../differential/random.ts";
import { damaged } from "../../pieces.ts";

const TEXTS = Number(Deno.env.get("GOROMDB_FUZZ") ?? 3000);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The tokens of a text that comes in pieces, or why it has none. */
function read(bytes: Uint8Array, cuts: readonly number[] = []) {
  const strings: string[] = [];
  const kinds: Token[] = [];
  const tokens: JsonTokens = new JsonTokens((token) => {
    kinds.push(token);
    if (token !== Token.Name && token !== Token.String) return;
    const { stringStart, length } = tokens;
    strings.push(decoder.decode(tokens.bytes.subarray(stringStart, length)));
  });
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    tokens.take(bytes, at, cut);
    at = cut;
  }
  tokens.finish();
  const fault = tokens.fault ??
    (tokens.whole ? undefined : JsonFault.Syntax);
  return { fault, strings, kinds };
}

/** All strings of a value, names and values, in the order of the text. */
function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .flatMap(([name, member]) => [name, ...stringsOf(member)]);
}

/** Names are told apart, and are no numbers: objects keep their order then. */
let names = 0;

function randomString(random: Random): string {
  return random.text(
    random.below(8),
    'ab"\\/\b\f\n\r\t\0\x1f\x7f\xe9\u2028鍵\u{1f600}\ufeff',
  ).replace(/[\ud800-\udbff](?![\udc00-\udfff])/g, "")
    .replace(/(?<![\ud800-\udbff])[\udc00-\udfff]/g, "");
}

function randomValue(random: Random, depth: number): unknown {
  switch (random.below(depth > 4 ? 4 : 7)) {
    case 0:
      return random.pick([true, false, null]);
    case 1:
      return random.pick([0, -0, 1, -1.5, 1e21, 1.25e-9, 123456789, -1e300]);
    case 2:
    case 3:
      return randomString(random);
    case 4:
    case 5:
      return random.some(0, 5, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(random.some(0, 5, () => [
        `n${names++}${randomString(random)}`,
        randomValue(random, depth + 1),
      ]));
  }
}

/** A text that stands for the value, one of the many. */
function write(value: unknown, random: Random): string {
  const space = random.oneIn(3) ? 2 : undefined;
  return JSON.stringify(value, undefined, space).replace(
    /[a-z鍵]/g,
    (letter) =>
      random.oneIn(20)
        ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
        : letter,
  );
}

Deno.test("texts that are JSON are taken, with the strings that they have", () => {
  for (let n = 0; n < TEXTS; n++) {
    const random = new Random(SEED + n);
    const text = write(randomValue(random, 0), random);
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      continue; // an escape has been put into a literal
    }
    const bytes = new TextEncoder().encode(text);
    const { fault, strings } = read(bytes);
    assertEquals([fault, strings], [undefined, stringsOf(expected)], text);
  }
});

Deno.test("damaged texts are taken where JSON.parse takes them, and cuts make no difference", () => {
  let taken = 0;
  for (let n = 0; n < TEXTS; n++) {
    const random = new Random(SEED + n);
    const sound = new TextEncoder().encode(
      JSON.stringify(randomValue(random, 0)),
    );
    const latin1 = String.fromCharCode(...sound);
    const bytes = Uint8Array.from(
      damaged(latin1, random),
      (character) => character.charCodeAt(0),
    );
    const whole = read(bytes);
    const cuts = random.some(1, 6, () => random.below(bytes.length + 1))
      .sort((a, b) => a - b);
    for (const pieces of [cuts, Array.from(bytes, (_, i) => i)]) {
      assertEquals(read(bytes, pieces), whole, `seed ${SEED + n}`);
    }
    let expected: unknown, isJson = true;
    try {
      const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      expected = JSON.parse(utf8.decode(bytes));
    } catch {
      isJson = false;
    }
    // Half a surrogate pair is JSON, but no text.
    const isText = isJson && stringsOf(expected).every((s) => s.isWellFormed());
    assert(
      (whole.fault === undefined) === (isJson && isText),
      `seed ${SEED + n}: ${latin1}`,
    );
    if (isText) taken++;
  }
  assert(taken > TEXTS / 20 && taken < TEXTS / 2, `${taken} of ${TEXTS}`);
});

Deno.test("what is wrong with a text is told", () => {
  const { Syntax, Encoding, Depth } = JsonFault;
  for (
    const [text, fault] of [
      ["", Syntax],
      [" ", Syntax],
      ["nul", Syntax],
      ["truee", Syntax],
      ["01", Syntax],
      ["-", Syntax],
      ["1.", Syntax],
      [".5", Syntax],
      ["1e", Syntax],
      ["1e+", Syntax],
      ["+1", Syntax],
      ["1 2", Syntax],
      ["[1,]", Syntax],
      ["[,1]", Syntax],
      ["[1 2]", Syntax],
      ["[1}", Syntax],
      ['{"a"}', Syntax],
      ['{"a":1,}', Syntax],
      ['{"a" 1}', Syntax],
      ["{a:1}", Syntax],
      ["{1:1}", Syntax],
      ["'a'", Syntax],
      ['"a\n"', Syntax],
      ['"\\x"', Syntax],
      ['"\\u12g4"', Syntax],
      ['"\\u', Syntax],
      ["\ufeff1", Syntax],
      ['"\\ud800"', Encoding],
      ['"\\ud800x"', Encoding],
      ['"\\ud800\\n"', Encoding],
      ['"\\ud800\\ud800"', Encoding],
      ['"\\udc00"', Encoding],
      ["[".repeat(100) + "]".repeat(100), undefined],
      ["[".repeat(101), Depth],
      ['{"a":'.repeat(101), Depth],
      ['"\\ud83d\\ude00"', undefined],
      ["-0.5E-7", undefined],
      [" \t\r\n0 ", undefined],
    ] as const
  ) assertEquals(read(new TextEncoder().encode(text)).fault, fault, text);
});

Deno.test("bytes in a string that are not UTF-8 are told", () => {
  for (
    const bytes of [
      ...[[0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf]],
      ...[[0xed, 0xa0, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [
        0xf4,
        0x90,
        0x80,
        0x80,
      ]],
      ...[[0xf5, 0x80, 0x80, 0x80], [0xff], [0xe9], [0xe9, 0x8d], [0xc3, 0x28]],
    ]
  ) {
    const { fault } = read(new Uint8Array([0x22, ...bytes, 0x22]));
    assertEquals(fault, JsonFault.Encoding, `${bytes}`);
  }
});
