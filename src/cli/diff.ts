/**
 * `goromdb diff`: compares the records of two files, of whatever formats.
 *
 * @module
 */

import { type Entry, type Snapshot, Value } from "../storage/storage.ts";
import { UsageError } from "./errors.ts";
import { readFlags, text, toggle, whole } from "./flags.ts";
import { fullKey } from "./keys.ts";
import { printable } from "../text/printable.ts";
import { openDataFile, STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `diff`; those of the storage are for both files, or for one. */
export const DIFF_FLAGS = {
  samples: whole("N", "keys of each kind to show", 5, 0, 1_000_000),
  json: toggle("print JSON"),
  "old-bucket": text("NAME", "the bucket of OLD, if it is not -bucket"),
  "new-bucket": text("NAME", "the bucket of NEW, if it is not -bucket"),
  ...STORAGE_FLAGS,
};

/** The longest part of a key that is shown, in bytes. */
const SHOWN = 100;

/** The keys of one kind. */
interface Kind {
  count: number;
  readonly samples: string[];
}

/**
 * Tells which keys are added, removed and changed. Each file is read once, and
 * its keys are looked up in the other, so it takes no memory however large they
 * are.
 *
 * @returns 0 if the records are the same, or 1, like diff(1).
 */
export async function diff(argv: readonly string[]): Promise<number> {
  const { values, operands: [older, newer, ...rest] } = readFlags(
    DIFF_FLAGS,
    argv,
  );
  if (newer === undefined || rest.length > 0) {
    throw new UsageError("write goromdb diff OLD NEW");
  }
  const { bucket } = values;
  const was = await openDataFile(older, {
    ...values,
    bucket: values["old-bucket"] ?? bucket,
  });
  const is = await openDataFile(newer, {
    ...values,
    bucket: values["new-bucket"] ?? bucket,
  });
  const added: Kind = { count: 0, samples: [] };
  const removed: Kind = { count: 0, samples: [] };
  const changed: Kind = { count: 0, samples: [] };
  let same = 0;
  const note = (kind: Kind, key: Uint8Array) => {
    kind.count++;
    if (kind.samples.length < values.samples) {
      kind.samples.push(printable(key, SHOWN));
    }
  };
  const value = new Value();
  for (const entry of was.snapshot.entries()) {
    const key = fullKey(entry, was.separator);
    if (!has(is.snapshot, key, value)) note(removed, key);
    else if (isSame(entry, value)) same++;
    else note(changed, key);
  }
  for (const entry of is.snapshot.entries()) {
    const key = fullKey(entry, is.separator);
    if (!has(was.snapshot, key, value)) note(added, key);
  }
  const kinds = { added, removed, changed };
  if (values.json) {
    console.log(JSON.stringify({ ...kinds, same }, null, 2));
  } else {
    for (const [name, { count, samples }] of Object.entries(kinds)) {
      console.log(`${name} ${count}`);
      for (const key of samples) console.log(`  ${key}`);
      if (samples.length > 0 && samples.length < count) console.log("  …");
    }
    console.log(`same ${same}`);
  }
  return added.count + removed.count + changed.count > 0 ? 1 : 0;
}

function has(snapshot: Snapshot, key: Uint8Array, value: Value): boolean {
  return snapshot.find(key, 0, key.length, value);
}

function isSame(entry: Entry, { bytes, start, end }: Value): boolean {
  if (entry.value.length !== end - start) return false;
  for (let i = 0; i < entry.value.length; i++) {
    if (entry.value[i] !== bytes[start + i]) return false;
  }
  return true;
}
