/**
 * The server as a pool of threads: each has its own listener on the same port,
 * its own connections, and snapshots over memory that they all share. The thread
 * that made the pool serves nobody; it only controls.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { SharedDataSet } from "../handler/data_set.ts";
import { swap, type SwapTarget } from "../handler/handler.ts";
import {
  CONNECTIONS_OPEN,
  type Counters,
  createCounters,
  RESTARTS,
} from "../protocol/counters.ts";
import { type Address, resolveAddress } from "./address.ts";
import { epollSupported, must, socketLibc } from "./epoll/libc.ts";
import { listenOn } from "./epoll/socket.ts";
import { listenWithDeno } from "./deno_transport.ts";
import type { ServingSpec, TransportName } from "./messages.ts";
import { GRACE } from "./server.ts";
import {
  closeDescriptors,
  createDescriptors,
  type Descriptors,
} from "./epoll/descriptors.ts";
import { claimSocketPath, removeSocket } from "./unix_socket.ts";
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

/** What `-transport` takes. */
export type TransportChoice = "auto" | TransportName;

/** How a pool is to serve. */
export interface PoolOptions
  extends Omit<ServingSpec, "transport" | "threads" | "startedAt"> {
  /** What moves the bytes; `auto`: epoll where it is possible. */
  readonly transport?: TransportChoice;
  /** How many threads; `auto`: one a core. */
  readonly threads?: number | "auto";
  /** The module of the threads; only tests have another. */
  readonly entry?: URL;
}

/** One place in the pool, and the thread that has it now. */
interface Place {
  readonly row: Counters;
  /** The `eventfd` that wakes the thread, with the epoll transport. */
  readonly bell?: number;
  /** The file descriptors that the thread has opened. */
  readonly descriptors: Descriptors;
  worker: WorkerHandle;
  /** Settles when the thread serves the current data. */
  ready: Promise<void>;
  /** Whether the thread has opened the next data set. */
  prepared: boolean;
}

/** A pool of serving threads. */
export class ServerPool implements SwapTarget {
  /** A row for what the control thread counts. */
  readonly counters: Counters = createCounters();
  readonly #options: PoolOptions;
  readonly #entry: URL;
  #spec: ServingSpec | undefined;
  #places: Place[] = [];
  /** Unix sockets, which the threads share, by address. */
  #sockets: (number | undefined)[] = [];
  #current: SharedDataSet | undefined;
  #next: SharedDataSet | undefined;
  #started = false;
  #stopping = false;
  #stopped: Promise<void> | undefined;

