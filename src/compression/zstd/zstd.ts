/**
 * Unpacks Zstandard (RFC 8878).
 *
 * ```text
 * file        frames, one behind the other, and what is to be skipped
 * frame       28 b5 2f fd  flags  [window]  [dictionary: 0-4]  [size: 0-8]
 *             blocks  [checksum: 4]
 * block       last: 1 bit, type: 2, size: 21  content
 * to skip     5x 2a 4d 18  length: 4  content
 * ```
 *
 * The checksum is verified, and so is all that a block says: the program zstd
 * does the same.
 *
 * @module
 */

import { PackedDataError } from "../error.ts";
import { PieceReader, type Pieces } from "../pieces.ts";
import { READ_AHEAD_LENGTH } from "./bits.ts";
import { damaged } from "./damaged.ts";
import { History } from "./history.ts";
import { Literals, MOST_BLOCK_BYTES } from "./literals.ts";
import { Sequences } from "./sequences.ts";
import { Xxh64 } from "./xxh64.ts";

/** What every frame begins with. */
export const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;

/** What stands behind the first byte, 0x50 to 0x5f, of what is to be skipped. */
const SKIPPABLE_MAGIC = [0x2a, 0x4d, 0x18] as const;

/** As far back a frame may reach: without --long, the program zstd allows no more. */
const MOST_WINDOW_BYTES = 2 ** 27;

const BLOCK_HEAD_LENGTH = 3, CHECKSUM_LENGTH = 4;

enum BlockType {
  Raw,
  Repeated,
  Packed,
}

/** What the head of a frame says. */
interface FrameHead {
  readonly window: number;
  /** What it unpacks to, if it says so. */
  readonly size: number | undefined;
  readonly hasChecksum: boolean;
}

/**
 * Unpacks all frames.
 *
 * @throws {PackedDataError} if the data are damaged or cut short, or need a
 * dictionary or a larger window.
 */
export async function* unzstd(pieces: Pieces): Pieces {
  const input = new PieceReader(pieces);
  // Made once: a file can have a frame for every twelve bytes.
  const literals = new Literals();
  const block = new Uint8Array(MOST_BLOCK_BYTES + READ_AHEAD_LENGTH);
  try {
    while (await input.fill(1)) {
      if (!await input.fill(ZSTD_MAGIC.length)) throw cutShort();
      const { bytes, at } = input;
      if (ZSTD_MAGIC.every((byte, i) => bytes[at + i] === byte)) {
        yield* unpackFrame(input, literals, block);
      } else if (isSkippable(bytes, at)) await skip(input);
      else throw damaged("something else stands between or behind its frames");
    }
  } finally {
    await input.close();
  }
}

/** Whether the bytes are the begin of what is to be skipped. */
export function isSkippable(bytes: Uint8Array, at = 0): boolean {
  return bytes[at] >> 4 === 5 &&
    SKIPPABLE_MAGIC.every((byte, i) => bytes[at + 1 + i] === byte);
}

async function skip(input: PieceReader): Promise<void> {
  if (!await input.fill(8)) throw cutShort();
  const { buffer, byteOffset } = input.bytes;
  const view = new DataView(buffer, byteOffset + input.at);
  let left = view.getUint32(4, true);
  input.at += 8;
  while (left > 0) {
    if (!await input.fill(1)) throw cutShort();
    const skipped = Math.min(left, input.available);
    input.at += skipped;
    left -= skipped;
  }
}

async function* unpackFrame(
  input: PieceReader,
  literals: Literals,
  block: Uint8Array,
): Pieces {
  const { window, size, hasChecksum } = await readHead(input);
  const history = new History(window);
  const sum = hasChecksum ? new Xxh64() : undefined;
  const mostBlock = Math.min(window, MOST_BLOCK_BYTES);
  let sequences: Sequences | undefined;
  literals.forget();
  for (let isLast = false; !isLast;) {
    if (!await input.fill(BLOCK_HEAD_LENGTH)) throw cutShort();
    const { bytes, at } = input;
    const head = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
    input.at += BLOCK_HEAD_LENGTH;
    isLast = (head & 1) !== 0;
    const type = head >> 1 & 3;
    const length = head >> 3;
    if (length > mostBlock) throw damaged("a block is too large");
    const contentLength = type === BlockType.Repeated ? 1 : length;
    if (!await input.fill(contentLength)) throw cutShort();
    const content = input.bytes.subarray(input.at, input.at + contentLength);
    history.begin(mostBlock);
    switch (type) {
      case BlockType.Raw:
        history.add(content, 0, length);
        break;
      case BlockType.Repeated:
        history.fill(content[0], length);
        break;
      case BlockType.Packed: {
        block.set(content);
        const start = literals.read(block, 0, length);
        sequences ??= new Sequences();
        sequences.run(block, start, length, literals, history);
        break;
      }
      default:
        throw damaged("a block is of an unknown type");
    }
    input.at += contentLength;
    const unpacked = history.finish();
    if (size !== undefined && history.total > size) throw wrongSize();
    sum?.update(unpacked);
    if (unpacked.length > 0) yield unpacked;
  }
  if (size !== undefined && history.total !== size) throw wrongSize();
  if (sum === undefined) return;
  if (!await input.fill(CHECKSUM_LENGTH)) throw cutShort();
  const { buffer, byteOffset } = input.bytes;
  const view = new DataView(buffer, byteOffset + input.at);
  if (view.getUint32(0, true) !== sum.low32()) {
    throw damaged("incorrect checksum");
  }
  input.at += CHECKSUM_LENGTH;
}

async function readHead(input: PieceReader): Promise<FrameHead> {
  const fixed = ZSTD_MAGIC.length + 1;
  if (!await input.fill(fixed)) throw cutShort();
  const flags = input.bytes[input.at + ZSTD_MAGIC.length];
  const isSingle = (flags & 0x20) !== 0;
  const windowLength = isSingle ? 0 : 1;
  const dictionaryLength = [0, 1, 2, 4][flags & 3];
  const sizeLength = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6];
  const length = fixed + windowLength + dictionaryLength + sizeLength;
  if (!await input.fill(length)) throw cutShort();
  if ((flags & 8) !== 0) throw damaged("a reserved bit is set");
  const { bytes, at } = input;
  input.at += length;
  let next = at + fixed;
  const descriptor = bytes[next];
  next += windowLength;
  if (readNumber(bytes, next, dictionaryLength) !== 0) {
    throw new PackedDataError(
      "zstd data that need a dictionary: unpack them with zstd -d -D",
    );
  }
  next += dictionaryLength;
  const size = sizeLength === 0
    ? undefined
    : readNumber(bytes, next, sizeLength) + (sizeLength === 2 ? 256 : 0);
  const base = 2 ** (10 + (descriptor >> 3));
  const window = isSingle ? size! : base + base / 8 * (descriptor & 7);
  if (window > MOST_WINDOW_BYTES) {
    throw new PackedDataError(
      `zstd data with a window of ${window} bytes, and ${MOST_WINDOW_BYTES} are the most that are kept: unpack them with zstd -d --long=31`,
    );
  }
  return { window, size, hasChecksum: (flags & 4) !== 0 };
}

/** A little-endian number; above 2^53 it is not exact, and too large in any case. */
function readNumber(bytes: Uint8Array, at: number, length: number): number {
  let number = 0;
  for (let i = length - 1; i >= 0; i--) number = number * 256 + bytes[at + i];
  return number;
}

function wrongSize(): PackedDataError {
  return damaged("a frame has another size than it says");
}

function cutShort(): PackedDataError {
  return damaged("unexpected end of file");
}
