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
import { timingSafeEqual } from "node:crypto";
import { readEntries } from "./entries.ts";
import {
  digestOf,
  parseHash,
  type PasswordHash,
  STANDARD_ROUNDS,
} from "./sha512_crypt.ts";

/** A longer password, in bytes, is wrong: to hash it would take too long. */
export const PASSWORD_LIMIT = 256;

/** A salt as long as those that `openssl passwd` makes. */
const NO_SALT = Buffer.from("................");

/** A user's hash, as it is in the file and taken apart. */
interface User {
  readonly text: string;
  readonly hash: PasswordHash;
}

/**
 * The users of a file.
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
export class UserList {
  /** How many rounds it takes to find that a password is wrong. */
  readonly rounds: number;
  readonly #users: ReadonlyMap<string, User>;

  /**
   * Reads the text of a file.
   *
   * @param path the file, for messages.
   * @throws {AccessFileError} if a line is wrong.
   */
  constructor(text: string, path: string) {
    this.#users = readEntries(
      text,
      path,
      (text) => {
        const hash = parseHash(text);
        return hash && { text, hash };
      },
      "a SHA-512 hash as openssl passwd -6 makes it",
    );
    let rounds = STANDARD_ROUNDS;
    for (const { hash } of this.#users.values()) {
      rounds = Math.max(rounds, hash.rounds);
    }
    this.rounds = rounds;
  }

  /** How many there are. */
  get size(): number {
    return this.#users.size;
  }

  /** The hash of a user's password, as the file has it; `undefined` if there is no such user. */
  hashOf(name: string): string | undefined {
    return this.#users.get(name)?.text;
  }

  /**
   * Checks a password, with pauses; each yields how many rounds of work have been
   * done since the last. All that are wrong take the same, whether there is such
   * a user or not, and whatever the rounds of his hash: those of the slowest.
   *
   * @returns the hash if the password is that user's, as the file has it.
   */
  *check(
    name: string,
    password: string,
  ): Generator<number, string | undefined> {
    const bytes = Buffer.from(password);
    if (bytes.length > PASSWORD_LIMIT) return undefined;
    const user = this.#users.get(name);
    let left = this.rounds;
    if (user !== undefined) {
      const digest = yield* digestOf(bytes, user.hash);
      if (timingSafeEqual(digest, user.hash.digest)) return user.text;
      left -= user.hash.rounds;
    }
    if (left > 0) yield* digestOf(bytes, { salt: NO_SALT, rounds: left });
    return undefined;
  }

  /** Checks a password without pauses, which takes ten milliseconds or more. */
  allows(name: string, password: string): boolean {
    const check = this.check(name, password);
    for (;;) {
      const { done, value } = check.next();
      if (done) return value !== undefined;
    }
  }
}
