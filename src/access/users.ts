/**
 * Users and their passwords, from a file of a line each.
 *
 * ```sh
 * printf 'web:%s\n' "$(openssl passwd -6)" >> users
 * ```
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Users } from "../protocol/protocol.ts";
import { readEntries } from "./entries.ts";
import { digestOf, parseHash, type PasswordHash } from "./sha512_crypt.ts";

/** A longer password, in bytes, is wrong: to hash it would take too long. */
const LONGEST = 256;

/** What is checked for users that are not there, so that it takes as long. */
const NOBODY: PasswordHash = {
  salt: Buffer.from("goromdb"),
  rounds: 5000,
  digest: new Uint8Array(86),
};

/**
 * The slow check takes about 10 ms of a serving thread. So many may be made at
 * once, or two for each user if that is more, and so many a second from then on;
 * what is more is refused unchecked.
 */
const CHECKS_AT_ONCE = 100, CHECKS_A_SECOND = 10;

/**
 * The users of a file. A password that was right is known again without the slow
 * check, by its sum with a secret that is only in memory.
 *
 * @example
 * ```ts
 * import { UserList } from "@goromdb/cli/mod";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const hash = // openssl passwd -6 -salt goromdb secret
 *   "$6$goromdb$JTvt27urRiusaHzKbIiKzn3BrvvgIul2WJMFd5Vum2GH" +
 *   "Bp8R5pBB1oEir5WAleURywXdAJcZp5pPmR1E4xQJM.";
 * const users = new UserList(`web:${hash}`, "users");
 * assert(users.allows("web", "secret"));
 * assertFalse(users.allows("web", "guess"));
 * ```
 */
export class UserList implements Users {
  readonly #users: ReadonlyMap<string, PasswordHash>;
  readonly #secret = randomBytes(32);
  readonly #known = new Map<string, Uint8Array>();
  readonly #now: () => number;
  readonly #burst: number;
  #checksLeft: number;
  #checkedAt: number;

  /**
   * Reads the text of a file.
   *
   * @param path the file, for messages.
   * @param now a clock, in milliseconds.
   * @throws {AccessFileError} if a line is wrong.
   */
  constructor(
    text: string,
    path: string,
    now: () => number = () => performance.now(),
  ) {
    this.#users = readEntries(
      text,
      path,
      parseHash,
      "a SHA-512 hash as openssl passwd -6 makes it",
    );
    this.#now = now;
    this.#burst = Math.max(CHECKS_AT_ONCE, 2 * this.#users.size);
    this.#checksLeft = this.#burst;
    this.#checkedAt = now();
  }

  /** Whether the password is that user's; see {@linkcode Users.allows}. */
  allows(name: string, password: string): boolean {
    const bytes = Buffer.from(password);
    if (bytes.length > LONGEST) return false;
    const sum = createHash("sha256").update(this.#secret).update(bytes)
      .digest();
    const known = this.#known.get(name);
    if (known !== undefined && timingSafeEqual(known, sum)) return true;

    if (!this.#mayCheck()) return false;
    const user = this.#users.get(name);
    const { digest } = user ?? NOBODY;
    const right = timingSafeEqual(digestOf(bytes, user ?? NOBODY), digest);
    if (user === undefined || !right) return false;
    this.#known.set(name, sum);
    return true;
  }

  #mayCheck(): boolean {
    const now = this.#now();
    const earned = (now - this.#checkedAt) / 1000 * CHECKS_A_SECOND;
    this.#checksLeft = Math.min(this.#burst, this.#checksLeft + earned);
    this.#checkedAt = now;
    if (this.#checksLeft < 1) return false;
    this.#checksLeft--;
    return true;
  }
}
