/**
 * How many files a process may have open, and how a server gets along with that.
 *
 * Where descriptors run out while a thread is started, Deno ends the process. So
 * connections are never given those that threads and loads need: the number of
 * connections is lowered instead, and that of threads where it was left to the
 * program.
 *
 * @module
 */

import { libc } from "../storage/memory/libc.ts";

/** Of which process limit getrlimit(2) tells: `RLIMIT_NOFILE`. */
const RLIMIT_NOFILE = Deno.build.os === "linux" ? 7 : 8;

/**
 * Descriptors of a process that serves nobody yet; 19 to 30 were counted, the
 * more of them where it runs from its source.
 */
const PROCESS_DESCRIPTORS = 30;

/** Descriptors of a serving thread, its listeners among them; 8 to 10 were counted. */
const THREAD_DESCRIPTORS = 10;

/** Descriptors that a load takes, which has a thread of its own. */
const LOAD_DESCRIPTORS = 14;

/** Fewer connections than this are no service. */
const FEWEST_CONNECTIONS = 8;

/** What a listener is to have. */
export interface ListenerNeed {
  /** Threads that serve; `auto`: as many as there are processors, or fewer. */
  readonly threads: number | "auto";
  /** Connections at a time. */
  readonly maxConnections: number;
}

/** What a listener can have. */
export interface ListenerShare {
  /** Threads that serve; `auto` where that need not be decided. */
  readonly threads: number | "auto";
  /** Connections at a time. */
  readonly maxConnections: number;
}

/** The process may open fewer files than its threads need. */
export class DescriptorLimitError extends Error {
  /** Stable: `DescriptorLimitError`. */
  override readonly name = "DescriptorLimitError";

  /**
   * Says how many it takes.
   *
   * @param limit how many files the process may open.
   * @param needed how many it must be able to open at least.
   */
  constructor(readonly limit: number, readonly needed: number) {
    super(
      `this process may open ${limit} files, and needs ${needed} at least: raise ulimit -n (LimitNOFILE= in systemd), or take fewer -workers`,
    );
  }
}

/**
 * The number of files that this process may have open. Deno raises the soft
 * limit to the hard one, so this is the latter.
 *
 * @returns `undefined` where that cannot be told: without `--allow-ffi`.
 */
export function descriptorLimit(): number | undefined {
  const limits = new BigUint64Array(2);
  if (libc()?.getrlimit(RLIMIT_NOFILE, limits) !== 0) return undefined;
  return Math.min(Number(limits[0]), Number.MAX_SAFE_INTEGER);
}

/**
 * Gives each listener as much of what it is to have as the limit allows.
 *
 * @param limit how many files the process may open.
 * @param processors how many threads `auto` stands for.
 * @throws {DescriptorLimitError} if there is no way.
 */
export function shareDescriptors(
  limit: number,
  listeners: readonly ListenerNeed[],
  processors: number,
): ListenerShare[] {
  const standing = PROCESS_DESCRIPTORS + LOAD_DESCRIPTORS;
  const least = (threads: number) =>
    threads * THREAD_DESCRIPTORS + FEWEST_CONNECTIONS;
  const total = (auto: number) =>
    standing + listeners.reduce(
      (sum, { threads }) => sum + least(threads === "auto" ? auto : threads),
      0,
    );
  let auto = processors;
  while (auto > 1 && total(auto) > limit) auto--;
  if (total(auto) > limit) throw new DescriptorLimitError(limit, total(auto));

  const threadsOf = ({ threads }: ListenerNeed) =>
    threads !== "auto" ? threads : auto;
  const forThreads = listeners.reduce(
    (sum, listener) => sum + threadsOf(listener) * THREAD_DESCRIPTORS,
    standing,
  );
  const wanted = listeners.reduce((sum, one) => sum + one.maxConnections, 0);
  const part = Math.min(1, (limit - forThreads) / wanted);
  return listeners.map(({ threads, maxConnections }) => ({
    threads: threads === "auto" && auto < processors ? auto : threads,
    maxConnections: Math.max(1, Math.floor(maxConnections * part)),
  }));
}
