/**
 * Names in a message.
 *
 * @module
 */

/** More names than these are counted, not listed. */
const NAMES_LISTED = 20;

/**
 * A list of names: all of them, or the first and how many more there are.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { listed } from "./listed.ts";
 *
 * assertEquals(listed(["a", "b"]), "a, b");
 * ```
 */
export function listed(names: readonly string[]): string {
  const more = names.length - NAMES_LISTED;
  return more > 0
    ? `${names.slice(0, NAMES_LISTED).join(", ")} and ${more} more`
    : names.join(", ");
}
