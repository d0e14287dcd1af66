/**
 * `goromdb verify`: checks a whole file, and its sum.
 *
 * @module
 */

import { dataFileAt } from "../storage/recognize/data_file.ts";
import { DataFileError, type Fault } from "../storage/storage.ts";
import { sumOf } from "../watcher/sum.ts";
import { readSum } from "../watcher/sum_file.ts";
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
 * Reads every page of a file, and compares its sums with those in `FILE.md5` and
 * `FILE.sha256`, if they are there. Each fault is a line on standard output; so
 * is, as a note, what no look-up can meet.
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
  const path = await dataFileAt(operand).catch((error) => {
    if (error instanceof DataFileError) throw error;
    return operand; // opening it tells what is wrong
  });
  let faults = 0;
  const tell = (place: string, problem: string) => {
    console.log(`${path}: ${place}: ${problem}`);
    faults++;
  };
  const file = await openOrTell(path, values, tell);
  const sums: string[] = [];
  for (const algorithm of ["md5", "sha256"] as const) {
    const sumPath = `${path}.${algorithm}`;
    const said = await readSum(sumPath, algorithm, path);
    if (said?.problem !== undefined) tell(sumPath, said.problem);
    if (said === undefined && algorithm === "sha256") continue;
    const sum = await sumOf(path, algorithm);
    if (said === undefined) sums.push(`sum ${sum} (there is no ${sumPath})`);
    else if (said.sum === sum) sums.push(`sum ${sum} as in ${sumPath}`);
    else if (said.sum !== undefined) {
      tell("sum", `is ${sum}, and ${sumPath} says ${said.sum}`);
    }
  }
  if (file === undefined) return 1;
  const note = ({ place, problem }: Fault) =>
    console.log(`${path}: note: ${place}: ${problem}`);
  for (const { place, problem } of file.snapshot.check(note)) {
    tell(place, problem);
  }
  if (faults > 0) return 1;
  const keys = file.keys ?? file.snapshot.count();
  const compared = sums.join(", ");
  console.log(`${path}: sound: ${file.format}, ${keys} keys, ${compared}`);
  return 0;
}

async function openOrTell(
  path: string,
  values: StorageValues,
  tell: (place: string, problem: string) => void,
): Promise<DataFile | undefined> {
  try {
    return await openDataFile(path, values, true);
  } catch (error) {
    const cause = error instanceof FailureError ? error.cause : undefined;
    if (!(cause instanceof DataFileError)) throw error;
    tell("open", cause.problem);
    return undefined;
  }
}
