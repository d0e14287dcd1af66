/**
 * Watches a data file, with or without a sum beside it.
 *
 * ```text
 * simple   FILE                   taken when it has stopped changing
 * md5      FILE and FILE.md5      taken when the sum is right
 * sha256   FILE and FILE.sha256   likewise
 * ```
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import { sumInBackground } from "./background_sum.ts";
import { OtherFileError, type SumAlgorithm } from "./sum.ts";
import { readSum, type SumFile } from "./sum_file.ts";
import { trust } from "./trust.ts";
import {
  type FileIdentity,
  identify,
  identityOf,
  sameFile,
} from "./file_identity.ts";
import { BesideWatch } from "./beside.ts";
import type { Companions, VerifiedFile, Watcher } from "./watcher.ts";
import { Wake } from "./wake.ts";

const logger = getLogger(["goromdb", "watcher"]);

/** How long a file must stay unchanged before it is believed, in ms. */
const SETTLE = 500;

/**
 * A file that is there at the start, and was last changed so long ago, in ms, is
 * not being written. Later no time of change is trusted: clocks jump, and those
 * of file servers go wrong.
 */
const AT_REST = 3000;

/** How a watcher tells that a file is complete. */
export type WatchMode = "simple" | SumAlgorithm;

/** The names that `-watch` takes. */
export const WATCH_MODES: readonly WatchMode[] = ["simple", "md5", "sha256"];

/** What to watch, and how. */
export interface FileWatcherOptions {
  /** The data file; it need not be there yet. */
  path: string;
  /** How to tell that it is complete. */
  mode: WatchMode;
  /** The longest time between two looks, in milliseconds (5000). */
  interval?: number;
  /** Finds what the engine that has written the file keeps beside it. */
  companions?: Companions;
}

