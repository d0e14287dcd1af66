/**
 * Numbers in an LMDB file: at any offset, the least significant byte first.
 *
 * @module
 */

/** A number of 16 bits. */
export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8;
}

/** A number of 32 bits. */
export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24) >>> 0;
}

/** A number of 64 bits; beyond 2^53, not exactly. */
export function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32;
}

/** The same with a sign. */
export function i64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + (u32(bytes, at + 4) | 0) * 2 ** 32;
}
