/**
 * Where things are in a base directory.
 *
 * ```text
 * DIR
 * ├── goromdb.lock              held by the process that serves; see lock.ts
 * ├── data00
 * │   ├── data.db               the data file
 * │   └── slot.json             its note: which load, its sum, where it came from
 * ├── data01                    the slot for the next one; while that is loaded
 * │   ├── data.db, slot.json    the file that was served before, if it was kept
 * │   ├── data.db.part          a copy that grows
 * │   ├── data.db.new           the new file
 * │   ├── slot.json.unopened    its note, until it opens
 * │   ├── slot.json.new         its note, when it opens
 * │   ├── slot.json.part        a note that is being written
 * │   └── data.db.whole         a copy of what is served, should that be changed
 * └── rejected
 *     ├── 000001-data.db             a file that did not open
 *     └── 000001-data.db.reason.txt  and why
 * ```
 *
 * @module
 */

import { join } from "node:path";

/** The directories of the slots. */
export const SLOTS = ["data00", "data01"] as const;

/** The directory for what is put aside. */
export const REJECTED = "rejected";

/** The name of a data file in a slot. */
export const DATA = "data.db";

/** What there may be in a slot. */
export interface SlotPaths {
  /** The slot itself. */
  readonly directory: string;
  /** The data file. */
  readonly data: string;
  /** Its note. */
  readonly note: string;
  /** A new data file, from when it is there until it is served. */
  readonly next: string;
  /** The note of a new data file that opens. */
  readonly nextNote: string;
  /** The note of a new data file that has not been opened yet. */
  readonly unopenedNote: string;
  /** A copy that grows. */
  readonly part: string;
  /** A copy of what is served, before it takes its place. */
  readonly whole: string;
}

/** What there may be in a slot of a base directory. */
export function slotPaths(directory: string, slot: number): SlotPaths {
  const path = (name: string) => join(directory, SLOTS[slot], name);
  return {
    directory: join(directory, SLOTS[slot]),
    data: path(DATA),
    note: path("slot.json"),
    next: path(`${DATA}.new`),
    nextNote: path("slot.json.new"),
    unopenedNote: path("slot.json.unopened"),
    part: path(`${DATA}.part`),
    whole: path(`${DATA}.whole`),
  };
}
