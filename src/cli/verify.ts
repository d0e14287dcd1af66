/**
 * `goromdb verify`: checks a whole file, and its sum.
 *
 * @module
 */

import { lmdbFile } from "../storage/lmdb/lmdb.ts";
import { DataFileError } from "../storage/storage.ts";
import { readSum, sumOf } from "../watcher/sum.ts";
import { FailureError, UsageError } from "./errors.ts";
import { readFlags } from "./flags.ts";
import {
  type DataFile,
  openDataFile,
  STORAGE_FLAGS,
  type StorageValues,
} from "./storage_flags.ts";

/** The flags of `verify`. */
export const VERIFY_FLAGS = STORAGE_FLAGS;

/**
 * Reads every page of a file, and compares its MD5 sum with that in `FILE.md5`,
 * if there is one. Each fault is a line on standard output.
 *
 * @returns 0 if there is none, or 1.
 */
export async function verify(argv: readonly string[]): Promise<number> {
  const { values, operands: [operand, ...rest] } = readFlags(
    VERIFY_FLAGS,
    argv,
  );
  if (operand === undefined || rest.length > 0) {
    throw new UsageError("write goromdb verify FILE");
  }
  const path = await lmdbFile(operand).catch(() => operand);
  let faults = 0;
  const tell = (place: string, problem: string) => {
    console.log(`${path}: ${place}: ${problem}`);
    faults++;
  };
  const file = await openOrTell(path, values, tell);
  const sum = await sumOf(path, "md5");
  const wanted = await readSum(`${path}.md5`, "md5");
  if (wanted === null) tell(`${path}.md5`, "does not begin with an MD5 sum");
  else if (wanted !== undefined && wanted !== sum) {
    tell("sum", `is ${sum}, and ${path}.md5 says ${wanted}`);
  }
  if (file === undefined) return 1;
  for (const { place, problem } of file.snapshot.check()) tell(place, problem);
  if (faults > 0) return 1;
  const keys = file.keys ?? file.snapshot.count();
  const compared = wanted === undefined
    ? `sum ${sum} (there is no ${path}.md5)`
    : `sum ${sum} as in ${path}.md5`;
  console.log(`${path}: sound: ${file.format}, ${keys} keys, ${compared}`);
  return 0;
}

async function openOrTell(
  path: string,
  values: StorageValues,
  tell: (place: string, problem: string) => void,
): Promise<DataFile | undefined> {
  try {
    return await openDataFile(path, values);
  } catch (error) {
    const cause = error instanceof FailureError ? error.cause : undefined;
    if (!(cause instanceof DataFileError)) throw error;
    tell("open", cause.problem);
    return undefined;
  }
}
