/**
 * The checksum of zstd frames: the low 32 bits of XXH64
 * (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md), with the seed 0.
 *
 * Numbers of 64 bits are two of 32, the low one first: those of JavaScript are too
 * slow for every byte of a file.
 *
 * @module
 */

const STRIPE = 32;

const PRIME_1 = split(0x9e3779b185ebca87n),
  PRIME_2 = split(0xc2b2ae3d27d4eb4fn);
const PRIME_3 = split(0x165667b19e3779f9n),
  PRIME_4 = split(0x85ebca77c2b2ae63n);
const PRIME_5 = split(0x27d4eb2f165667c5n);

/** Two halves of 32 bits, low and high. */
type Halves = [low: number, high: number];

/** Sums up bytes as they come. */
export class Xxh64 {
  /** Four accumulators. */
  readonly #lanes: Int32Array;
  readonly #rest = new Uint8Array(STRIPE);
  #restLength = 0;
  #length = 0;

  /** Begins with no bytes. */
  constructor() {
    this.#lanes = Int32Array.from([
      ...add(PRIME_1, PRIME_2),
      ...PRIME_2,
      ...[0, 0],
      ...add([0, 0], negative(PRIME_1)),
    ]);
  }

  /** Adds bytes. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(STRIPE - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < STRIPE) return;
      this.#stripes(this.#rest, 0, STRIPE);
      this.#restLength = 0;
    }
    const whole = bytes.length - (bytes.length - at) % STRIPE;
    this.#stripes(bytes, at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#restLength = bytes.length - whole;
  }

  /** The low 32 bits of the sum. */
  low32(): number {
    const lanes = this.#lanes;
    let h: Halves = [...PRIME_5];
    if (this.#length >= STRIPE) {
      h = [0, 0];
      for (const [n, count] of [1, 7, 12, 18].entries()) {
        h = add(h, rotate([lanes[2 * n], lanes[2 * n + 1]], count));
      }
      for (let n = 0; n < 4; n++) {
        const lane: Halves = [lanes[2 * n], lanes[2 * n + 1]];
        h = add(multiply(xor(h, round([0, 0], lane)), PRIME_1), PRIME_4);
      }
    }
    h = add(h, [this.#length | 0, Math.floor(this.#length / 2 ** 32)]);
    const view = new DataView(this.#rest.buffer);
    let at = 0;
    for (; at + 8 <= this.#restLength; at += 8) {
      const input: Halves = [
        view.getInt32(at, true),
        view.getInt32(at + 4, true),
      ];
      h = add(
        multiply(rotate(xor(h, round([0, 0], input)), 27), PRIME_1),
        PRIME_4,
      );
    }
    if (at + 4 <= this.#restLength) {
      const input = multiply([view.getInt32(at, true), 0], PRIME_1);
      h = add(multiply(rotate(xor(h, input), 23), PRIME_2), PRIME_3);
      at += 4;
    }
    for (; at < this.#restLength; at++) {
      const input = multiply([this.#rest[at], 0], PRIME_5);
      h = multiply(rotate(xor(h, input), 11), PRIME_1);
    }
    h = multiply(xor(h, shiftRight(h, 33)), PRIME_2);
    h = multiply(xor(h, shiftRight(h, 29)), PRIME_3);
    return xor(h, shiftRight(h, 32))[0] >>> 0;
  }

  /** Each lane takes 8 bytes of each stripe: see {@linkcode round}. */
  #stripes(bytes: Uint8Array, start: number, end: number): void {
    const lanes = this.#lanes;
    const [p1Low, p1High] = PRIME_1, [p2Low, p2High] = PRIME_2;
    for (let n = 0; n < 4; n++) {
      let low = lanes[2 * n], high = lanes[2 * n + 1];
      for (let at = start + 8 * n; at < end; at += STRIPE) {
        const inLow = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
          bytes[at + 3] << 24;
        const inHigh = bytes[at + 4] | bytes[at + 5] << 8 |
          bytes[at + 6] << 16 | bytes[at + 7] << 24;
        const addedLow = Math.imul(inLow, p2Low);
        const addedHigh = multiplyHigh(inLow, p2Low) +
            Math.imul(inLow, p2High) + Math.imul(inHigh, p2Low) | 0;
        const sumLow = low + addedLow | 0;
        const carry = sumLow >>> 0 < addedLow >>> 0 ? 1 : 0;
        const sumHigh = high + addedHigh + carry | 0;
        const turnedLow = sumLow << 31 | sumHigh >>> 1;
        const turnedHigh = sumHigh << 31 | sumLow >>> 1;
        low = Math.imul(turnedLow, p1Low);
        high = multiplyHigh(turnedLow, p1Low) +
            Math.imul(turnedLow, p1High) + Math.imul(turnedHigh, p1Low) | 0;
      }
      lanes[2 * n] = low;
      lanes[2 * n + 1] = high;
    }
  }
}

/** An accumulator with 8 more bytes. */
function round(lane: Halves, input: Halves): Halves {
  return multiply(rotate(add(lane, multiply(input, PRIME_2)), 31), PRIME_1);
}

function split(number: bigint): Halves {
  return [
    Number(BigInt.asIntN(32, number)),
    Number(BigInt.asIntN(32, number >> 32n)),
  ];
}

function negative([low, high]: Halves): Halves {
  return add([~low, ~high], [1, 0]);
}

function add(a: Halves, b: Halves): Halves {
  const low = (a[0] >>> 0) + (b[0] >>> 0);
  return [low | 0, a[1] + b[1] + (low >= 2 ** 32 ? 1 : 0) | 0];
}

function xor(a: Halves, b: Halves): Halves {
  return [a[0] ^ b[0], a[1] ^ b[1]];
}

/** To the left, by 1 to 31 bits. */
function rotate([low, high]: Halves, count: number): Halves {
  return [
    low << count | high >>> 32 - count,
    high << count | low >>> 32 - count,
  ];
}

function shiftRight([low, high]: Halves, count: number): Halves {
  if (count >= 32) return [high >>> count - 32, 0];
  return [low >>> count | high << 32 - count, high >>> count];
}

function multiply(a: Halves, b: Halves): Halves {
  const high = multiplyHigh(a[0], b[0]) + Math.imul(a[0], b[1]) +
    Math.imul(a[1], b[0]);
  return [Math.imul(a[0], b[0]), high | 0];
}

/** The high 32 bits of the product of two numbers without a sign. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  const low = Math.imul(aLow, bLow);
  const middle = Math.imul(aHigh, bLow) + (low >>> 16);
  const other = Math.imul(aLow, bHigh) + (middle & 0xffff);
  return Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16) | 0;
}
