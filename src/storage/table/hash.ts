/**
 * The hash of a byte table: a sum of the key's bytes, each times a secret number
 * of its place, modulo 2^32.
 *
 * ```text
 * h = secret of the length + Σ secret[i] · key[i]
 * ```
 *
 * The secret is random, each table's own, and never leaves the process. So who
 * sends keys, or supplies the file, can only guess. Two keys of up to 255 bytes,
 * whichever he takes, have an equal hash with one secret in 2^25 at most: where
 * they differ, they differ by an odd number times 2^7 or less, and that times a
 * random number is each multiple of 2^7 or less equally often; and where they
 * differ in length alone, two random numbers must be equal. Among n keys, one
 * meets n / 2^25 others on average, made up or not. (Such a family is called
 * universal: J. L. Carter and M. N. Wegman, Universal classes of hash functions,
 * 1979; this one is D. Lemire's and O. Kaser's Multilinear, in Strongly universal
 * string hashing is fast, 2014.) A hash that mixes a seed in at the begin only,
 * as FNV, Murmur and their like do, is not enough: there are keys that collide
 * with any seed.
 *
 * Longer keys are hashed in blocks, with a mixing between them that is not
 * linear, so that a difference made in one block, which nobody can foresee, is
 * not undone in another.
 *
 * @module
 */

/** A block has so many bytes, each with a number of its own. */
const BLOCK = 255;

/** Where the secrets of lengths begin (modulo 256), and those of namespaces. */
const LENGTHS = 256, NAMESPACES = 512;

/** Draws the secret of a new table. */
export function drawSecret(): Int32Array<SharedArrayBuffer> {
  const drawn = crypto.getRandomValues(new Int32Array(NAMESPACES + 4));
  const secret = new Int32Array(new SharedArrayBuffer(drawn.byteLength));
  secret.set(drawn);
  return secret;
}

/**
 * The hash of `bytes[start, end)`, as a signed 32-bit number.
 *
 * @param secret the table's.
 * @param namespace tells apart equal keys of different namespaces.
 */
export function hash(
  secret: Int32Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  namespace: number,
): number {
  let h = secret[LENGTHS + (end - start & 0xff)];
  if (namespace !== 0) h = addNamespace(secret, namespace, h);
  if (end - start > BLOCK) {
    const last = end - 1 - (end - start - 1) % BLOCK;
    h = addBlocks(secret, bytes, start, last, h);
    start = last;
  }
  for (let i = 0; start < end; i++, start++) {
    h = (h + Math.imul(secret[i], bytes[start])) | 0;
  }
  return mix(h);
}

/** Adds whole blocks, `bytes[start, end)`. */
function addBlocks(
  secret: Int32Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  h: number,
): number {
  while (start < end) {
    for (let i = 0; i < BLOCK; i++, start++) {
      h = (h + Math.imul(secret[i], bytes[start])) | 0;
    }
    h = mix(h);
  }
  return h;
}

/** Adds a namespace's number, byte by byte. */
function addNamespace(
  secret: Int32Array,
  namespace: number,
  h: number,
): number {
  for (let i = 0; i < 4; i++) {
    const byte = namespace >>> 8 * i & 0xff;
    h = (h + Math.imul(secret[NAMESPACES + i], byte)) | 0;
  }
  return h;
}

/**
 * Spreads what low bits tell over the high ones, which choose the slot: keys that
 * are counted up would else lie at equal distances. No two numbers become one.
 */
function mix(h: number): number {
  return Math.imul(h ^ h >>> 15, 0x85ebca6b);
}
