/**
 * How much memory clients may make the server hold: unfinished requests, replies
 * that are not sent, and what an answer needs until it is complete.
 *
 * There is one budget for the process. It lies in shared memory, so that every
 * thread of every listener takes from it, and it is counted in kilobytes, so that
 * a terabyte has room in a cell. What each connection has standing, however
 * little it says, is not asked for: only what is more is taken and given back, so
 * ordinary requests never come here.
 *
 * ```text
 * what a client can make large             who counts it          over the budget
 * received bytes of a request              both transports        refused
 * the table of a request's arguments       resp/request           refused
 * a line taken apart, a copied argument    resp/session           refused
 * the lines of CLIENT LIST                 resp/peers             refused
 * the keys of a batch                      http/session           refused
 * a reply, what is found for a SCAN        reply                  in small parts
 * what a socket has no room for            epoll/connection       in small parts
 * what Deno holds of a TLS connection      deno_peer              as it is
 * a data block, a refused request          nobody: passed over as it comes
 * a client's names, a password, a pattern  nobody: limited, in the protocol
 * connections                              nobody: limited, -max-conns
 * ```
 *
 * @module
 */

const KB = 1024;

/** What a connection may hold without asking, in bytes. */
const STANDING = 16 * KB;

/**
 * A connection may hold this part of the budget, or {@linkcode SHARE_FLOOR} if
 * that is more: enough for the longest request that is answered at all.
 */
const SHARE = 1 / 4;

/** See {@linkcode SHARE}, in bytes. */
const SHARE_FLOOR = 64 * KB * KB;

const LIMIT = 0, IN_FLIGHT = 1, REFUSALS = 2, CELLS = 3;

/** The budget of a process: cells for its limit, what is taken, and refusals. */
export type SharedBudget = Int32Array<SharedArrayBuffer>;

/** How much of the budget one thread has taken, in kilobytes: one cell. */
export type TakenByThread = Int32Array<SharedArrayBuffer>;

/** Makes the budget of a process, in bytes. */
export function createBudget(limit: number): SharedBudget {
  const shared = new Int32Array(new SharedArrayBuffer(CELLS * 4));
  setLimit(shared, limit);
  return shared;
}

/** Changes how much there may be in flight, in bytes; what is taken stays taken. */
export function setLimit(shared: SharedBudget, limit: number): void {
  Atomics.store(shared, LIMIT, Math.min(Math.floor(limit / KB), 0x7fffffff));
}

/** Makes the cell of a thread. */
export function createTaken(): TakenByThread {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Gives back all that a thread has taken which has died. */
export function giveBack(shared: SharedBudget, taken: TakenByThread): void {
  Atomics.sub(shared, IN_FLIGHT, Atomics.exchange(taken, 0, 0));
}

/** The budget of the process, as one thread takes from it. */
export class MemoryBudget {
  readonly #shared: SharedBudget;
  readonly #taken: TakenByThread;

  /** Takes from `shared`, and notes in `taken` how much of it is the thread's. */
  constructor(shared: SharedBudget, taken: TakenByThread = createTaken()) {
    this.#shared = shared;
    this.#taken = taken;
  }

  /** How much all clients together may make the server hold, in bytes. */
  get limit(): number {
    return Atomics.load(this.#shared, LIMIT) * KB;
  }

  /** How much they make it hold now, in bytes. */
  get inFlight(): number {
    return Atomics.load(this.#shared, IN_FLIGHT) * KB;
  }

  /** How often somebody was refused for want of memory. */
  get refusals(): number {
    return Atomics.load(this.#shared, REFUSALS);
  }

  /** How much one connection may make it hold, in bytes. */
  get share(): number {
    const { limit } = this;
    return Math.min(limit, Math.max(SHARE * limit, SHARE_FLOOR));
  }

  /**
   * Whether half of it is in flight: what is given in parts is given in smaller
   * ones then, so that the other half is not used up.
   */
  get isScarce(): boolean {
    const shared = this.#shared;
    return 2 * Atomics.load(shared, IN_FLIGHT) > Atomics.load(shared, LIMIT);
  }

  /** Takes so many kilobytes; false if there are not as many. */
  take(kilobytes: number): boolean {
    const shared = this.#shared;
    const before = Atomics.add(shared, IN_FLIGHT, kilobytes);
    if (before + kilobytes > Atomics.load(shared, LIMIT)) {
      Atomics.sub(shared, IN_FLIGHT, kilobytes);
      return false;
    }
    this.#taken[0] += kilobytes;
    return true;
  }

  /** Takes so many kilobytes, whether there are as many or not. */
  force(kilobytes: number): void {
    Atomics.add(this.#shared, IN_FLIGHT, kilobytes);
    this.#taken[0] += kilobytes;
  }

  /** Gives so many kilobytes back. */
  give(kilobytes: number): void {
    this.#taken[0] -= kilobytes;
    Atomics.sub(this.#shared, IN_FLIGHT, kilobytes);
  }

  /** Counts that somebody is refused. */
  countRefusal(): void {
    Atomics.add(this.#shared, REFUSALS, 1);
  }
}

/** What one connection makes the server hold. */
export class ConnectionMemory {
  /** That of the process. */
  readonly budget: MemoryBudget | undefined;
  /** All of it, in bytes. */
  #held = 0;
  /** How much of it has been taken from the budget, in kilobytes. */
  #taken = 0;

  /** Takes from a budget; without one, there is no limit. */
  constructor(budget?: MemoryBudget) {
    this.budget = budget;
  }

  /** How much is held, in bytes. */
  get held(): number {
    return this.#held;
  }

  /** Whether some of it has been taken from the budget. */
  get isTaking(): boolean {
    return this.#taken > 0;
  }

  /**
   * Asks whether so many bytes more may be held, and counts them if so.
   *
   * @returns false, and counts a refusal, if the budget has not as much, or the
   * connection's share of it is used up.
   */
  take(bytes: number): boolean {
    const held = this.#held + bytes;
    const needed = held <= STANDING ? 0 : Math.ceil(held / KB);
    const { budget } = this;
    if (needed > this.#taken && budget !== undefined) {
      if (held > budget.share || !budget.take(needed - this.#taken)) {
        budget.countRefusal();
        return false;
      }
      this.#taken = needed;
    }
    this.#held = held;
    return true;
  }

  /**
   * Counts so many bytes more that are held in any case: a part of an answer,
   * which is small when memory is scarce.
   */
  force(bytes: number): void {
    this.#held += bytes;
    const needed = this.#held <= STANDING ? 0 : Math.ceil(this.#held / KB);
    if (needed <= this.#taken) return;
    this.budget?.force(needed - this.#taken);
    this.#taken = needed;
  }

  /** So many bytes are held no more. */
  give(bytes: number): void {
    this.#held -= bytes;
    const needed = this.#held <= STANDING ? 0 : Math.ceil(this.#held / KB);
    if (needed >= this.#taken) return;
    this.budget?.give(this.#taken - needed);
    this.#taken = needed;
  }

  /** Nothing is held any more. */
  close(): void {
    this.give(this.#held);
  }
}

/** What reports tell of a budget: names and figures. */
export function memoryFigures(budget: MemoryBudget): Record<string, number> {
  return {
    memory_limit: budget.limit,
    memory_in_flight: budget.inFlight,
    memory_refusals: budget.refusals,
  };
}
