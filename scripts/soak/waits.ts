/**
 * Time that a request takes, and which is no fault of the server: that in which
 * its thread waits for a processor, which Linux tells, and that in which the
 * thread that reads is held up itself, which its own clock tells.
 *
 * @module
 */

/** How often it is to be looked, in milliseconds. */
export const TICK = 2;

/** Less than this, in milliseconds, is no stall of the thread that reads. */
const STALL = 5;

/** How many moments are remembered. */
const REMEMBERED = 1024;

/** For how long a thread has run, and waited for a processor, in ms. */
export function schedule(task: string): { ran: number; waited: number } {
  try {
    const [ran, waited] = Deno.readTextFileSync(`${task}/schedstat`).split(" ");
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: 0, waited: 0 }; // it has just ended
  }
}

interface Moment {
  at: number;
  /** Of the threads that serve, and stalls of this one, both until then. */
  waited: number;
  stalled: number;
}

/** The waits of serving threads, and the stalls of this one, over time. */
export class Waits {
  readonly #tasks: string[];
  /** The oldest is first. */
  readonly #moments: Moment[];

  /** Of threads that are named as `/proc` does: `/proc/PID/task/TID`. */
  constructor(serving: string[]) {
    this.#tasks = serving;
    const at = performance.now();
    this.#moments = [{ at, waited: this.#waited(), stalled: 0 }];
  }

  /** Remembers this moment. @returns what has come since the last, in ms. */
  look(): { waited: number; stalled: number } {
    const last = this.#moments.at(-1)!;
    const moment = this.#now(last);
    this.#moments.push(moment);
    if (this.#moments.length > REMEMBERED) this.#moments.shift();
    return difference(moment, last);
  }

  /** Both since a moment of `performance.now()`, or a little before, in ms. */
  since(at: number): number {
    const begin = this.#moments.findLast((moment) => moment.at <= at) ??
      this.#moments[0];
    const end = this.#now(this.#moments.at(-1)!);
    const { waited, stalled } = difference(end, begin);
    return waited + stalled;
  }

  #now(last: Moment): Moment {
    const at = performance.now();
    const late = at - last.at - TICK;
    const stalled = last.stalled + (late > STALL ? late : 0);
    return { at, waited: this.#waited(), stalled };
  }

  #waited(): number {
    return this.#tasks.reduce((sum, task) => sum + schedule(task).waited, 0);
  }
}

function difference(
  { waited, stalled }: Moment,
  before: Moment,
): { waited: number; stalled: number } {
  return {
    waited: waited - before.waited,
    stalled: stalled - before.stalled,
  };
}
