/**
 * The header of a GDBM file: its form, and where its directory is.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import {
  type GdbmLayout,
  HASH_BITS,
  layoutOf,
  MAGIC_32,
  MAGIC_64,
  MAGIC_OLD,
} from "./layout.ts";

/** What the header says; checked against the file's size. */
export interface GdbmHeader {
  /** Whether numbers are little-endian. */
  readonly little: boolean;
  /** Where things are. */
  readonly layout: GdbmLayout;
  /** Whether it is of the extended form. */
  readonly extended: boolean;
  /** The size of a block. */
  readonly blockSize: number;
  /** Where the directory begins. */
  readonly directory: number;
  /** So many high bits of a hash choose the entry of the directory. */
  readonly directoryBits: number;
  /** The size of a bucket. */
  readonly bucketSize: number;
  /** How many elements a bucket has. */
  readonly bucketElements: number;
}

/** Whether a file begins as GDBM's do, of any form and byte order. */
export function isGdbm(head: Uint8Array): boolean {
  return head.length >= 4 && [true, false].some((little) => {
    const magic = new DataView(head.buffer, head.byteOffset).getUint32(
      0,
      little,
    );
    return magic === MAGIC_OLD || MAGIC_32.includes(magic) ||
      MAGIC_64.includes(magic);
  });
}

/**
 * Reads the header of a file.
 *
 * @throws {DataFileError} if it is not a GDBM file, or is cut.
 */
export function readHeader(bytes: Uint8Array, path: string): GdbmHeader {
  const fail = (problem: string) => {
    throw new DataFileError(path, problem);
  };
  if (!isGdbm(bytes)) fail("not a GDBM file: it has another magic number");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint8(0) !== 0x13;
  const magic = view.getUint32(0, little);
  const width = MAGIC_32.includes(magic)
    ? 4
    : MAGIC_64.includes(magic)
    ? 8
    : oldWidth(view, little);
  const plain = layoutOf(width, width);
  if (bytes.length < plain.headerEnd) fail("it is cut within its header");

  const number = (at: number) => view.getInt32(at, little);
  const at = plain.directorySize;
  const directory = readOffset(view, 8, width, little);
  const [size, bits, bucketSize, bucketElements] = [0, 4, 8, 12].map((n) =>
    number(at + n)
  );
  if (bits < 0 || bits > HASH_BITS || size !== 2 ** bits * width) {
    fail(`its directory of ${size} bytes does not have 2^${bits} entries`);
  }
  if (!(directory >= plain.headerEnd && directory + size <= bytes.length)) {
    fail(
      `its directory from byte ${directory} to ${directory + size} is not in ` +
        `the file, which has ${bytes.length}`,
    );
  }
  const layout = [plain, layoutOf(width, 4)].find((layout) =>
    bucketElements ===
      Math.floor((bucketSize - layout.elements) / layout.elementSize)
  );
  if (layout === undefined || bucketElements < 1) {
    fail(
      `${bucketElements} elements in a bucket of ${bucketSize} bytes are of ` +
        "no machine that is known",
    );
  }
  return {
    little,
    layout: layout!,
    extended: magic === MAGIC_32[1] || magic === MAGIC_64[1],
    blockSize: number(4),
    directory,
    directoryBits: bits,
    bucketSize,
    bucketElements,
  };
}

/** An offset; above 2^53 not exact, and still greater than any file. */
export function readOffset(
  view: DataView,
  at: number,
  width: 4 | 8,
  little: boolean,
): number {
  return width === 4
    ? view.getUint32(at, little)
    : Number(view.getBigUint64(at, little));
}

/** Of the two widths the one with which the directory has its size. */
function oldWidth(view: DataView, little: boolean): 4 | 8 {
  if (view.byteLength < 24) return 4;
  const size = view.getInt32(16, little), bits = view.getInt32(20, little);
  return bits >= 0 && bits <= HASH_BITS && size === 8 * 2 ** bits ? 8 : 4;
}
