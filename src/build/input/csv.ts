/**
 * CSV and TSV as an input. The fields are told by the names in the first line,
 * or by the numbers of their columns: then all lines are records.
 *
 * @module
 */

import { parse } from "csv-parse";
import type { Pieces } from "../../compression/pieces.ts";
import type { InputSink } from "../input_sink.ts";
import { BuildError } from "../error.ts";
import { decodeMysql, decodePostgres } from "./escapes.ts";
import { type Fields, STANDARD_VALUE_FIELD } from "./fields.ts";
import type { Source } from "./source.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** How records are written in lines. */
export interface LineDialect {
  /** What stands between fields. */
  readonly delimiter: string;
  /** What is around a field that contains it; none: nothing is. */
  readonly quote?: string;
  /** What ends a line, where that is fixed. */
  readonly lineEnd?: string;
  /** The value of a field; `null` for one without a value. */
  decode?(field: Uint8Array): Uint8Array | null;
}

/** CSV (RFC 4180). */
export const CSV: LineDialect = { delimiter: ",", quote: '"' };

/** Fields with tabs between them, taken as they are: a quote is a quote. */
export const TSV: LineDialect = { delimiter: "\t" };

/** What `mysql -B` and LOAD DATA write and read. */
export const MYSQL: LineDialect = {
  delimiter: "\t",
  lineEnd: "\n",
  decode: decodeMysql,
};

/** What PostgreSQL's `COPY` writes and reads as text. */
export const POSTGRES: LineDialect = {
  delimiter: "\t",
  lineEnd: "\n",
  decode: decodePostgres,
};

/** Where the fields are in a line. */
interface Columns {
  readonly key: number;
  /** None: the whole record is the value. */
  readonly value: number | undefined;
  readonly namespace: number | undefined;
  /** What the first line calls them. */
  readonly names?: readonly string[];
}

/**
 * Reads the records of a text of any length; their bytes are kept as they are.
 *
 * @throws {BuildError} that names the line that is not as it should be.
 */
export async function readCsv(
  source: Source,
  { delimiter, quote, lineEnd, decode }: LineDialect,
  fields: Fields,
  sink: InputSink,
): Promise<void> {
  const parser = parse({
    delimiter,
    encoding: null, // fields are bytes, which need not be UTF-8
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    quote: quote ?? null,
    ...(lineEnd === undefined ? {} : { record_delimiter: lineEnd }),
  });
  const feeding = feed(source.text, parser);
  let columns = numbered(fields);
  try {
    for await (const { record, info } of parser) {
      const line: Uint8Array[] = record;
      if (decode !== undefined && isEndOfCopy(line)) break;
      if (columns === undefined) {
        columns = named(source, fields, line);
        continue;
      }
      const where = `${source.name}, line ${info.lines}`;
      if (columns.namespace !== undefined) {
        sink.begin(column(line, columns.namespace, where));
      }
      const fieldOf = (at: number) => {
        const field = column(line, at, where);
        return decode === undefined ? field : decode(field);
      };
      const key = fieldOf(columns.key);
      const value = columns.value === undefined
        ? wholeRecord(line.map((_, at) => fieldOf(at)), columns.names, where)
        : fieldOf(columns.value);
      if (key === null || value === null) {
        sink.leaveOut("with NULL", 1);
        continue;
      }
      sink.add(key, 0, key.length, value, 0, value.length);
    }
    await feeding;
  } catch (error) {
    parser.destroy();
    await feeding.catch(() => {});
    if (error instanceof Error && "code" in error && "lines" in error) {
      throw new BuildError(`${source.name}: not valid CSV: ${error.message}`);
    }
    throw error;
  }
}

/** What `COPY … FROM STDIN` and old programs have for the end of the data. */
function isEndOfCopy([field, ...others]: readonly Uint8Array[]): boolean {
  return others.length === 0 && field.length === 2 && field[0] === 0x5c &&
    field[1] === 0x2e;
}

/** Gives the parser what it has room for. */
async function feed(
  text: Pieces,
  parser: ReturnType<typeof parse>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => parser.once("close", resolve));
  try {
    let isFirst = true;
    for await (const piece of text) {
      if (parser.destroyed) return;
      // With its option for this, the parser would make strings of the bytes.
      const start = isFirst && beginsWithMark(piece)
        ? BYTE_ORDER_MARK.length
        : 0;
      isFirst = false;
      if (parser.write(piece.slice(start))) continue;
      const drained = new Promise<void>((resolve) =>
        parser.once("drain", resolve)
      );
      await Promise.race([drained, closed]);
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

function beginsWithMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte);
}

/** The columns, if all fields are told by number. */
function numbered(fields: Fields): Columns | undefined {
  const names = [fields.key, fields.value, fields.namespace];
  const numbers = names.map((name) => name === undefined ? 1 : Number(name));
  if (!numbers.every((n) => Number.isInteger(n) && n > 0)) return undefined;
  const [key, value, namespace] = numbers.map((n) => n - 1);
  return {
    key,
    value: fields.value === undefined ? undefined : value,
    namespace: fields.namespace === undefined ? undefined : namespace,
  };
}

/** The columns of the fields that the first line names. */
function named(
  { name }: Source,
  fields: Fields,
  header: readonly Uint8Array[],
): Columns {
  const names = header.map((field) => new TextDecoder().decode(field));
  const find = (field: string) => {
    const at = names.indexOf(field);
    if (at >= 0) return at;
    throw new BuildError(
      `${name}: the first line names no field "${field}", but ${
        names.slice(0, 10).map((name) => JSON.stringify(name)).join(", ")
      }; ${
        otherDelimiter(header) ??
          "say -key-field and -value-field, by name or, without such a line, by number"
      }`,
    );
  };
  const standard = names.indexOf(STANDARD_VALUE_FIELD);
  return {
    key: find(fields.key),
    value: fields.value !== undefined
      ? find(fields.value)
      : standard < 0
      ? undefined
      : standard,
    namespace: fields.namespace === undefined
      ? undefined
      : find(fields.namespace),
    names,
  };
}

/**
 * A record as JSON: an object, or without names an array. Its fields are text, or
 * `null`.
 */
function wholeRecord(
  fields: readonly (Uint8Array | null)[],
  names: readonly string[] | undefined,
  where: string,
): Uint8Array {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    const values = fields.map((field) =>
      JSON.stringify(field === null ? null : decoder.decode(field))
    );
    const text = names === undefined
      ? `[${values.join()}]`
      : `{${
        values.map((value, n) =>
          `${JSON.stringify(names[n] ?? String(n + 1))}:${value}`
        ).join()
      }}`;
    return new TextEncoder().encode(text);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new BuildError(
      `${where}: it is not UTF-8, as JSON of the whole record must be: say -value-field`,
    );
  }
}

function column(
  line: readonly Uint8Array[],
  at: number,
  where: string,
): Uint8Array {
  if (at < line.length) return line[at];
  const hint = otherDelimiter(line);
  throw new BuildError(
    `${where}: it has ${line.length} columns, and column ${at + 1} is needed${
      hint === undefined ? "" : `; ${hint}`
    }`,
  );
}

/** What to say where a line seems to have another delimiter: it is one field. */
function otherDelimiter(line: readonly Uint8Array[]): string | undefined {
  if (line.length !== 1) return undefined;
  const seen = [";", "|", "\t", ","].find((delimiter) =>
    line[0].includes(delimiter.charCodeAt(0))
  );
  if (seen === undefined) return undefined;
  const shown = seen === "\t" ? "\\t" : seen;
  return `its fields seem to be parted by '${shown}': say -delimiter '${shown}'`;
}