  /** Prepares; nothing happens before {@linkcode bind}. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#entry = options.entry ??
      new URL("./serve_worker.ts", import.meta.url);
  }

  /** What moves the bytes, and how many threads; known after `bind`. */
  get spec(): ServingSpec {
    if (this.#spec === undefined) throw new TypeError("the pool is not bound");
    return this.#spec;
  }

  /**
   * Takes the addresses and starts the threads. Connections wait until
   * {@linkcode start}.
   *
   * @returns the addresses, with the ports that the system chose.
   * @throws {Deno.errors.AddrInUse} and its like if an address cannot be had.
   */
  async bind(): Promise<readonly Address[]> {
    const { transport: choice = "auto", threads = "auto" } = this.#options;
    const transport = chooseTransport(choice);
    const addresses: Address[] = [];
    for (const address of this.#options.addresses) {
      addresses.push(await probe(await resolveAddress(address)));
    }
    const { protocol, storage, separator, limits } = this.#options;
    this.#spec = {
      addresses,
      protocol,
      storage,
      separator,
      limits,
      transport,
      threads: chooseThreads(threads, transport, addresses),
      startedAt: Date.now(),
    };
    if (transport === "epoll") {
      this.#sockets = addresses.map((address) =>
        "path" in address ? listenOn(socketLibc(), address, false) : undefined
      );
    }
    for (let n = 0; n < this.#spec.threads; n++) this.#addPlace(n);
    await Promise.all(this.#places.map((place) => this.#open(place)));
    return addresses;
  }

  /** Serves from now on. */
  async start(): Promise<void> {
    this.#started = true;
    await Promise.all(
      this.#places.map(({ worker }) => worker.order({ order: "start" })),
    );
  }

  /** All threads open the next data set, or none keeps it. */
  async prepare(next: SharedDataSet): Promise<void> {
    this.#next = next;
    await Promise.all(this.#places.map(async (place) => {
      place.prepared = false;
      await place.ready;
      try {
        await place.worker.prepare(next);
      } catch (error) {
        if (!(error instanceof WorkerDiedError)) throw error;
        await place.ready;
        await place.worker.prepare(next);
      }
      place.prepared = true;
    }));
  }

  /** All threads serve it. */
  async commit(): Promise<void> {
    const next = this.#next;
    if (next === undefined) throw new TypeError("nothing has been prepared");
    this.#current = next;
    this.#next = undefined;
    await Promise.all(this.#places.map(async (place) => {
      if (place.prepared) await place.worker.commit();
      else await place.ready; // it died in between, and so did its data
    }));
  }

  /** Settles when no thread reads what was replaced. */
  async released(): Promise<void> {
    await Promise.all(this.#places.map(({ worker }) => worker.released()));
  }

  /** All threads forget the next data set. */
  abort(): void {
    this.#next = undefined;
    for (const { worker } of this.#places) worker.abort();
  }

  /** Lets requests in flight finish, for 5 s at most, and ends the threads. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(
      this.#places.map(({ worker }) =>
        worker.order({ order: "stop", grace: GRACE })
      ),
    );
    for (const { worker, bell } of this.#places) {
      worker.terminate();
      if (bell !== undefined) socketLibc().close(bell);
    }
    for (const socket of this.#sockets) {
      if (socket !== undefined) socketLibc().close(socket);
    }
    for (const address of this.#spec?.addresses ?? []) {
      if ("path" in address) await removeSocket(address.path);
    }
  }

  #addPlace(n: number): void {
    const bell = this.spec.transport === "epoll"
      ? must("eventfd", socketLibc().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
      : undefined;
    const place: Place = {
      row: createCounters(),
      bell,
      descriptors: createDescriptors(),
      worker: this.#hire(n, bell),
      ready: Promise.resolve(),
      prepared: false,
    };
    this.#places.push(place);
  }

  #hire(n: number, bell: number | undefined): WorkerHandle {
    const one = new Uint8Array(new BigUint64Array([1n]).buffer);
    return new WorkerHandle(
      this.#entry,
      `serve ${n}`,
      bell === undefined
        ? () => {}
        : () => must("write", socketLibc().write(bell, one, 8n)),
      (reason) => {
        const place = this.#places[n];
        place.prepared = false;
        place.ready = this.#replace(n, reason);
      },
    );
  }

  async #open(place: Place): Promise<void> {
    const { worker, row, bell, descriptors } = place;
    const timer = setTimeout(() => worker.terminate(), OPENING_LIMIT);
    try {
      await worker.order({
        order: "open",
        spec: this.spec,
        row,
        rows: [...this.#places.map(({ row }) => row), this.counters],
        bell,
        descriptors,
        sockets: this.#sockets,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** A thread has died: another takes its place, with the current data. */
  async #replace(n: number, reason: string): Promise<void> {
    if (this.#stopping) return;
    const place = this.#places[n];
    this.counters[RESTARTS]++;
    logger.error("serving thread {number} died, starting another: {reason}", {
      number: n,
      reason,
    });
    await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE));
    closeDescriptors(place.descriptors);
    place.row[CONNECTIONS_OPEN] = 0;
    if (this.#stopping) return;
    place.worker = this.#hire(n, place.bell);
    try {
      await this.#open(place);
      // What is current may change while it is opened.
      let served: SharedDataSet | undefined;
      while (this.#current !== undefined && this.#current !== served) {
        const current = this.#current;
        await swap([place.worker], current);
        served = current;
      }
      if (this.#started) await place.worker.order({ order: "start" });
    } catch (error) {
      if (error instanceof WorkerDiedError) return; // its own death goes on
      place.worker.terminate();
      const reason = error instanceof Error ? error.message : String(error);
      await this.#replace(n, reason);
    }
  }
}

function chooseTransport(choice: TransportChoice): TransportName {
  const possible = epollSupported();
  if (choice === "epoll" && !possible) {
    throw new RangeError(
      "-transport epoll needs Linux and --allow-ffi; leave it out, or take deno",
    );
  }
  return choice === "deno" || !possible ? "deno" : "epoll";
}

/** Several threads need connections that the kernel balances among them. */
function chooseThreads(
  wanted: number | "auto",
  transport: TransportName,
  addresses: readonly Address[],
): number {
  const threads = wanted === "auto" ? navigator.hardwareConcurrency : wanted;
  if (threads === 1 || transport === "epoll") return threads;
  // The functions that need --unstable-net are there only with it; to call
  // `Deno.listen` with `reusePort` without it would end the process.
  const balanced = Deno.build.os === "linux" && "listenDatagram" in Deno &&
    !addresses.some((address) => "path" in address);
  if (balanced) return threads;
  if (wanted !== "auto") {
    logger.warn(
      "one serving thread instead of {threads}: connections cannot be balanced here (it takes Linux, a TCP address and --unstable-net, or -transport epoll)",
      { threads },
    );
  }
  return 1;
}

/**
 * Makes sure that an address can be had, and chooses the port. Sockets that
 * share a port would share it with those of another server, too, without a
 * word.
 */
async function probe(address: Address): Promise<Address> {
  if ("path" in address) {
    await claimSocketPath(address.path);
    return address;
  }
  using listener = listenWithDeno(address, false);
  const { addr } = listener;
  return addr.transport === "tcp"
    ? { hostname: addr.hostname, port: addr.port }
    : address;
}
