/**
 * The compact forms of small hashes, which are one string each in an RDB file:
 * fields and values in turn.
 *
 * ```text
 * listpack   bytes 4, entries 2, (encoding, data, length of both)…, 0xff
 * ziplist    bytes 4, last 4, entries 2, (length before, encoding, data)…, 0xff
 * zipmap     entries 1, (length, field, length, free 1, value, free bytes)…, 0xff
 * ```
 *
 * (`listpack.c`, `ziplist.c`, `zipmap.c`.)
 *
 * @module
 */

const END = 0xff;

/** Reads within one string; what is behind its end is an error. */
class Cursor {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
  }

  byte(): number {
    return this.#view.getUint8(this.at++);
  }

  /** A little-endian number of so many bytes, with its sign. */
  signed(size: 1 | 2 | 3 | 4 | 8): Uint8Array {
    const view = this.#view, at = this.at;
    this.at += size;
    const number = size === 1
      ? view.getInt8(at)
      : size === 2
      ? view.getInt16(at, true)
      : size === 3
      ? view.getUint16(at, true) | view.getInt8(at + 2) << 16
      : size === 4
      ? view.getInt32(at, true)
      : view.getBigInt64(at, true);
    return digits(number);
  }

  /** A length of 4 bytes, in either byte order. */
  length(little: boolean): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, little);
  }

  string(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    if (this.at > this.#bytes.length) throw new RangeError("behind the end");
    return this.#bytes.subarray(start, this.at);
  }
}

function digits(number: number | bigint): Uint8Array {
  return new TextEncoder().encode(String(number));
}

/** How a compact form is read: all its elements in order. */
export type ReadElements = (bytes: Uint8Array) => Iterable<Uint8Array>;

/**
 * The elements of a listpack.
 *
 * @throws {RangeError} if it is damaged.
 */
export function* listpack(bytes: Uint8Array): Iterable<Uint8Array> {
  const cursor = new Cursor(bytes, 6);
  for (let first; (first = cursor.byte()) !== END;) {
    const start = cursor.at - 1;
    yield listpackElement(cursor, first);
    // The length of the element stands behind it, in groups of 7 bits.
    const length = cursor.at - start;
    cursor.at += length <= 127
      ? 1
      : length < 16_383
      ? 2
      : length < 2_097_151
      ? 3
      : length < 268_435_455
      ? 4
      : 5;
  }
}

function listpackElement(cursor: Cursor, first: number): Uint8Array {
  if (first < 0x80) return digits(first);
  if (first < 0xc0) return cursor.string(first & 0x3f);
  if (first < 0xe0) {
    const number = (first & 0x1f) << 8 | cursor.byte();
    return digits(number >= 4096 ? number - 8192 : number);
  }
  if (first < 0xf0) {
    return cursor.string((first & 0x0f) << 8 | cursor.byte());
  }
  switch (first) {
    case 0xf0:
      return cursor.string(cursor.length(true));
    case 0xf1:
      return cursor.signed(2);
    case 0xf2:
      return cursor.signed(3);
    case 0xf3:
      return cursor.signed(4);
    case 0xf4:
      return cursor.signed(8);
  }
  throw new RangeError(`an element of the unknown encoding ${first}`);
}

/**
 * The elements of a ziplist.
 *
 * @throws {RangeError} if it is damaged.
 */
export function* ziplist(bytes: Uint8Array): Iterable<Uint8Array> {
  const cursor = new Cursor(bytes, 10);
  for (let before; (before = cursor.byte()) !== END;) {
    if (before === 0xfe) cursor.at += 4;
    yield ziplistElement(cursor, cursor.byte());
  }
}

function ziplistElement(cursor: Cursor, first: number): Uint8Array {
  switch (first >> 6) {
    case 0:
      return cursor.string(first & 0x3f);
    case 1:
      return cursor.string((first & 0x3f) << 8 | cursor.byte());
    case 2:
      return cursor.string(cursor.length(false));
  }
  switch (first) {
    case 0xc0:
      return cursor.signed(2);
    case 0xd0:
      return cursor.signed(4);
    case 0xe0:
      return cursor.signed(8);
    case 0xf0:
      return cursor.signed(3);
    case 0xfe:
      return cursor.signed(1);
  }
  if (first >= 0xf1 && first <= 0xfd) return digits((first & 0x0f) - 1);
  throw new RangeError(`an element of the unknown encoding ${first}`);
}

/**
 * The elements of a zipmap, which Redis 2.4 and older wrote.
 *
 * @throws {RangeError} if it is damaged.
 */
export function* zipmap(bytes: Uint8Array): Iterable<Uint8Array> {
  const cursor = new Cursor(bytes, 1);
  const length = (first: number) => first < 0xfe ? first : cursor.length(true);
  for (let first; (first = cursor.byte()) !== END;) {
    yield cursor.string(length(first));
    const valueLength = length(cursor.byte());
    const free = cursor.byte();
    yield cursor.string(valueLength);
    cursor.at += free;
  }
}
