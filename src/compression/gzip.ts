/**
 * Unpacks gzip (RFC 1952).
 *
 * ```text
 * file     members, one behind the other; zeros may stand between and behind them
 * member   1f 8b  08  flags  time: 4  extra flags  system       a head of 10 bytes
 *          [length: 2, extra]  [name, 0]  [comment, 0]  [sum: 2]   as the flags say
 *          deflated data (RFC 1951)
 *          crc32: 4  length: 4                                  of what is unpacked
 * ```
 *
 * `node:zlib` inflates, and this reads what is around it: its own reader of whole
 * files gives up what it has read when something else stands behind the last
 * member.
 *
 * @module
 */

import { Readable } from "node:stream";
import {
  crc32,
  createGunzip,
  createInflateRaw,
  type InflateRaw,
} from "node:zlib";
import { PackedDataError } from "./error.ts";
import { PieceReader, type Pieces } from "./pieces.ts";

/** What every member begins with. */
export const GZIP_MAGIC = [0x1f, 0x8b] as const;

const HEAD_LENGTH = 10, TRAILER_LENGTH = 8, DEFLATE = 8;

// The flags of a head.
const FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0;

/** Unpacked bytes in a piece. */
const CHUNK = 128 * 1024;

/** Packed bytes given to zlib at a time; they may be a thousand times as many. */
const SLICE = 64 * 1024;

/**
 * Unpacks all members.
 *
 * @param onGarbage is called if something else stands behind the last member: as
 * gzip(1) does it, the data are taken all the same.
 * @throws {PackedDataError} if a member is damaged or cut short.
 */
export async function* gunzip(pieces: Pieces, onGarbage: () => void): Pieces {
  // Deno 2.4 has no such number.
  if (typeof createInflateRaw().bytesWritten !== "number") {
    yield* gunzipWhole(pieces);
    return;
  }
  const input = new PieceReader(pieces);
  try {
    do {
      await skipHead(input);
      yield* inflate(input);
      await skipZeros(input);
      if (!await input.fill(1)) return;
    } while (await isMember(input));
    onGarbage();
  } finally {
    await input.close();
  }
}

async function isMember(input: PieceReader): Promise<boolean> {
  await input.fill(GZIP_MAGIC.length);
  return GZIP_MAGIC.every((byte, i) => input.bytes[input.at + i] === byte);
}

async function skipHead(input: PieceReader): Promise<void> {
  let crc = 0;
  const take = async (count: number) => {
    if (!await input.fill(count)) throw cutShort();
    const taken = input.bytes.subarray(input.at, input.at + count);
    crc = crc32(taken, crc);
    input.at += count;
    return taken;
  };
  const [, , method, flags] = await take(HEAD_LENGTH);
  if (method !== DEFLATE || (flags & RESERVED) !== 0) {
    throw damaged("unknown method or flags");
  }
  if (flags & FEXTRA) {
    const [low, high] = await take(2);
    await take(low | high << 8);
  }
  if (flags & FNAME) { while ((await take(1))[0] !== 0); }
  if (flags & FCOMMENT) { while ((await take(1))[0] !== 0); }
  if (flags & FHCRC) {
    const expected = crc & 0xffff;
    const [low, high] = await take(2);
    if ((low | high << 8) !== expected) {
      throw damaged("incorrect head checksum");
    }
  }
}

async function skipZeros(input: PieceReader): Promise<void> {
  while (await input.fill(1) && input.bytes[input.at] === 0) input.at++;
}

/** Gives the data of a member, and reads it to its end. */
async function* inflate(input: PieceReader): Pieces {
  const inflating = createInflateRaw({ chunkSize: CHUNK });
  const feeding = feed(input, inflating)
    .catch((error) => inflating.destroy(error));
  let crc = 0, length = 0;
  try {
    for await (const chunk of inflating) {
      crc = crc32(chunk, crc);
      length += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw explained(error);
  }
  await feeding;
  if (!await input.fill(TRAILER_LENGTH)) throw cutShort();
  const { buffer, byteOffset } = input.bytes;
  const trailer = new DataView(buffer, byteOffset + input.at, TRAILER_LENGTH);
  if (
    trailer.getUint32(0, true) !== crc >>> 0 ||
    trailer.getUint32(4, true) !== length % 2 ** 32
  ) throw damaged("incorrect checksum");
  input.at += TRAILER_LENGTH;
}

/** Gives zlib what is deflated, and leaves what is behind it. */
async function feed(input: PieceReader, inflating: InflateRaw): Promise<void> {
  let given = 0;
  while (await input.fill(1)) {
    const { bytes, at } = input;
    const slice = bytes.subarray(at, at + SLICE);
    await new Promise<void>((resolve, reject) => {
      inflating.write(slice, (error) => error ? reject(error) : resolve());
    });
    given += slice.length;
    const left = given - inflating.bytesWritten;
    input.at += slice.length - left;
    if (left > 0) break;
  }
  inflating.end();
}

/**
 * All members, where zlib does not tell where one ends: what stands behind the last
 * cannot be left then, and is an error.
 */
async function* gunzipWhole(pieces: Pieces): Pieces {
  const iterator = pieces[Symbol.asyncIterator]();
  // zlib may still be at work on a piece when the next one overwrites it.
  const copies = async function* () {
    for (let next; !(next = await iterator.next()).done;) {
      yield next.value.slice();
    }
  };
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const source = Readable.from(copies(), { objectMode: false });
  source.on("error", (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip);
  } catch (error) {
    throw explained(error);
  } finally {
    source.destroy();
    await iterator.return?.();
  }
}

/** An error of zlib's in the words of this project; others stay what they are. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "Z_BUF_ERROR") return cutShort();
  if (error.message === "incorrect header check") {
    return damaged("something else stands between or behind its members");
  }
  return `${error.code}`.startsWith("Z_") ? damaged(error.message) : error;
}

function cutShort(): PackedDataError {
  return damaged("unexpected end of file");
}

function damaged(reason: string): PackedDataError {
  return new PackedDataError(`damaged gzip data: ${reason}`);
}
