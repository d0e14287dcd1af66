/**
 * What a handler is: it answers who has a key, and it changes its mind in one
 * step.
 *
 * @module
 */

import type { DataSet, SharedDataSet } from "./data_set.ts";

/** Knows the data set that a serving thread reads now. */
export interface Handler {
  /**
   * The data set to answer from; `undefined` until the first is loaded. A
   * request takes it once: then it never sees two data sets.
   */
  readonly current: DataSet | undefined;
}

/**
 * A serving thread, as the one who swaps sees it. The swap is in two steps, so
 * that either all threads serve the new data or none does.
 */
export interface SwapTarget {
  /**
   * Opens the new data set beside the current one.
   *
   * @throws if it cannot; then nothing has changed.
   */
  prepare(next: SharedDataSet): Promise<void>;
  /** Serves what was prepared. Cannot fail. */
  commit(): Promise<void>;
  /** Settles when the thread does not read what the last commit replaced. */
  released(): Promise<void>;
  /** Forgets what was prepared. */
  abort(): void;
}

/**
 * Swaps a data set in on all targets, or on none.
 *
 * @param abandoned called after a failure, when no target reads `next` any more;
 * one that was too slow may still do so when this throws.
 * @param prepared called when all targets have opened it; if that fails, none
 * serves it.
 * @throws what the first target threw that could not prepare; or a
 * {@linkcode SwapTimeoutError}.
 */
export async function swap(
  targets: readonly SwapTarget[],
  next: SharedDataSet,
  limit = 30_000,
  abandoned: () => void = () => {},
  prepared: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const preparing = targets.map(async (target) => await target.prepare(next));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SwapTimeoutError(limit)), limit);
  });
  try {
    await Promise.race([late, Promise.all(preparing)]);
    await prepared();
  } catch (error) {
    for (const target of targets) target.abort();
    Promise.allSettled(preparing).then(abandoned);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  await Promise.all(targets.map((target) => target.commit()));
}

/** A serving thread did not open the new data set in time. */
export class SwapTimeoutError extends Error {
  /** Stable: `SwapTimeoutError`. */
  override readonly name = "SwapTimeoutError";

  /**
   * Says how long was too long.
   *
   * @param limit the time that was allowed, in milliseconds.
   */
  constructor(readonly limit: number) {
    super(`a serving thread did not open the new data within ${limit} ms`);
  }
}
