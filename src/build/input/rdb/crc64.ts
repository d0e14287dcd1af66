/**
 * The CRC-64 at the end of an RDB file: the "Jones" polynomial
 * 0xad93d23594c935a9, reflected, from 0 (`crc64.c`).
 *
 * @module
 */

/** The polynomial, its bits in reverse order, in two halves. */
const POLYNOMIAL_HIGH = 0x95ac9329, POLYNOMIAL_LOW = 0xac4bc9b5;

const HIGH = new Int32Array(256), LOW = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0, low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = low >>> 1 | high << 31;
    high >>>= 1;
    if (odd !== 0) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

/** Sums up bytes as they come. */
export class Crc64 {
  #high = 0;
  #low = 0;

  /** Goes on with `bytes[start, end)`. */
  update(bytes: Uint8Array, start: number, end: number): void {
    let high = this.#high, low = this.#low;
    for (let at = start; at < end; at++) {
      const index = (low ^ bytes[at]) & 0xff;
      low = (low >>> 8 | high << 24) ^ LOW[index];
      high = (high >>> 8) ^ HIGH[index];
    }
    this.#high = high;
    this.#low = low;
  }

  /** The sum so far. */
  get value(): bigint {
    return BigInt(this.#high >>> 0) << 32n | BigInt(this.#low >>> 0);
  }
}
