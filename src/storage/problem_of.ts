/**
 * Damage as a value, for checks that go on behind it.
 *
 * @module
 */

import { DataFileError } from "./storage.ts";

/**
 * What `action` says is wrong, or throws as a {@linkcode DataFileError}; nothing
 * if all is right. What else it throws goes on up.
 */
export function problemOf(
  action: () => string | undefined | void,
): string | undefined {
  try {
    return action() ?? undefined;
  } catch (error) {
    if (error instanceof DataFileError) return error.problem;
    throw error;
  }
}
