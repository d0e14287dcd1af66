/** Strings of JSON, as `JSON.stringify` writes them. */

import { assertEquals } from "@std/assert";
import {
  characterEnd,
  isUtf8,
  writeEscaped,
} from "../../../../src/protocol/http/batch/json_string.ts";
import {
  decodeBase64,
  writeBase64,
} from "../../../../src/protocol/http/batch/base64.ts";
import { Reply } from "../../../../src/protocol/reply.ts";
import { Random } from "../../differential/random.ts";
import { Buffer, isUtf8 as isUtf8ToNode } from "node:buffer";

Deno.test("every character is escaped as JSON.stringify does it", () => {
  let text = "";
  for (let code = 0; code < 0x3000; code++) text += String.fromCharCode(code);
  text += "\u{1f600}\u{10ffff}\uffff\ufeff";
  const reply = new Reply();
  const bytes = new TextEncoder().encode(text);
  writeEscaped(reply, bytes, 0, bytes.length);
  const written = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    reply.bytes.subarray(0, reply.length),
  );
  assertEquals(written, JSON.stringify(text).slice(1, -1));
});

Deno.test("what is UTF-8 is told as Node.js tells it", () => {
  const random = new Random(1);
  const bytes = new Uint8Array(6);
  const pool = [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1];
  pool.push(0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3);
  pool.push(0xf4, 0xf5, 0xff);
  for (let n = 0; n < 100_000; n++) {
    const length = 1 + random.below(6);
    for (let i = 0; i < length; i++) bytes[i] = random.pick(pool);
    const part = bytes.slice(0, length);
    assertEquals(isUtf8(part, 0, length), isUtf8ToNode(part), `${part}`);
  }
});

Deno.test("a part of a text ends between two characters", () => {
  const bytes = new TextEncoder().encode("aé鍵\u{1f600}b");
  const starts = [0, 1, 3, 6, 10, 11];
  for (let end = 4; end <= bytes.length; end++) {
    const found = characterEnd(bytes, end, bytes.length);
    assertEquals(found, starts.findLast((start) => start <= end), `${end}`);
  }
  // What is no text ends anywhere.
  const noise = new Uint8Array(10).fill(0x80);
  assertEquals(characterEnd(noise, 8, 10), 8);
});

Deno.test("base64 is written and read as by Node.js", () => {
  const random = new Random(2);
  for (let n = 0; n < 2000; n++) {
    const bytes = Uint8Array.from(
      { length: random.below(40) },
      () => random.below(256),
    );
    const reply = new Reply();
    writeBase64(reply, bytes, 0, bytes.length);
    const written = reply.bytes.subarray(0, reply.length);
    const expected = Buffer.from(bytes).toString("base64");
    assertEquals(new TextDecoder().decode(written), expected);
    const to = new Uint8Array(60);
    const end = decodeBase64(written, 0, written.length, to, 7);
    assertEquals(to.slice(7, end), bytes);
  }
});

Deno.test("what is not base64 is told", () => {
  const to = new Uint8Array(60);
  for (
    const text of [
      ...[
        "a",
        "ab",
        "abc",
        "ab=",
        "a===",
        "====",
        "=",
        "ab==c",
        "ab=c",
        "abc=d",
      ],
      ...[
        "abcd=",
        "abcd====",
        "ab c",
        "ab\n=",
        "ab-_",
        "é==",
        "abcd==",
        "=bcd",
      ],
    ]
  ) {
    const bytes = new TextEncoder().encode(text);
    assertEquals(decodeBase64(bytes, 0, bytes.length, to, 0), -1, text);
  }
});
