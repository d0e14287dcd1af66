/**
 * Checks a whole ZIP file.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { problemOf } from "../problem_of.ts";
import { type Fault, Value } from "../storage.ts";
import { entries, hasWholeExtras, type ZipEntry } from "./directory.ts";
import { isFolder } from "./index_table.ts";
import { LOCAL_NAME_LENGTH, LOCAL_SIZE, read16, STORED } from "./layout.ts";
import type { ZipReader } from "./reader.ts";

/** Tells all that is wrong with a file. */
export function* check(reader: ZipReader): Iterable<Fault> {
  const { bytes, path, directory } = reader;
  const extents: { from: number; to: number; name: string }[] = [];
  for (const entry of entries(bytes, path, directory)) {
    if (isFolder(bytes, entry)) continue;
    const name = JSON.stringify(
      new TextDecoder().decode(bytes.subarray(entry.name, entry.nameEnd)),
    );
    const problem = problemOf(() => {
      const start = reader.dataStart(entry.local, entry.packedSize);
      const to = start + entry.packedSize;
      extents.push({ from: entry.local, to, name });
      return problemOfEntry(reader, entry);
    });
    if (problem) yield { place: `entry ${name}`, problem };
  }
  extents.sort((a, b) => a.from - b.from);
  for (let n = 1; n < extents.length; n++) {
    const before = extents[n - 1], { from, name } = extents[n];
    if (before.to > from) {
      yield {
        place: `entry ${name}`,
        problem: `begins within the entry ${before.name}`,
      };
    }
  }
}

/** An entry has the name and the content that the directory tells of. */
function problemOfEntry(
  reader: ZipReader,
  entry: ZipEntry,
): string | undefined {
  const { bytes } = reader;
  const { name, nameEnd, local, method, packedSize, size, crc } = entry;
  if (!hasWholeExtras(bytes, entry)) return "has an extra field that is cut";
  const length = read16(bytes, local + LOCAL_NAME_LENGTH);
  let same = length === nameEnd - name;
  for (let i = 0; same && i < length; i++) {
    same = bytes[local + LOCAL_SIZE + i] === bytes[name + i];
  }
  if (!same) return "has another name in the directory than where it is";
  const start = reader.dataStart(local, packedSize);
  const content = method === STORED
    ? bytes.subarray(start, start + size)
    : reader.inflate(local, packedSize, size, crc);
  if (crc32(content) !== crc) return "does not have its CRC-32";
  if (!reader.find(bytes, name, nameEnd, new Value())) return "is not found";
}
