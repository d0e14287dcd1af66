/**
 * Passwords that were right not long ago, so that they need not be checked again
 * slowly. They are kept as digests with a key that is only in memory.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Knows of each user the last password that was right. */
export class KnownPasswords {
  readonly #key = randomBytes(32);
  readonly #digests = new Map<string, Uint8Array>();

  /** Whether it is the one that was right last. */
  has(name: string, password: string): boolean {
    const known = this.#digests.get(name);
    return known !== undefined &&
      timingSafeEqual(known, this.#digestOf(password));
  }

  /** Takes note that it was right. */
  add(name: string, password: string): void {
    this.#digests.set(name, this.#digestOf(password));
  }

  #digestOf(password: string): Uint8Array {
    return createHmac("sha256", this.#key).update(password).digest();
  }
}
