/**
 * A place in a pool, and the thread that has it: one that dies is replaced by
 * another, which serves what the dead one served.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { CheckThread } from "../access/check_thread.ts";
import type { SharedDataSet } from "../handler/data_set.ts";
import { swap } from "../handler/handler.ts";
import {
  CONNECTIONS_OPEN,
  type Counters,
  createCounters,
} from "../protocol/counters.ts";
import {
  createTaken,
  giveBack,
  type SharedBudget,
  type TakenByThread,
} from "../protocol/memory_budget.ts";
import {
  closeDescriptors,
  createDescriptors,
  type Descriptors,
} from "./epoll/descriptors.ts";
import { must, socketLibc } from "./epoll/libc.ts";
import type { OpenOrder } from "./messages.ts";
import { WorkerDiedError, WorkerHandle } from "./worker_handle.ts";

const logger = getLogger(["goromdb", "server"]);

const EFD_CLOEXEC = 0o2000000, EFD_NONBLOCK = 0o4000;

/** How long a new thread may take to open its listeners, in milliseconds. */
const OPENING_LIMIT = 30_000;

/**
 * A thread that died is not started again sooner than this, in milliseconds. One
 * that was ended from outside has ended by then: it wakes from its waiting more
 * often, and must not close a descriptor that has been closed for it.
 */
const RESTART_PAUSE = 400;

/** What a place needs of its pool. */
export interface Surroundings {
  /** The module of the threads. */
  readonly entry: URL;
  /** Whether the threads wait in `epoll_wait` and have to be rung for. */
  readonly blocking: boolean;
  /** Whether it is at its end, so that nobody is replaced any more. */
  readonly stopping: boolean;
  /** Whether the threads accept connections. */
  readonly started: boolean;
  /** Checks the passwords that the threads are given. */
  readonly passwords: CheckThread | undefined;
  /** What clients may make the process hold. */
  readonly memory: SharedBudget;
  /** What is served now, by the name of the database. */
  readonly current: ReadonlyMap<string, SharedDataSet>;
  /** What each thread is told at its beginning. */
  opening(): Pick<
    OpenOrder,
    "spec" | "databases" | "credentials" | "memory" | "rows" | "sockets"
  >;
  /** A thread has died. */
  onDeath(): void;
}

/** One place. */
export class Place {
  /** What the threads in this place have counted. */
  readonly row: Counters = createCounters();
  /** The databases whose next data set the thread has opened. */
  readonly prepared = new Set<string>();
  /** Settles when the thread serves the current data. */
  ready: Promise<void> = Promise.resolve();
  readonly #number: number;
  /** How much of the budget the thread has taken. */
  readonly #taken: TakenByThread = createTaken();
  readonly #pool: Surroundings;
  /** The `eventfd` that wakes the thread, if it blocks. */
  readonly #bell: number | undefined;
  /** The file descriptors that the thread has opened. */
  readonly #descriptors: Descriptors = createDescriptors();
  #worker: WorkerHandle;

  /** Starts a thread; it does nothing before {@linkcode open}. */
  constructor(number: number, pool: Surroundings) {
    this.#number = number;
    this.#pool = pool;
    this.#bell = pool.blocking
      ? must("eventfd", socketLibc().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
      : undefined;
    this.#worker = this.#hire();
  }

  /** The thread that has the place now. */
  get worker(): WorkerHandle {
    return this.#worker;
  }

  /**
   * Lets the thread listen; it accepts nothing yet.
   *
   * @throws {WorkerDiedError} if it dies meanwhile.
   */
  async open(): Promise<void> {
    const worker = this.#worker;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      worker.terminate();
    }, OPENING_LIMIT);
    try {
      await worker.order({
        order: "open",
        ...this.#pool.opening(),
        taken: this.#taken,
        row: this.row,
        bell: this.#bell,
        descriptors: this.#descriptors,
      });
    } catch (error) {
      if (!late) throw error;
      throw new Error(`it did not listen within ${OPENING_LIMIT / 1000} s`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the thread at once, and the place with it. */
  close(): void {
    this.#worker.terminate();
    giveBack(this.#pool.memory, this.#taken);
    if (this.#bell !== undefined) socketLibc().close(this.#bell);
  }

  #hire(): WorkerHandle {
    const one = new Uint8Array(new BigUint64Array([1n]).buffer);
    const bell = this.#bell;
    return new WorkerHandle(
      this.#pool.entry,
      `serve ${this.#number}`,
      bell === undefined
        ? () => {}
        : () => must("write", socketLibc().write(bell, one, 8n)),
      this.#pool.passwords,
      (reason) => {
        this.prepared.clear();
        this.ready = this.#replace(reason);
      },
    );
  }

  /** The thread has died: another takes its place, with the current data. */
  async #replace(reason: string): Promise<void> {
    const pool = this.#pool;
    if (pool.stopping) return;
    pool.onDeath();
    logger.error("serving thread {number} died, starting another: {reason}", {
      number: this.#number,
      reason,
    });
    await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE));
    closeDescriptors(this.#descriptors);
    giveBack(pool.memory, this.#taken);
    this.#silence();
    this.row[CONNECTIONS_OPEN] = 0;
    if (pool.stopping) return;
    const worker = this.#worker = this.#hire();
    try {
      await this.open();
      await this.#catchUp(worker);
      if (pool.started) await worker.order({ order: "start" });
    } catch (error) {
      if (error instanceof WorkerDiedError) return; // its own death goes on
      worker.terminate();
      await this.#replace(
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  /** What was rung for the dead thread is not for the next one. */
  #silence(): void {
    if (this.#bell === undefined) return;
    socketLibc().read(this.#bell, new Uint8Array(8), 8n);
  }

  /** Serves what is current, which may change while it is opened. */
  async #catchUp(worker: WorkerHandle): Promise<void> {
    const served = new Map<string, SharedDataSet>();
    for (;;) {
      const late = [...this.#pool.current].find(([name, data]) =>
        served.get(name) !== data
      );
      if (late === undefined) return;
      const [name, data] = late;
      await swap([worker.target(name)], data);
      served.set(name, data);
    }
  }
}
