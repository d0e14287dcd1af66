/**
 * `goromdb build`: makes a data file from records in other formats.
 *
 * @module
 */

import {
  build as buildFile,
  type BuildOptions,
  type BuildSummary,
} from "../build/build.ts";
import { BuildError } from "../build/error.ts";
import { INPUT_FORMATS, type InputFormat } from "../build/input/format.ts";
import { STDIN } from "../build/input/source.ts";
import type { Duplicates } from "../build/sort/unique.ts";
import { OUTPUT_FORMATS } from "../build/write/formats.ts";
import { BuildProgress, sizeOfInputs } from "./build_progress.ts";
import { FailureError, UsageError } from "./errors.ts";
import {
  choice,
  type Flag,
  path,
  readFlags,
  size,
  text,
  toggle,
  type Values,
} from "./flags.ts";
import { STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `build`. */
export const BUILD_FLAGS = {
  to: choice(Object.keys(OUTPUT_FORMATS), "the format to build (required)"),
  out: path("FILE", "the file to build (required)"),
  from: choice<InputFormat>(
    INPUT_FORMATS,
    "the format of the inputs, where they do not tell it",
  ),
  "key-field": text(
    "NAME",
    "the field with the key in JSON arrays, NDJSON, CSV and TSV: a path, as _id.$oid, in JSON; the number of a column, where no line names them",
    "key",
  ),
  "value-field": {
    ...text("NAME", "the field with the value"),
    standard: "value, or the whole record as JSON where there is no such field",
  },
  "namespace-field": text(
    "NAME",
    "the field with the namespace; implies -handler namespaced",
  ),
  delimiter: {
    placeholder: "CHARACTER",
    help:
      "what stands between the fields of CSV: ; as Excel may have it, or \\t",
    standard: ",",
    fallback: undefined,
    read(text) {
      if (text === "\\t" || text === "\t") return "\t";
      if (/^[!#-~ ]$/.test(text)) return text;
      throw new RangeError("it must be one ASCII character, and no quote");
    },
  } as Flag<string | undefined>,
  handler: STORAGE_FLAGS.handler,
  "ns-separator": STORAGE_FLAGS["ns-separator"],
  duplicates: choice<Duplicates>(
    ["last", "first", "error"],
    "which of the records with equal keys is kept; if not said, the last, and within a data file the one that a get gives",
  ),
  "max-unpacked": size(
    "how much a packed input may unpack to",
    "64 times its size, at least 64M",
    undefined,
    1024,
  ),
  md5: toggle("write FILE.md5 when FILE is complete (on)"),
  bucket: text("NAME", "the bucket to build in BoltDB", "default"),
  "from-bucket": text("NAME", "the bucket or named database to read"),
  "strip-nul": STORAGE_FLAGS["strip-nul"],
  "from-table": text("NAME", "the table or view to read from SQLite", "kv"),
  "from-key-column": text("NAME", "its column with the keys", "key"),
  "from-value-column": text("NAME", "its column with the values", "value"),
};

/** The exit code of a program that SIGINT has ended. */
const INTERRUPTED = 130;

/**
 * Builds a file. Without inputs it reads standard input.
 *
 * @throws {UsageError} if the command line is wrong.
 * @throws {FailureError} if the input is not as it should be.
 */
export async function build(argv: readonly string[]): Promise<number> {
  const { values, operands } = readFlags(BUILD_FLAGS, argv);
  const options = optionsOf(values, operands);
  const controller = new AbortController();
  const stop = () => controller.abort();
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);
  const progress = new BuildProgress(await sizeOfInputs(options.inputs));
  try {
    const { signal } = controller;
    const summary = await buildFile({ ...options, signal }, progress);
    progress.stop();
    console.log(describe(options.out, summary));
    return 0;
  } catch (error) {
    if (controller.signal.aborted) return INTERRUPTED;
    if (error instanceof BuildError) throw new FailureError(error.message);
    if (error instanceof Error) {
      throw new FailureError(`cannot build ${options.out}: ${error.message}`);
    }
    throw error;
  } finally {
    progress.stop();
    Deno.removeSignalListener("SIGINT", stop);
    Deno.removeSignalListener("SIGTERM", stop);
  }
}

/** One line that tells what has become of all records. */
function describe(
  out: string,
  { read, written, leftOut, bytes, md5 }: BuildSummary,
): string {
  const shown = (count: number) => count.toLocaleString("en");
  const reasons = [...leftOut].map(([why, count]) => `${shown(count)} ${why}`);
  const rest = reasons.length === 0 ? "" : `; left out: ${reasons.join(", ")}`;
  const sum = md5 === undefined ? "" : `, md5 ${md5}`;
  return `${out}: ${shown(written)} of ${shown(read)} records, ${
    shown(bytes)
  } bytes${sum}${rest}`;
}

function optionsOf(
  values: Values<typeof BUILD_FLAGS>,
  operands: readonly string[],
): BuildOptions {
  const { to, out } = values;
  if (to === undefined || out === undefined) {
    throw new UsageError("write goromdb build -to FORMAT -out FILE [INPUT…]");
  }
  const namespaced = values.handler === "namespaced" ||
    values["namespace-field"] !== undefined;
  return {
    inputs: operands.length > 0 ? operands : [STDIN],
    from: values.from,
    fields: {
      key: values["key-field"] ?? "key",
      value: values["value-field"],
      namespace: namespaced
        ? values["namespace-field"] ?? "namespace"
        : undefined,
    },
    open: {
      namespaced,
      separator: values["ns-separator"],
      bucket: values["from-bucket"],
      stripNul: values["strip-nul"],
      table: values["from-table"],
      keyColumn: values["from-key-column"],
      valueColumn: values["from-value-column"],
    },
    delimiter: values.delimiter,
    maxUnpacked: values["max-unpacked"],
    to,
    out,
    duplicates: values.duplicates,
    bucket: values.bucket ?? "default",
    md5: values.md5 ?? true,
  };
}
