/**
 * SHA-512 crypt, which hashes passwords slowly, on purpose: the hashes of
 * `openssl passwd -6`, `mkpasswd -m sha-512`, `htpasswd -5` and `/etc/shadow`.
 *
 * ```text
 * $6$SALT$DIGEST    $6$rounds=10000$SALT$DIGEST
 * ```
 *
 * The algorithm is Ulrich Drepper's: "Unix crypt using SHA-256 and SHA-512".
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** Rounds where a hash does not tell them. */
export const STANDARD_ROUNDS = 5000;
const FEWEST_ROUNDS = 1000;
/** More would take seconds. */
const MOST_ROUNDS = 500_000;

/** Rounds between two pauses: two or three milliseconds of work. */
const SLICE_ROUNDS = 1000;

const SIZE = 64;
const DIGITS =
  "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A hash, taken apart. */
export interface PasswordHash {
  /** What makes equal passwords have different digests. */
  readonly salt: Uint8Array;
  /** How much work it is. */
  readonly rounds: number;
  /** The digest as ASCII digits. */
  readonly digest: Uint8Array;
}

const FORM =
  /^\$6\$(?:rounds=(\d{1,9})\$)?([^$:\s]{0,16})\$([./0-9A-Za-z]{86})$/;

/** Takes a hash apart; `undefined` if it is none, or of too many rounds. */
export function parseHash(text: string): PasswordHash | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, wanted = STANDARD_ROUNDS, salt, digest] = match;
  const rounds = Math.max(FEWEST_ROUNDS, Number(wanted));
  if (rounds > MOST_ROUNDS) return undefined;
  return { salt: Buffer.from(salt), rounds, digest: Buffer.from(digest) };
}

/**
 * Makes the digest of a password, as ASCII digits, with pauses in which others
 * can have the thread; each yields how many rounds have been done since the last.
 */
export function* digestOf(
  password: Uint8Array,
  { salt, rounds }: Pick<PasswordHash, "salt" | "rounds">,
): Generator<number, Uint8Array> {
  const { length } = password;
  const other = sha512(password, salt, password);
  const first = [password, salt, repeated(other, length)];
  for (let rest = length; rest > 0; rest >>= 1) {
    first.push(rest & 1 ? other : password);
  }
  let state = sha512(...first);
  const p = repeated(sha512(...Array(length).fill(password)), length);
  const s = repeated(
    sha512(...Array(16 + state[0]).fill(salt)),
    salt.length,
  );
  for (let round = 0; round < rounds; round++) {
    const parts = [round & 1 ? p : state];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(round & 1 ? state : p);
    state = sha512(Buffer.concat(parts));
    if ((round + 1) % SLICE_ROUNDS === 0) yield SLICE_ROUNDS;
  }
  const rest = rounds % SLICE_ROUNDS;
  if (rest > 0) yield rest;
  return Buffer.from(digits(state));
}

function sha512(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** `length` bytes of the bytes, over and over. */
function repeated(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length]);
}

/** The bytes in threes, in the algorithm's own order, as digits of 6 bits. */
function digits(state: Uint8Array): string {
  let text = "";
  let [a, b, c] = [0, 21, 42];
  for (let n = 0; n < 21; n++) {
    text += group(state[a] << 16 | state[b] << 8 | state[c], 4);
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
  return text + group(state[SIZE - 1], 2);
}

function group(bits: number, count: number): string {
  let text = "";
  for (; count > 0; count--, bits >>= 6) text += DIGITS[bits & 63];
  return text;
}
