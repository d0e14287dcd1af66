/**
 * Checks a whole file.
 *
 * Each page must be reached once, or be free; keys must be in order, and where
 * the branches above them say; each database must have what its record says.
 *
 * @module
 */

import { Disorders } from "../disorder.ts";
import type { Fault, Note } from "../storage.ts";
import { faultOf, TreeChecker } from "./check_tree.ts";
import type { Environment } from "./environment.ts";
import { freeDatabase, freePages } from "./free_list.ts";
import { Uses } from "./uses.ts";

/** No machine has more address space for a program. */
const MAX_MAPSIZE = 2 ** 47;

/**
 * Checks the trees of all databases, and if they are sound, the free pages.
 *
 * @returns what is wrong. What hangs on a damaged page is left out.
 */
export function* checkFile(
  environment: Environment,
  note: Note = () => {},
): Iterable<Fault> {
  const disorders = new Disorders();
  let sound = true;
  for (const fault of checkPages(environment, disorders, note)) {
    sound = false;
    yield fault;
  }
  yield* disorders.faults(sound);
}

/** All but the order of keys. */
function* checkPages(
  environment: Environment,
  disorders: Disorders,
  note: Note,
): Iterable<Fault> {
  yield* environment.metaFaults;
  yield* checkMapSize(environment);
  const uses = new Uses(environment.pages);
  const checker = new TreeChecker(environment.pages, uses, disorders, note);
  const free = freeDatabase(environment);
  let sound = true;
  for (
    const faults of [
      checker.database(free, "the database of free pages"),
      checker.database(environment.main, "the main database"),
    ]
  ) {
    for (const fault of faults) {
      sound = false;
      yield fault;
    }
  }
  if (sound) yield* checkFreePages(environment, uses);
}

/** The pages must be in the map, and the map in the memory of a machine. */
function* checkMapSize({ pages, meta }: Environment): Iterable<Fault> {
  const { mapSize, lastPage, pageSize, pgno } = meta;
  const needed = (lastPage + 1) * pageSize;
  if (mapSize >= needed && mapSize <= MAX_MAPSIZE) return;
  yield pages.damaged(
    pgno,
    `says a map of ${mapSize} bytes for pages of ${needed}`,
  ).fault;
}

function* checkFreePages(
  environment: Environment,
  uses: Uses,
): Iterable<Fault> {
  const { pages, meta } = environment;
  try {
    for (const { pgno, length, from } of freePages(freeDatabase(environment))) {
      if (pgno < 1 || pgno + length - 1 > meta.lastPage) {
        throw pages.damaged(
          from,
          `lists ${length} free pages from ${pgno} on, and the last page is ${meta.lastPage}`,
        );
      }
      uses.free(pgno, length);
    }
  } catch (error) {
    yield faultOf(error);
    return;
  }
  // npm:lmdb forgets some of its free pages, and no reader is harmed.
  if (pages.format === 2) return;
  for (const pgno of uses.unknown()) {
    yield pages.damaged(pgno, "is neither used nor free").fault;
  }
}
