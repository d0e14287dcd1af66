/**
 * Merges sorted runs into one.
 *
 * @module
 */

import { compareRecords, type SortedRecord } from "./record.ts";
import { RunReader } from "./run.ts";

/**
 * The records of all runs, in order; of records with equal keys, those of the
 * first run come first.
 *
 * @param paths the runs.
 */
export function* merge(paths: readonly string[]): Generator<SortedRecord> {
  using stack = new DisposableStack();
  // A heap: the run with the least record is at 0, and each before the two at
  // twice its place.
  const heap: Run[] = [];
  for (const [rank, path] of paths.entries()) {
    const reader = stack.use(new RunReader(path));
    if (reader.next()) heap.push({ rank, reader });
  }
  for (let at = heap.length >> 1; at-- > 0;) siftDown(heap, at);
  while (heap.length > 0) {
    const [{ reader }] = heap;
    yield reader.record;
    if (!reader.next()) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    siftDown(heap, 0);
  }
}

interface Run {
  readonly rank: number;
  readonly reader: RunReader;
}

function siftDown(heap: Run[], at: number): void {
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && precedes(heap[child + 1], heap[child])) {
      child++;
    }
    if (!precedes(heap[child], heap[at])) return;
    const run = heap[at];
    heap[at] = heap[child];
    heap[child] = run;
    at = child;
  }
}

function precedes(a: Run, b: Run): boolean {
  const order = compareRecords(a.reader.record, b.reader.record);
  return order < 0 || order === 0 && a.rank < b.rank;
}
