/**
 * What is asked about a password, and what is found.
 *
 * @module
 */

/** A password to be checked; plain data. */
export interface Check {
  /** What the answer carries, too. */
  readonly id: number;
  /** Whose it should be. */
  readonly name: string;
  /** The password. */
  readonly password: string;
  /** Where the client is: its IP address, or `unix`. */
  readonly address: string;
}

/** What has come of a check. */
export enum Finding {
  /** The password is the user's. */
  Right,
  /** It is not, or there is no such user. */
  Wrong,
  /** It was not checked: too many from this address were wrong. */
  TooMany,
  /** It was not checked: too many others are waiting for their checks. */
  Crowded,
}

/** What has come of a check; plain data. */
export type Verdict =
  | {
    readonly finding: Finding.Right;
    /** The hash that it was right by, as the file has it. */
    readonly hash: string;
  }
  | { readonly finding: Finding.Wrong | Finding.Crowded }
  | {
    readonly finding: Finding.TooMany;
    /** In how many seconds another may be checked. */
    readonly seconds: number;
  };

/** What is said of {@linkcode Finding.TooMany}. */
export function tooManyWrong(seconds: number): string {
  return `too many wrong passwords from this address: try again in ${seconds} s`;
}

/** What is said of {@linkcode Finding.Crowded}. */
export const TOO_MANY_LOG_INS =
  "too many clients are logging in: try again in a few seconds";
