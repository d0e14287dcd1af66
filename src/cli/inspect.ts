/**
 * `goromdb inspect`: what a file is, and what it holds.
 *
 * @module
 */

import { sumOf } from "../watcher/sum.ts";
import { UsageError } from "./errors.ts";
import { readFlags, toggle, whole } from "./flags.ts";
import { fullKey } from "./keys.ts";
import { printable } from "../text/printable.ts";
import { type SizeClass, SizeHistogram } from "./size_histogram.ts";
import { type DataFile, openDataFile, STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `inspect`. */
export const INSPECT_FLAGS = {
  json: toggle("print JSON"),
  all: toggle("read all records, however many there are"),
  samples: whole("N", "records to show", 3, 0, 1000),
  ...STORAGE_FLAGS,
};

/** Without `-all`, records are read for so long, in milliseconds. */
const PATIENCE = 2000;

/** How often to look at the clock, in records. */
const LOOK = 4096;

/** The longest part of a key or value that is shown, in bytes. */
const SHOWN = 60;

/** Namespaces that are told with their numbers of keys. */
const NAMESPACES_TOLD = 20;

/** What reading the records has told. */
interface Contents {
  /** How many were read. */
  readonly records: number;
  /** Whether those are all. */
  readonly complete: boolean;
  readonly keys: SizeHistogram;
  readonly values: SizeHistogram;
  /** How many records each namespace has. */
  readonly namespaces: Map<string, number>;
  readonly samples: { readonly key: string; readonly value: string }[];
}

/** Tells what a file is. */
export async function inspect(argv: readonly string[]): Promise<number> {
  const { values, operands: [path, ...rest] } = readFlags(INSPECT_FLAGS, argv);
  if (path === undefined || rest.length > 0) {
    throw new UsageError("write goromdb inspect FILE");
  }
  const file = await openDataFile(path, values, true);
  const patience = values.all ? Infinity : PATIENCE;
  const contents = read(file, patience, values.samples);
  const facts = {
    file: file.path,
    format: file.format,
    size: (await Deno.stat(file.path)).size,
    md5: await sumOf(file.path, "md5"),
    ...file.snapshot.describe?.(),
    keys: contents.complete ? contents.records : file.keys,
  };
  console.log(
    values.json
      ? JSON.stringify({ ...facts, ...plain(contents) }, null, 2)
      : told(facts, contents),
  );
  return 0;
}

function read(file: DataFile, patience: number, samples: number): Contents {
  const keys = new SizeHistogram(), values = new SizeHistogram();
  const namespaces = new Map<string, number>();
  const shownRecords: Contents["samples"] = [];
  const end = performance.now() + patience;
  let records = 0, complete = true;
  for (const entry of file.snapshot.entries()) {
    if (records % LOOK === 0 && performance.now() > end) {
      complete = false;
      break;
    }
    records++;
    keys.add(entry.key.length);
    values.add(entry.value.length);
    if (entry.namespace !== undefined) {
      const name = printable(entry.namespace, SHOWN);
      namespaces.set(name, (namespaces.get(name) ?? 0) + 1);
    }
    if (shownRecords.length < samples) {
      shownRecords.push({
        key: printable(fullKey(entry, file.separator), SHOWN),
        value: printable(entry.value, SHOWN),
      });
    }
  }
  return { records, complete, keys, values, namespaces, samples: shownRecords };
}

/** The contents as plain data. */
function plain(contents: Contents): Record<string, unknown> {
  const { records, complete, keys, values, namespaces, samples } = contents;
  const sizes = (histogram: SizeHistogram): {
    total: number;
    largest: number;
    classes: SizeClass[];
  } => ({
    total: histogram.total,
    largest: histogram.largest,
    classes: histogram.classes(),
  });
  return {
    read: { records, complete },
    ...(namespaces.size === 0
      ? {}
      : { namespaces: Object.fromEntries(namespaces) }),
    keySizes: sizes(keys),
    valueSizes: sizes(values),
    samples,
  };
}

/** The same for a person. */
function told(facts: Record<string, unknown>, contents: Contents): string {
  const { records, complete, keys, values, namespaces, samples } = contents;
  const known = facts.keys ?? `more than ${records} (-all counts them)`;
  const rows = Object.entries({ ...facts, keys: known });
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  if (namespaces.size > 0) {
    lines.push("", `${namespaces.size} namespaces, with their keys:`);
    for (const [name, count] of [...namespaces].slice(0, NAMESPACES_TOLD)) {
      lines.push(`  ${name}  ${count}`);
    }
    if (namespaces.size > NAMESPACES_TOLD) lines.push("  …");
  }
  const part = complete ? "" : `, of the first ${records} records`;
  for (
    const [name, histogram] of [["keys", keys], ["values", values]] as const
  ) {
    if (records === 0) break;
    const mean = (histogram.total / records).toFixed(1);
    lines.push(
      "",
      `sizes of ${name} in bytes${part}: ${mean} on average, ${histogram.largest} at most`,
      ...histogram.lines().map((line) => `  ${line}`),
    );
  }
  if (samples.length > 0) {
    lines.push("", "the first records:");
    for (const { key, value } of samples) lines.push(`  ${key}: ${value}`);
  }
  return lines.join("\n");
}
