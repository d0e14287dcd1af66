/**
 * Passwords that were right not long ago, so that they need not be checked again
 * slowly. They are kept as digests with a key that is only in memory.
 *
 * @module
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** The length of a SHA-256 digest. */
const DIGEST_BYTES = 32;

/** Knows of each user the last password that was right. */
export class KnownPasswords {
  readonly #key = randomBytes(DIGEST_BYTES);
  readonly #digests = new Map<string, Uint8Array>();
  /** What is compared for users that are not known, so that it takes as long. */
  readonly #nobody = randomBytes(DIGEST_BYTES);

  /** Whether it is the one that was right last. */
  has(name: string, password: string): boolean {
    const known = this.#digests.get(name) ?? this.#nobody;
    return timingSafeEqual(known, this.#digestOf(password));
  }

  /** Takes note that it was right. */
  add(name: string, password: string): void {
    this.#digests.set(name, this.#digestOf(password));
  }

  /** Only this thread ever sees it: a key in front is as good as an HMAC's. */
  #digestOf(password: string): Uint8Array {
    return createHash("sha256").update(this.#key).update(password).digest();
  }
}