/**
 * Watches one path by the file system's events, and by looking at intervals.
 *
 * @example
 * ```ts
 * import { FileWatcher } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/data.db`;
 * await Deno.writeTextFile(path, "{}");
 * await Deno.writeTextFile(`${path}.md5`, "99914b932bd37a50b983c5e7c90ae93b\n");
 *
 * const stop = new AbortController();
 * const watcher = new FileWatcher({ path, mode: "md5" });
 * for await (const file of watcher.watch(stop.signal)) {
 *   assertEquals(file.path, path);
 *   stop.abort();
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class FileWatcher implements Watcher {
  readonly #path: string;
  readonly #mode: WatchMode;
  readonly #interval: number;
  readonly #sumPath: string | undefined;
  readonly #beside: BesideWatch | undefined;
  /** The file that was yielded last, and the sum that it had. */
  #yielded: VerifiedFile | undefined;
  /** The file as the last look saw it. */
  #seen: FileIdentity | undefined;
  #seenSince = 0;
  #atStart = true;
  /** The last sum that was worked out, so that a file is not read twice. */
  #summed: { identity: FileIdentity; sum: string } | undefined;
  /** It changed while it was read: it is only read again once it rests. */
  #restless = false;
  #wake: Wake | undefined;
  /** The last complaint, so that it is not repeated at every look. */
  #complaint = "";

  /** Prepares to watch; nothing happens before {@linkcode watch}. */
  constructor(options: FileWatcherOptions) {
    this.#path = options.path;
    this.#mode = options.mode;
    this.#interval = options.interval ?? 5000;
    this.#sumPath = options.mode === "simple"
      ? undefined
      : `${options.path}.${options.mode}`;
    this.#beside = options.companions &&
      new BesideWatch(options.path, options.companions, SETTLE * 0.9);
  }

  /** Yields each new file; see {@linkcode Watcher.watch}. */
  async *watch(signal: AbortSignal): AsyncIterable<VerifiedFile> {
    const names = [this.#path, this.#sumPath ?? this.#path].map((path) =>
      basename(path)
    );
    const wake = this.#wake = new Wake(dirname(this.#path), names);
    try {
      while (!signal.aborted) {
        await wake.listen();
        const file = await this.look(signal);
        if (file !== undefined) {
          yield file;
          continue;
        }
        const settling = this.#seen !== undefined &&
          !sameFile(this.#seen, this.#yielded?.identity);
        await wake.wait(
          settling ? Math.min(SETTLE, this.#interval) : this.#interval,
          signal,
        );
      }
    } finally {
      wake.close();
    }
  }

  /**
   * Looks once, now.
   *
   * What is wrong with the file is logged, once, and never thrown.
   *
   * @returns the file, if it is new and verified.
   */
  async look(signal: AbortSignal): Promise<VerifiedFile | undefined> {
    try {
      const file = await this.#verify(signal);
      if (file !== undefined) {
        this.#yielded = file;
        this.#complaint = "";
      }
      return file;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#complain(
        `cannot read ${this.#path}: ${
          error instanceof Error ? error.message : error
        }`,
      );
    }
  }

  /** Lets {@linkcode watch} look at once, and not only after the interval. */
  lookNow(): void {
    this.#wake?.now();
  }

  /** Takes the file as new again; see {@linkcode Watcher.forget}. */
  forget(sumToo = false): void {
    this.#yielded = undefined;
    if (sumToo) this.#summed = undefined;
  }

  async #verify(signal: AbortSignal): Promise<VerifiedFile | undefined> {
    const atStart = this.#atStart;
    this.#atStart = false;
    const identity = await identify(this.#path);
    if (!sameFile(identity, this.#seen)) {
      this.#seen = identity;
      this.#seenSince = performance.now();
    }
    if (identity === undefined) {
      // The same file may come back, and then is dropped once more.
      this.#yielded = undefined;
      const left = await this.#beside?.leftBehind();
      return left === undefined ? undefined : this.#complain(left);
    }
    if (!identity.isFile) {
      return this.#complain(`${this.#path} is not a regular file: ignored`);
    }
    const atRest = atStart && Date.now() - identity.mtime > AT_REST;
    const settled = atRest ||
      performance.now() - this.#seenSince >= SETTLE * 0.9;
    const unchanged = sameFile(identity, this.#yielded?.identity);
    const { problem, isOwn, dev, ino } = await trust(this.#path);
    if (dev !== identity.dev || ino !== identity.ino) return undefined;
    if (problem !== undefined) {
      return unchanged ? undefined : this.#complain(`${this.#path} ${problem}`);
    }

    if (this.#mode === "simple") {
      if (unchanged || !settled) return undefined;
      const sum = await this.#sum(identity, "md5", signal);
      return sum === undefined
        ? undefined
        : await this.#finished(identity, sum, true);
    }

    const said = await this.#said();
    if (said === undefined) {
      return settled && !unchanged
        ? this.#complain(`${this.#path} is here: waiting for ${this.#sumPath}`)
        : undefined;
    }
    if (said.problem !== undefined) {
      return settled
        ? this.#complain(
          `${this.#sumPath} ${said.problem}: ${this.#path} is left alone`,
        )
        : undefined;
    }
    const wanted = said.sum;
    if (unchanged && wanted === this.#yielded?.sum) return undefined;
    if (this.#restless && !settled) return undefined;
    const sum = await this.#sum(identity, this.#mode, signal);
    if (sum === undefined) return undefined;
    if (sum !== wanted) {
      // The file may still be growing: only one that rests is wrong.
      const problem = isOwn
        ? `${this.#path} has the ${this.#mode} sum ${sum}, but ${this.#sumPath} says ${wanted}`
        : `${this.#path} does not match the ${this.#mode} sum in ${this.#sumPath}`;
      return settled
        ? this.#complain(`${problem}: not loaded; drop the right file or sum`)
        : undefined;
    }
    return await this.#finished(identity, sum, atRest);
  }

  /** What the sum file says. */
  async #said(): Promise<SumFile | undefined> {
    const path = this.#sumPath!;
    try {
      const { problem, dev, ino } = await trust(path);
      if (problem !== undefined) return { problem };
      return await readSum(path, this.#mode as SumAlgorithm, this.#path, {
        dev,
        ino,
      });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** The file, unless something beside it says that it is not finished. */
  async #finished(
    identity: FileIdentity,
    sum: string,
    atRest: boolean,
  ): Promise<VerifiedFile | undefined> {
    const judgement = await this.#beside?.judge(identity, atRest) ?? "finished";
    if (judgement === "wait") return undefined;
    if (judgement !== "finished") {
      return this.#complain(
        `${this.#path} ${judgement.problem}: it is left where it is until then`,
      );
    }
    return {
      path: this.#path,
      sumPath: this.#sumPath,
      sum,
      identity: identityOf(identity),
    };
  }

  /** The file's sum, or `undefined` if it changed while it was read. */
  async #sum(
    identity: FileIdentity,
    algorithm: SumAlgorithm,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (!sameFile(this.#summed?.identity, identity)) {
      const sum = await this.#sumUnlessChanged(identity, algorithm, signal);
      this.#restless = sum === undefined ||
        !sameFile(await identify(this.#path), identity);
      if (sum === undefined || this.#restless) return undefined;
      this.#summed = { identity, sum };
    }
    return this.#summed!.sum;
  }

  /** Sums the file up, but does not go on for long once it has changed. */
  async #sumUnlessChanged(
    identity: FileIdentity,
    algorithm: SumAlgorithm,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const changed = new AbortController();
    const looking = setInterval(async () => {
      const now = await identify(this.#path).catch(() => undefined);
      if (!sameFile(now, identity)) changed.abort();
    }, SETTLE);
    try {
      return await sumInBackground(
        this.#path,
        algorithm,
        identity,
        AbortSignal.any([signal, changed.signal]),
      );
    } catch (error) {
      if (error instanceof OtherFileError) return undefined;
      if (changed.signal.aborted && !signal.aborted) return undefined;
      throw error;
    } finally {
      clearInterval(looking);
    }
  }

  #complain(complaint: string): undefined {
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    logger.warn("{complaint}", { complaint });
  }
}
