/**
 * An answer that is given in turns.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Reply } from "../reply.ts";

/** What is left of an answer. */
export interface LongAnswer {
  /** The data set that it is read from, which is held until its end. */
  readonly data: DataSet;
  /**
   * Adds as much as a reply may have.
   *
   * @returns whether that was the last.
   * @throws {DataFileError} if the file is damaged where it was read.
   */
  give(reply: Reply): boolean;
}
