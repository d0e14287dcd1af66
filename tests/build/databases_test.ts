/** What real databases print, built into a file: the values are theirs. */

import { assertEquals } from "@std/assert";
import type { InputFormat } from "../../src/build/input/format.ts";
import { buildQuietly, readBack } from "./building.ts";
import { hasMariadb, withMariadb } from "./databases/mariadb.ts";
import { hasPostgres, withPostgres } from "./databases/postgres.ts";

const FIELDS = { key: "1", value: "2", namespace: undefined };

/** Values that are escaped, and some that look as if they were. */
const VALUES: readonly string[] = [
  "plain",
  "",
  "a tab \t, a line \n, a backslash \\, a return \r",
  "C:\\dir\\new",
  '{"a":"x\\ny"}',
  "\\N",
  "ends in \\",
  "\b\f\v\x1a quotes ' \" `",
  "Grüße, 日本語",
  "\\.",
];

/** Builds a file of what has been printed. @returns its records in hex. */
async function built(
  directory: string,
  from: InputFormat,
  printed: Uint8Array,
): Promise<{ records: Record<string, string>; leftOut: number }> {
  const input = `${directory}/printed`, out = `${directory}/data.cdb`;
  await Deno.writeFile(input, printed);
  const summary = await buildQuietly({
    ...{ inputs: [input], to: "cdb", out, from, fields: FIELDS },
  });
  const found = await readBack(out, "cdb");
  const records = Object.fromEntries(
    [...found].map(([key, value]) => [key, hex(value)]),
  );
  return { records, leftOut: summary.leftOut.get("with NULL") ?? 0 };
}

/** Of characters that stand for bytes. */
function hex(latin1: string): string {
  return Uint8Array.from(latin1, (char) => char.charCodeAt(0)).toHex();
}

/** Lines of `key TAB value in hex`. */
function expected(lines: Uint8Array): Record<string, string> {
  const text = new TextDecoder().decode(lines).trimEnd();
  return Object.fromEntries(
    text.split("\n").map((line) => line.split("\t"))
      .map(([key, value = ""]) => [key, value.toLowerCase()]),
  );
}

Deno.test({
  name:
    "what mysql -BN prints of a MariaDB is built with the values of the table",
  ignore: !hasMariadb,
}, () =>
  withMariadb(async (query, directory) => {
    const rows = VALUES.map((value, n) =>
      `('v${n}', x'${new TextEncoder().encode(value).toHex()}')`
    );
    await query(
      `CREATE DATABASE d; CREATE TABLE d.t (k VARCHAR(20), v BLOB);
       INSERT INTO d.t VALUES ${rows.join()}, ('all', x'${
        Uint8Array.from({ length: 256 }, (_, i) => i).toHex()
      }'), ('none', NULL)`,
    );
    const printed = await query("SELECT k, v FROM d.t", "-BN");
    const wanted = expected(
      await query("SELECT k, HEX(v) FROM d.t WHERE v IS NOT NULL", "-BN"),
    );
    const { records, leftOut } = await built(directory, "mysql", printed);
    assertEquals(records, wanted);
    assertEquals(leftOut, 1);
  }));

Deno.test({
  name:
    "what COPY prints of a PostgreSQL is built with the values of the table",
  ignore: !hasPostgres,
}, () =>
  withPostgres(async (query, directory) => {
    const rows = VALUES.map((value, n) =>
      `('v${n}', convert_from('\\x${
        new TextEncoder().encode(value).toHex()
      }', 'UTF8'))`
    );
    await query(
      `CREATE TABLE t (k text, v text);
       INSERT INTO t VALUES ${rows.join()}, ('none', NULL)`,
    );
    const printed = await query("COPY t TO STDOUT", "-q");
    const wanted = expected(
      await query(
        "SELECT k, encode(convert_to(v, 'UTF8'), 'hex') FROM t WHERE v IS NOT NULL",
        ...["-A", "-t", "-F", "\t"],
      ),
    );
    const { records, leftOut } = await built(directory, "postgres", printed);
    assertEquals(records, wanted);
    assertEquals(leftOut, 1);
  }));
