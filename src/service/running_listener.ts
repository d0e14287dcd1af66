/**
 * A listener that runs: a pool of threads on its addresses.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { ListenerSettings } from "../config/settings.ts";
import type { SwapTarget } from "../handler/handler.ts";
import type { SharedBudget } from "../protocol/memory_budget.ts";
import { VERSION } from "../version.ts";
import { formatAddress } from "../server/address.ts";
import type { ListenerShare } from "../server/descriptor_limit.ts";
import { ServerPool } from "../server/pool.ts";
import { CredentialFiles } from "./credential_files.ts";
import { exposureOf } from "./exposure.ts";
import type { RunningDatabase } from "./running_database.ts";

const logger = getLogger(["goromdb", "serve"]);

/** One listener of a server. */
export class RunningListener {
  /** What it was set to. */
  readonly settings: ListenerSettings;
  readonly #pool: ServerPool;
  readonly #files: CredentialFiles;
  readonly #stop = new AbortController();
  #following: Promise<void> | undefined;
  readonly #targets = new Map<RunningDatabase, SwapTarget>();

  private constructor(
    settings: ListenerSettings,
    pool: ServerPool,
    files: CredentialFiles,
  ) {
    this.settings = settings;
    this.#pool = pool;
    this.#files = files;
  }

  /**
   * Takes the addresses. Connections wait until {@linkcode start}.
   *
   * @param share the threads and connections that it can have.
   * @param memory what clients may make the process hold.
   * @throws {Deno.errors.AddrInUse} and its like if an address cannot be had.
   * @throws {RangeError} if this system cannot do what is asked for.
   * @throws {FailureError} if users, tokens or certificate cannot be used.
   */
  static async bind(
    settings: ListenerSettings,
    share: ListenerShare,
    memory: SharedBudget,
  ): Promise<RunningListener> {
    const files = new CredentialFiles(settings);
    const credentials = await files.read();
    const pool = new ServerPool({
      addresses: settings.addr,
      protocol: settings.proto ?? "memcached",
      http: {
        contentType: settings["content-type"],
        cacheControl: settings["cache-control"],
        corsOrigins: settings["cors-origin"],
        hosts: settings["http-host"],
      },
      credentials,
      memory,
      databases: [],
      routeSeparator: settings["route-separator"],
      keepSessions: settings["keep-sessions"],
      transport: settings.transport,
      threads: share.threads,
      limits: {
        maxConnections: share.maxConnections,
        idleTimeout: settings["idle-timeout"],
      },
    });
    try {
      await pool.bind();
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return new RunningListener(settings, pool, files);
  }

  /** Brings the data of these databases to the threads, out of clients' sight. */
  async join(databases: readonly RunningDatabase[]): Promise<void> {
    for (const database of databases) {
      if (this.#targets.has(database)) continue;
      const target = this.#pool.target(database.settings.name);
      this.#targets.set(database, target);
      await database.join(target);
    }
  }

  /**
   * Serves these databases, and no others; connections stay.
   *
   * @returns settles when nobody reads the data of the others.
   */
  async serve(databases: readonly RunningDatabase[]): Promise<void> {
    for (const [database, target] of this.#targets) {
      if (databases.includes(database)) continue;
      await database.leave(target);
      this.#targets.delete(database);
    }
    await this.#pool.serve(databases.map(({ settings, counters }) => ({
      name: settings.name,
      counters,
    })));
  }

  /** Another database has inherited what one served, and its targets. */
  replace(former: RunningDatabase, next: RunningDatabase): void {
    const target = this.#targets.get(former);
    if (target === undefined) return;
    this.#targets.delete(former);
    this.#targets.set(next, target);
  }

  /** Accepts connections. */
  async start(): Promise<void> {
    await this.#pool.start();
    this.#following = this.#files.follow(
      (credentials) => this.#pool.renew(credentials),
      this.#stop.signal,
    );
    const { addresses, protocol, transport, threads } = this.#pool.spec;
    const watched = [...this.#targets.keys()].map(({ settings }) =>
      settings.file
    );
    logger.info(
      "goromdb {version} listening on {addresses} ({protocol}, {transport}, {workers} workers), watching {file}, pid {pid}",
      {
        version: VERSION,
        addresses: addresses.map(formatAddress).join(", "),
        protocol: this.settings["tls-cert"] === undefined
          ? protocol
          : `${protocol} over TLS`,
        transport,
        workers: threads,
        file: watched.join(", "),
        pid: Deno.pid,
      },
    );
    const exposure = exposureOf(addresses, this.settings);
    if (exposure !== undefined) logger.warn("{exposure}", { exposure });
  }

  /**
   * Reads users, tokens and certificate again, also if they seem unchanged.
   *
   * @throws {FailureError} if they cannot be used; the former ones stay.
   */
  async refresh(): Promise<void> {
    await this.#pool.renew(await this.#files.read());
  }

  /** Finishes requests in flight, for 5 s at most, and closes everything. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    for (const [database, target] of this.#targets) {
      await database.leave(target);
    }
    await this.#pool.stop();
  }
}
