/**
 * Reads an input, of whatever format it is.
 *
 * @module
 */

import { dataFileAt } from "../../storage/recognize/data_file.ts";
import { DataFileError, type OpenOptions } from "../../storage/storage.ts";
import type { InputSink } from "../input_sink.ts";
import { BuildError } from "../error.ts";
import { CSV, MYSQL, POSTGRES, readCsv, TSV } from "./csv.ts";
import type { Duplicates } from "../sort/unique.ts";
import type { Fields } from "./fields.ts";
import { formatOf, type InputFormat, isReadInOrder } from "./format.ts";
import { readJson } from "./json.ts";
import { readNdjson } from "./ndjson.ts";
import { readRdb } from "./rdb/rdb.ts";
import { openSource, type Source, STDIN } from "./source.ts";
import { readStorage } from "./storage.ts";

/** How inputs are read. */
export interface InputOptions {
  /** Their format, where they do not tell it. */
  readonly from?: InputFormat;
  /** How data files are opened, and whether there are namespaces. */
  readonly open: OpenOptions;
  /** The fields of NDJSON, CSV and TSV. */
  readonly fields: Fields;
  /** What stands between the fields of CSV; a comma, if nothing is said. */
  readonly delimiter?: string;
  /** What to do about a key that comes again; else the format tells. */
  readonly duplicates?: Duplicates;
  /** How many bytes a packed input may unpack to; else its size says. */
  readonly maxUnpacked?: number;
  /** Is told how many bytes were read. */
  readonly onRead: (bytes: number) => void;
  /** Is told what is odd about an input, and does not matter. */
  readonly onWarning: (warning: string) => void;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
}

/**
 * Reads all records of an input.
 *
 * @throws {BuildError} if it is not as it should be, or is not there.
 */
export async function readInput(
  path: string,
  options: InputOptions,
  sink: InputSink,
): Promise<void> {
  try {
    const file = path === STDIN ? path : await dataFileAt(path);
    await read(file, options, sink);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new BuildError(`${path} does not exist`);
    }
    if (error instanceof DataFileError) throw new BuildError(error.message);
    throw error;
  }
}

async function read(
  path: string,
  options: InputOptions,
  sink: InputSink,
): Promise<void> {
  const { from, fields, open, onRead, duplicates } = options;
  if (from !== undefined && !isReadInOrder(from)) {
    return await readStorage(path, from, open, sink, onRead, duplicates);
  }
  const source = await openSource(path, options);
  const format = formatOf(source, options);
  switch (format) {
    case "json":
      return await readJson(source, open.namespaced ?? false, fields, sink);
    case "ndjson":
      return await readNdjson(source, fields, sink);
    case "csv":
      return await readCsv(
        source,
        { ...CSV, delimiter: options.delimiter ?? CSV.delimiter },
        fields,
        sink,
      );
    case "tsv":
      return await readCsv(source, TSV, fields, sink);
    case "mysql":
      return await readCsv(source, MYSQL, fields, sink);
    case "postgres":
      return await readCsv(source, POSTGRES, fields, sink);
    case "rdb":
      return await readRdb(source, rdbOptions(open), sink);
  }
  await source.close();
  checkSeekable(source, format);
  await readStorage(path, format, open, sink, onRead, duplicates);
}

/** A database of Redis has a number. */
function rdbOptions({ namespaced = false, bucket = "0" }: OpenOptions) {
  if (!/^\d{1,9}$/.test(bucket)) {
    throw new BuildError(
      `-from-bucket ${bucket}: databases of Redis have numbers, from 0 on`,
    );
  }
  return { namespaced, database: Number(bucket), now: Date.now() };
}

function checkSeekable(
  { name, path, packing }: Source,
  format: InputFormat,
): void {
  if (path !== undefined && packing === undefined) return;
  throw new BuildError(
    `${name}: ${format} is read from its pages: ${
      packing === undefined ? "put it into a file first" : "unpack it first"
    }`,
  );
}
