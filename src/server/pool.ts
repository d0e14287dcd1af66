/**
 * The server as a pool of threads: each has its own listener on the same port,
 * its own connections, and snapshots over memory that they all share. The thread
 * that made the pool serves nobody; it only controls.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { CheckThread } from "../access/check_thread.ts";
import type { SharedDataSet } from "../handler/data_set.ts";
import type { SwapTarget } from "../handler/handler.ts";
import {
  type Counters,
  createCounters,
  RESTARTS,
} from "../protocol/counters.ts";
import { createBudget, type SharedBudget } from "../protocol/memory_budget.ts";
import { type Address, namesOf } from "./address.ts";
import {
  canSharePorts,
  chooseThreads,
  chooseTransport,
  probe,
  type TransportChoice,
} from "./capability.ts";
import type { Credentials } from "./credentials.ts";
import { socketLibc } from "./epoll/libc.ts";
import { listenOn } from "./epoll/socket.ts";
import { machineMemory } from "../storage/memory/machine_memory.ts";
import type { ServedDatabase, ServingSpec } from "./messages.ts";
import { Place, type Surroundings } from "./place.ts";
import { GRACE } from "./server.ts";
import { removeSocket } from "./unix_socket.ts";
import { WorkerDiedError } from "./worker_handle.ts";

/** How a pool is to serve. */
export interface PoolOptions
  extends Omit<ServingSpec, "transport" | "threads" | "startedAt"> {
  /** The databases that clients reach, in the order of their numbers. */
  readonly databases: readonly ServedDatabase[];
  /** What clients and server are known by; without it, everybody may ask. */
  readonly credentials?: Credentials;
  /** What clients may make the process hold; a tenth of the machine, if not said. */
  readonly memory?: SharedBudget;
  /** What moves the bytes; `auto`: epoll where it is possible. */
  readonly transport?: TransportChoice;
  /** How many threads; `auto`: one a core. */
  readonly threads?: number | "auto";
  /** The module of the threads; only tests have another. */
  readonly entry?: URL;
}

/** A pool of serving threads. */
export class ServerPool {
  /** A row for what the control thread counts. */
  readonly counters: Counters = createCounters();
  readonly #options: PoolOptions;
  readonly #memory: SharedBudget;
  /** What is served now, by the name of the database. */
  readonly #current = new Map<string, SharedDataSet>();
  readonly #next = new Map<string, SharedDataSet>();
  #databases: readonly ServedDatabase[];
  #credentials: Credentials;
  #spec: ServingSpec | undefined;
  #passwords: CheckThread | undefined;
  #places: Place[] = [];
  /** Unix sockets, which the threads share, by address. */
  #sockets: (number | undefined)[] = [];
  #started = false;
  #stopping = false;
  #stopped: Promise<void> | undefined;

  /** Prepares; nothing happens before {@linkcode bind}. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#memory = options.memory ?? createBudget(machineMemory() / 10);
    this.#databases = options.databases;
    this.#credentials = options.credentials ?? {};
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
    const {
      databases: _,
      entry: __,
      credentials: ___,
      memory: ____,
      transport: choice = "auto",
      threads = "auto",
      ...options
    } = this.#options;
    const tls = this.#credentials.certificate !== undefined;
    const transport = chooseTransport(choice, tls);
    const addresses: Address[] = [];
    for (const address of options.addresses) {
      addresses.push(await probe(address));
    }
    this.#spec = {
      ...options,
      addresses,
      http: {
        ...options.http,
        hosts: [...options.http?.hosts ?? [], ...namesOf(options.addresses)],
      },
      transport,
      threads: chooseThreads(threads, transport, addresses),
      startedAt: Date.now(),
    };
    if (transport === "epoll") {
      this.#sockets = addresses.map((address) =>
        "path" in address ? listenOn(socketLibc(), address, false) : undefined
      );
    }
    const { users } = this.#credentials;
    this.#passwords = users && new CheckThread(users);
    this.#places = Array.from(
      { length: this.#spec.threads },
      (_, number) => new Place(number, this.#surroundings()),
    );
    await Promise.all(this.#places.map((place) => place.open()));
    return addresses;
  }

  /** Serves from now on. */
  async start(): Promise<void> {
    this.#started = true;
    await Promise.all(
      this.#places.map(({ worker }) => worker.order({ order: "start" })),
    );
  }

