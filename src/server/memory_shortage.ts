/**
 * What is done when memory for clients has run out: who holds some of it and
 * stands still gives way to others.
 *
 * Without that, a few strangers who send the beginnings of long requests, and then
 * nothing, would keep all others from sending long ones for as long as they like.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type {
  ConnectionMemory,
  MemoryBudget,
} from "../protocol/memory_budget.ts";
import { TICK } from "./transport.ts";

const logger = getLogger(["goromdb", "server"]);

/** Who holds memory, and has said and heard nothing for so long, gives way. */
const STANDSTILL_MS = 2000;

/** Who has held memory for so long gives way, too: bytes may trickle. */
const HOLDING_LIMIT_MS = 30_000;

/** It is told once in so many milliseconds. */
const SILENCE_MS = 60_000;

/** A connection that may hold memory. */
export interface Holder {
  /** What it holds. */
  readonly memory: ConnectionMemory;
  /** The tick at which something last happened. */
  readonly lastActive: number;
  /** The tick since which it has held more than is standing; 0: it does not. */
  holdingSince: number;
}

/** Chooses those who give way, in one thread. */
export class MemoryShortage {
  readonly #budget: MemoryBudget | undefined;
  #refusals: number;
  #toldAt = -Infinity;

  /** Looks after a budget; without one, there is no shortage. */
  constructor(budget: MemoryBudget | undefined) {
    this.#budget = budget;
    this.#refusals = budget?.refusals ?? 0;
  }

  /**
   * Which connections are to be closed now, those first that have held memory for
   * longest: as many as it takes until half of the budget is free. To be called at
   * each tick.
   */
  victims<T extends Holder>(connections: Iterable<T>, tick: number): T[] {
    const budget = this.#budget;
    if (budget === undefined) return [];
    const { refusals, limit } = budget;
    let { inFlight } = budget;
    const isShort = refusals !== this.#refusals || inFlight > limit;
    this.#refusals = refusals;
    const candidates: T[] = [];
    for (const one of connections) {
      if (!one.memory.isTaking) one.holdingSince = 0;
      else if (one.holdingSince === 0) one.holdingSince = tick;
      else if (
        isShort && ((tick - one.lastActive) * TICK > STANDSTILL_MS ||
          (tick - one.holdingSince) * TICK > HOLDING_LIMIT_MS)
      ) candidates.push(one);
    }
    candidates.sort((a, b) => a.holdingSince - b.holdingSince);
    let count = 0;
    for (; count < candidates.length && 2 * inFlight > limit; count++) {
      inFlight -= candidates[count].memory.held;
    }
    if (isShort) this.#tell(count);
    return candidates.slice(0, count);
  }

  #tell(closed: number): void {
    const now = performance.now();
    if (now - this.#toldAt < SILENCE_MS) return;
    this.#toldAt = now;
    logger.warn(
      "memory for clients has run out: long requests are refused, and {closed} connections are closed that stood still; -max-memory is {limit} MB",
      { closed, limit: Math.floor(this.#budget!.limit / 1024 ** 2) },
    );
  }
}
