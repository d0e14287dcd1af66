/**
 * How the program ends when it cannot do what was asked: one line on standard
 * error, and an exit code.
 *
 * @module
 */

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  /** Stable: `UsageError`. */
  override readonly name = "UsageError";
}

/** The command line is right, but it cannot be done: exit code 1. */
export class FailureError extends Error {
  /** Stable: `FailureError`. */
  override readonly name = "FailureError";
}
