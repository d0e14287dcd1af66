/**
 * Memory that has been freed, and goes back to the system.
 *
 * glibc keeps what is freed for the next who asks. It raises the size from which
 * it maps each piece on its own, and so unmaps it when it is freed, with every
 * large piece that is freed (`mallopt(3)`): after one request of 16 MB those of
 * 1 MB would stay with the process for good.
 *
 * @module
 */

import { MemoryBudget, type SharedBudget } from "../protocol/memory_budget.ts";
import { libc } from "../storage/memory/libc.ts";

/** `M_MMAP_THRESHOLD`, `M_MMAP_MAX` */
const MMAP_THRESHOLD = -3, MMAP_MAX = -4;

/**
 * Pieces of this size and more are mapped each on its own, in bytes. What is in
 * the heap of a thread is of no use to others when it has been freed.
 */
const MAPPED_LENGTH = 64 * 1024;

/**
 * But not more of them than this: a process has 65,530 mappings (`sysctl
 * vm.max_map_count`), and V8 ends it where it cannot have another.
 */
const MOST_MAPPED = 16_384;

/** How often it is looked whether much has been freed, in milliseconds. */
const LOOK_INTERVAL_MS = 500;

/** So much must have been freed, in bytes. */
const WORTH_TRIMMING = 8 * 1024 * 1024;

/**
 * Has pieces that are freed go back to the system from now on, those that are
 * large at once, and small ones when there are many.
 *
 * @param shared tells how much of them there is.
 * @returns ends that.
 */
export function returnFreedMemory(shared: SharedBudget): () => void {
  const library = libc();
  // The C library of musl has neither, and needs none.
  library?.mallopt?.(MMAP_THRESHOLD, MAPPED_LENGTH);
  library?.mallopt?.(MMAP_MAX, MOST_MAPPED);
  const trim = library?.malloc_trim;
  if (!trim) return () => {};
  const budget = new MemoryBudget(shared);
  let most = 0;
  const timer = setInterval(() => {
    const { inFlight } = budget;
    if (most - inFlight < WORTH_TRIMMING) {
      most = Math.max(most, inFlight);
      return;
    }
    most = inFlight;
    trim(0n);
  }, LOOK_INTERVAL_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
