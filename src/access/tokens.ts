/**
 * Bearer tokens, from a file with the SHA-256 sum of each. A token is long and
 * random, so a sum that is made fast keeps it as well as a slow one would.
 *
 * ```sh
 * token=$(openssl rand -hex 32)
 * printf 'web:%s\n' "$(printf %s "$token" | sha256sum | cut -c 1-64)" >> tokens
 * ```
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { readEntries } from "./entries.ts";

/**
 * The tokens of a file.
 *
 * @example
 * ```ts
 * import { TokenList } from "@goromdb/cli/mod";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const sum = // printf secret | sha256sum
 *   "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
 * const tokens = new TokenList(`web:${sum}`, "tokens");
 * assert(tokens.allows("secret"));
 * assertFalse(tokens.allows(sum));
 * ```
 */
export class TokenList {
  readonly #sums: readonly Uint8Array[];

  /**
   * Reads the text of a file.
   *
   * @param path the file, for messages.
   * @throws {AccessFileError} if a line is wrong.
   */
  constructor(text: string, path: string) {
    const sums = readEntries(
      text,
      path,
      parseSum,
      "the SHA-256 sum of a token, 64 hexadecimal digits",
    );
    this.#sums = [...sums.values()];
  }

  /** How many there are. */
  get size(): number {
    return this.#sums.length;
  }

  /** Whether it is one of them; each is compared, also when one was equal. */
  allows(token: string): boolean {
    const sum = createHash("sha256").update(token).digest();
    let equal = false;
    for (const known of this.#sums) {
      if (timingSafeEqual(known, sum)) equal = true;
    }
    return equal;
  }
}

function parseSum(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : undefined;
}
