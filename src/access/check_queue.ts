/**
 * The passwords that wait for their checks. A check takes many milliseconds, on
 * purpose, so three things keep strangers from having all of them:
 *
 * - The networks that clients come from have their turns one after the other, a
 *   slice of a check at a time. What one sends, however much, and however slow
 *   its checks are, takes from the others one turn in so many.
 * - Wrong passwords are paid for by work, from a budget that each network has.
 * - The queue has an end, and who waits too long is told so.
 *
 * There are no threads and no timers here: the owner calls `step`.
 *
 * @module
 */

import { KnownPasswords } from "./known_passwords.ts";
import { networkOf } from "./network.ts";
import { STANDARD_ROUNDS } from "./sha512_crypt.ts";
import { TokenBuckets } from "./token_buckets.ts";
import type { UserList } from "./users.ts";
import { type Check, Finding, type Verdict } from "./verdict.ts";

/**
 * What a network may spend on wrong passwords at once, and earns each second. A
 * token is a check of 5,000 rounds, so that to check the guesses of one network
 * takes a twentieth of a processor.
 */
const BURST = 30, TOKENS_PER_SECOND = 3;

/** So many may be wrong at once, however slow their checks are. */
const MIN_TRIES = 5;

/** What is given back, as a part, when the password was right. */
const RIGHT_REFUND = 0.9;

/** Checks that wait, of all networks together. */
const MAX_CHECKS = 1000;

/** How long a check may take with all waiting, in milliseconds. */
const PATIENCE_MS = 20_000;

/** One check, and those who have asked for it. */
interface Job {
  readonly name: string;
  readonly password: string;
  readonly network: string;
  /** What was paid for it, in tokens. */
  readonly price: number;
  readonly since: number;
  readonly ids: number[];
  /** The check, from its first slice on. */
  run: Generator<number, string | undefined> | undefined;
}

/** Checks passwords in slices. */
export class CheckQueue {
  /** How many rounds have been done in all. */
  rounds = 0;
  #users: UserList;
  #known = new KnownPasswords();
  readonly #answer: (id: number, verdict: Verdict) => void;
  readonly #now: () => number;
  readonly #budgets: TokenBuckets;
  /** The jobs of each network; the next turn is the first one's. */
  readonly #lanes = new Map<string, Job[]>();
  #jobs = 0;

  /**
   * Begins with nobody waiting.
   *
   * @param answer is called once for each check that is not given up.
   * @param now a clock, in milliseconds.
   */
  constructor(
    users: UserList,
    answer: (id: number, verdict: Verdict) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#users = users;
    this.#answer = answer;
    this.#now = now;
    this.#budgets = new TokenBuckets({
      burst: this.#burst,
      perSecond: TOKENS_PER_SECOND,
      now,
    });
  }

  /** How many checks there are to do. */
  get waiting(): number {
    return this.#jobs;
  }

  /** Asks for a check; the answer may come at once. */
  add({ id, name, password, address }: Check): void {
    if (this.#known.has(name, password)) {
      const hash = this.#users.hashOf(name)!;
      return this.#answer(id, { finding: Finding.Right, hash });
    }
    const network = networkOf(address);
    const lane = this.#lanes.get(network) ?? [];
    const same = lane.find((job) =>
      job.name === name && job.password === password
    );
    if (same !== undefined) {
      same.ids.push(id);
      return;
    }
    const price = this.#price;
    const wait = this.#budgets.take(network, price);
    if (wait > 0) {
      const seconds = Math.ceil(wait);
      return this.#answer(id, { finding: Finding.TooMany, seconds });
    }
    const job: Job = {
      name,
      password,
      network,
      price,
      since: this.#now(),
      ids: [id],
      run: undefined,
    };
    if (this.#jobs >= MAX_CHECKS && !this.#makeRoom(lane.length)) {
      return this.#end(job, { finding: Finding.Crowded }, 1);
    }
    lane.push(job);
    this.#lanes.set(network, lane);
    this.#jobs++;
  }

  /** The one who asked has gone. */
  giveUp(id: number): void {
    for (const lane of this.#lanes.values()) {
      for (const job of lane) {
        const at = job.ids.indexOf(id);
        if (at === -1) continue;
        job.ids.splice(at, 1);
        if (job.ids.length > 0) return;
        this.#remove(job);
        if (job.run === undefined) this.#budgets.give(job.network, job.price);
        return;
      }
    }
  }

  /** Checks by another list from now on; what has been begun begins again. */
  renew(users: UserList): void {
    this.#users = users;
    this.#known = new KnownPasswords();
    this.#budgets.burst = this.#burst;
    for (const lane of this.#lanes.values()) {
      for (const job of lane) job.run = undefined;
    }
  }

  /** Does a slice of the check whose turn it is. */
  step(): void {
    const [next] = this.#lanes;
    if (next === undefined) return;
    const [network, lane] = next;
    const [job] = lane;
    if (this.#now() - job.since > PATIENCE_MS) {
      this.#remove(job);
      return this.#end(job, { finding: Finding.Crowded }, 1);
    }
    job.run ??= this.#users.check(job.name, job.password);
    const { done, value } = job.run.next();
    if (!done) {
      this.rounds += value;
      this.#lanes.delete(network);
      this.#lanes.set(network, lane);
      return;
    }
    this.#remove(job);
    if (value === undefined) return this.#end(job, { finding: Finding.Wrong });
    this.#known.add(job.name, job.password);
    this.#end(job, { finding: Finding.Right, hash: value }, RIGHT_REFUND);
  }

  /** What a wrong password costs, in tokens. */
  get #price(): number {
    return this.#users.rounds / STANDARD_ROUNDS;
  }

  /** Enough for each user to log in, and to be wrong once before. */
  get #burst(): number {
    const tries = Math.max(MIN_TRIES, 2 * this.#users.size);
    return Math.max(BURST, tries * this.#price);
  }

  /** Answers those who have asked, and gives a part of the price back. */
  #end(job: Job, verdict: Verdict, refund = 0): void {
    this.#budgets.give(job.network, refund * job.price);
    for (const id of job.ids) this.#answer(id, verdict);
  }

  /** Turns the last of the longest lane away, for a lane that is shorter. */
  #makeRoom(length: number): boolean {
    let longest: Job[] = [];
    for (const lane of this.#lanes.values()) {
      if (lane.length > longest.length) longest = lane;
    }
    if (longest.length <= length + 1) return false;
    const job = longest[longest.length - 1];
    this.#remove(job);
    this.#end(job, { finding: Finding.Crowded }, 1);
    return true;
  }

  #remove(job: Job): void {
    const lane = this.#lanes.get(job.network)!;
    lane.splice(lane.indexOf(job), 1);
    this.#jobs--;
    // The next of the same network waits until all others had their turns.
    this.#lanes.delete(job.network);
    if (lane.length > 0) this.#lanes.set(job.network, lane);
  }
}