  /**
   * Serves these databases from now on; connections stay. Those that are new
   * have no data yet.
   *
   * @returns settles when nobody reads the data of those that have gone.
   */
  async serve(databases: readonly ServedDatabase[]): Promise<void> {
    const gone = this.#databases.filter(({ name }) =>
      !databases.some((database) => database.name === name)
    );
    this.#databases = databases;
    for (const { name } of gone) this.#current.delete(name);
    await Promise.all(this.#places.map(async (place) => {
      await place.ready;
      await place.worker.serve(databases);
    }));
    await Promise.all(gone.map(({ name }) => this.#released(name)));
  }

  /**
   * Clients and server are known by these from now on; connections stay. None can
   * be added or left out, only others put in their places.
   */
  async renew(credentials: Credentials): Promise<void> {
    const { certificate } = this.#credentials;
    if (
      !canSharePorts() &&
      !isDeepStrictEqual(credentials.certificate, certificate)
    ) {
      throw new RangeError(
        "another certificate needs a restart here, or Linux and --unstable-net",
      );
    }
    this.#credentials = credentials;
    await Promise.all(this.#places.map(async (place) => {
      await place.ready;
      await place.worker.renew(credentials);
    }));
    // Last, so that no password is right by a list that a thread has not yet.
    if (credentials.users !== undefined) {
      this.#passwords?.renew(credentials.users);
    }
  }

  /** The threads, as the one who swaps a database's data sees them. */
  target(database: string): SwapTarget {
    return {
      prepare: (next) => this.#prepare(database, next),
      commit: () => this.#commit(database),
      released: () => this.#released(database),
      abort: () => this.#abort(database),
    };
  }

  /** Lets requests in flight finish, for 5 s at most, and ends the threads. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  /** What the places look into while they come and go. */
  #surroundings(): Surroundings {
    const stopping = () => this.#stopping;
    const started = () => this.#started;
    return {
      entry: this.#options.entry ??
        new URL("./serve_worker.ts", import.meta.url),
      blocking: this.spec.transport === "epoll",
      memory: this.#memory,
      passwords: this.#passwords,
      current: this.#current,
      get stopping() {
        return stopping();
      },
      get started() {
        return started();
      },
      opening: () => ({
        spec: this.spec,
        databases: this.#databases,
        credentials: this.#credentials,
        memory: this.#memory,
        rows: [...this.#places.map(({ row }) => row), this.counters],
        sockets: this.#sockets,
      }),
      onDeath: () => this.counters[RESTARTS]++,
    };
  }

  /** All threads open the next data set, or none keeps it. */
  async #prepare(database: string, next: SharedDataSet): Promise<void> {
    this.#next.set(database, next);
    await Promise.all(this.#places.map(async (place) => {
      place.prepared.delete(database);
      await place.ready;
      // It may have been given up meanwhile, and so must not be read any more.
      if (this.#next.get(database) !== next) return;
      try {
        await place.worker.target(database).prepare(next);
      } catch (error) {
        if (!(error instanceof WorkerDiedError)) throw error;
        await place.ready;
        if (this.#next.get(database) !== next) return;
        await place.worker.target(database).prepare(next);
      }
      place.prepared.add(database);
    }));
  }

  /** All threads serve it. */
  async #commit(database: string): Promise<void> {
    const next = this.#next.get(database);
    if (next === undefined) throw new TypeError("nothing has been prepared");
    this.#current.set(database, next);
    this.#next.delete(database);
    await Promise.all(this.#places.map(async (place) => {
      if (place.prepared.has(database)) {
        await place.worker.target(database).commit();
      } else await place.ready; // it died in between, and so did its data
    }));
  }

  /** Settles when no thread reads what was replaced. */
  async #released(database: string): Promise<void> {
    await Promise.all(
      this.#places.map(({ worker }) => worker.target(database).released()),
    );
  }

  /** All threads forget the next data set. */
  #abort(database: string): void {
    this.#next.delete(database);
    for (const { worker } of this.#places) worker.target(database).abort();
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(
      this.#places.map(({ worker }) =>
        worker.order({ order: "stop", grace: GRACE })
      ),
    );
    for (const place of this.#places) place.close();
    this.#passwords?.close();
    for (const socket of this.#sockets) {
      if (socket !== undefined) socketLibc().close(socket);
    }
    for (const address of this.#spec?.addresses ?? []) {
      if ("path" in address) await removeSocket(address.path);
    }
  }
}
