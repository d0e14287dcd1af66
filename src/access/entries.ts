/**
 * Files that say who may ask: `NAME:HASH`, a line each; an empty line, and one
 * that begins with `#`, says nothing.
 *
 * @module
 */

/** A file that has been read. */
export interface FileText {
  /** Where it is, for messages. */
  readonly path: string;
  /** What is in it. */
  readonly text: string;
}

/** The longest name, in UTF-16 code units. */
export const NAME_LIMIT = 256;

/** A file that says who may ask is not as it should be. */
export class AccessFileError extends Error {
  /** Stable: `AccessFileError`. */
  override readonly name = "AccessFileError";

  /**
   * Puts the message together. It never has a hash in it.
   *
   * @param path the file.
   * @param line the number of the line, from 1.
   * @param problem what is wrong there, and what to do.
   */
  constructor(
    readonly path: string,
    readonly line: number,
    readonly problem: string,
  ) {
    super(`${path}:${line}: ${problem}`);
  }
}

/**
 * Reads the lines of such a file.
 *
 * @param path the file, for messages.
 * @param read makes something of a hash; `undefined` if it is none.
 * @param expected what a hash must be, and how it is made.
 * @throws {AccessFileError} at the first line that is wrong.
 */
export function readEntries<T>(
  text: string,
  path: string,
  read: (hash: string) => T | undefined,
  expected: string,
): Map<string, T> {
  const entries = new Map<string, T>();
  for (const [n, line] of text.split("\n").entries()) {
    const entry = line.trim();
    if (entry === "" || entry.startsWith("#")) continue;
    const fail = (problem: string) => {
      throw new AccessFileError(path, n + 1, problem);
    };
    const [, name, hash] = /^([^\s:]+):(\S*)$/.exec(entry) ??
      fail(`write NAME:HASH, without spaces; HASH is ${expected}`);
    if (name.length > NAME_LIMIT) {
      fail(`a name has ${NAME_LIMIT} characters at most`);
    }
    const made = read(hash) ??
      fail(`what is behind ${name}: is not ${expected}`);
    if (entries.has(name)) fail(`${name} is there twice`);
    entries.set(name, made);
  }
  return entries;
}
