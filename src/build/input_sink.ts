/**
 * Where the readers of inputs put records.
 *
 * @module
 */

import type { RecordSink } from "../storage/json/reader.ts";

/** Takes records, and word of those that are none. */
export interface InputSink extends RecordSink {
  /**
   * Counts records of an input that cannot be taken.
   *
   * @param why what they have in common, behind "left out: 12 …".
   */
  leaveOut(why: string, count: number): void;
}
