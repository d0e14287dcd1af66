/**
 * Checks a whole GDBM file.
 *
 * @module
 */

import { problemOf } from "../problem_of.ts";
import { type Fault, Value } from "../storage.ts";
import { hash, HASH_BITS, KEY_BEGINNING, UNUSED } from "./layout.ts";
import type { GdbmReader } from "./reader.ts";
import { buckets, type GdbmBucket, type GdbmRecord, recordOf } from "./walk.ts";

/** Tells all that is wrong with a file. */
export function* check(reader: GdbmReader): Iterable<Fault> {
  const extents: Extent[] = [
    { from: 0, to: reader.header.layout.headerEnd, what: "the header" },
    {
      from: reader.header.directory,
      to: reader.header.directory +
        2 ** reader.header.directoryBits * reader.header.layout.offset,
      what: "the directory",
    },
  ];
  const walk = buckets(reader)[Symbol.iterator]();
  for (;;) {
    let bucket: GdbmBucket | undefined;
    const lost = problemOf(() => {
      bucket = walk.next().value;
    });
    if (lost) yield { place: "directory", problem: lost };
    if (bucket === undefined) break;
    yield* checkBucket(reader, bucket, extents);
  }
  yield* checkExtents(extents);
}

/** What a stretch of the file is used for. */
interface Extent {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** A bucket has its own part of the hashes, and all its records are found. */
function* checkBucket(
  reader: GdbmReader,
  { at, first, past }: GdbmBucket,
  extents: Extent[],
): Iterable<Fault> {
  const { layout, directoryBits, bucketElements, bucketSize } = reader.header;
  const place = `bucket at ${at}`;
  extents.push({ from: at, to: at + bucketSize, what: `the ${place}` });
  const bits = reader.number(at + layout.bucketBits);
  const entries = 2 ** (directoryBits - bits);
  if (
    bits < 0 || bits > directoryBits || past - first !== entries ||
    first % entries !== 0
  ) {
    yield {
      place,
      problem: `is told of by the entries ${first} to ${past - 1} of the ` +
        `directory, and its hashes share ${bits} bits`,
    };
  }
  let used = 0;
  for (let n = 0; n < bucketElements; n++) {
    const element = reader.element(at, n);
    if (reader.number(element) === UNUSED) continue;
    used++;
    const problem = problemOf(() => {
      const record = recordOf(reader, element)!;
      extents.push({
        from: record.key,
        to: record.end,
        what: `the record of the ${place}, element ${n}`,
      });
      return problemOfRecord(reader, record, first, past);
    });
    if (problem) yield { place: `${place}, element ${n}`, problem };
  }
  const count = reader.number(at + layout.bucketBits + 4);
  if (count !== used) {
    yield { place, problem: `counts ${count} elements, and has ${used}` };
  }
}

/** What keeps a search from finding a record, if anything does. */
function problemOfRecord(
  reader: GdbmReader,
  { element, key, value, end }: GdbmRecord,
  first: number,
  past: number,
): string | undefined {
  const { bytes, header } = reader;
  const stored = reader.number(element);
  if (
    stored !== hash(bytes, key, value, true) &&
    stored !== hash(bytes, key, value, false)
  ) return "does not have its key's hash";
  const entry = stored >>> (HASH_BITS - header.directoryBits);
  if (entry < first || entry >= past) return "is in the wrong bucket";
  for (let i = 0; i < Math.min(KEY_BEGINNING, value - key); i++) {
    if (bytes[element + 4 + i] !== bytes[key + i]) {
      return "does not have the beginning of its key";
    }
  }
  const found = new Value();
  if (!reader.find(bytes, key, value, found)) {
    return "a search does not find it";
  }
  if (
    reader.offsetOf(found) !== value || found.end - found.start !== end - value
  ) {
    return "another record has its key";
  }
}

/** Nothing in the file is used twice. */
function* checkExtents(extents: Extent[]): Iterable<Fault> {
  const inOrder = extents.filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  for (let n = 1; n < inOrder.length; n++) {
    const [before, after] = [inOrder[n - 1], inOrder[n]];
    if (before.to > after.from) {
      yield {
        place: `byte ${after.from}`,
        problem: `${after.what} is within ${before.what}`,
      };
    }
  }
}
