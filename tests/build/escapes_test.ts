import { assertEquals } from "@std/assert";
import { decodeMysql, decodePostgres } from "../../src/build/input/escapes.ts";
import { fromLatin1, latin1 } from "../protocol/converse.ts";

function decoded(
  decode: (field: Uint8Array) => Uint8Array | null,
  field: string,
): string | null {
  const bytes = decode(latin1(field));
  return bytes && fromLatin1(bytes);
}

Deno.test("fields of MySQL are what LOAD DATA makes of them", () => {
  for (
    const [field, value] of [
      ["plain", "plain"],
      ["", ""],
      ["a\\tb\\nc\\\\d\\0e", "a\tb\nc\\d\0e"],
      ["\\r\\b\\Z", "\r\b\x1a"],
      // `\%` and any other: the character itself.
      ["\\%\\'\\x", "%'x"],
      ["ends in \\", "ends in \\"],
      ["\\\\N", "\\N"],
      ["\\N", null],
      ["NULL", null],
      ["NULLS", "NULLS"],
      ["null", "null"],
    ] as const
  ) assertEquals(decoded(decodeMysql, field), value, field);
});

Deno.test("fields of PostgreSQL are what COPY FROM makes of them", () => {
  for (
    const [field, value] of [
      ["plain", "plain"],
      ["", ""],
      ["\\b\\f\\n\\r\\t\\v\\\\", "\b\f\n\r\t\v\\"],
      ["\\101\\0601\\7", "A01\x07"],
      ["\\x41\\x4\\xzz\\X", "A\x04xzzX"],
      ["\\\\x6869", "\\x6869"],
      ["\\N", null],
      ["NULL", "NULL"],
      ["\\\\N", "\\N"],
    ] as const
  ) assertEquals(decoded(decodePostgres, field), value, field);
});
