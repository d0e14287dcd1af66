/**
 * What is done when somebody changes the file that is served, or wants to.
 *
 * Files in slots are nobody else's business, but whoever may write there can
 * truncate one, and what is mapped of it would end the process. Where there are
 * leases the change waits while a copy is made of what was loaded: that takes the
 * file's place, and is served, and the change meets a file that nobody reads any
 * more. Elsewhere it is found when it has happened, and then the file that was
 * served before is the best there is.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Counters, FILE_CHANGES } from "../protocol/counters.ts";
import { setDataState } from "../protocol/data_state.ts";
import { open, type Opened, type Opener } from "./opened.ts";
import type { Served, ServedFile } from "./served.ts";

const logger = getLogger(["goromdb", "database"]);

/** What mending takes. */
export interface MendingParts extends Opener {
  /** What is served. */
  readonly served: Served;
  /** Where changes are counted, and what is served then is told. */
  readonly counters: Counters;
  /**
   * Serves the file that was served before.
   *
   * @returns where the one is now that was served.
   */
  goBack(to: Opened, reason: string): Promise<string | undefined>;
}

/** A file whose change could not be undone. */
export interface Lost {
  /** The file. */
  readonly file: ServedFile;
  /** What somebody has done to it: `was changed`. */
  readonly change: string;
}

/** Sees what others do to the file that is served, and puts it right. */
export class Mending {
  readonly #parts: MendingParts;
  /** Whether it has been told that changes cannot be prevented here. */
  #isTold = false;

  /** Puts the parts together. */
  constructor(parts: MendingParts) {
    this.#parts = parts;
  }

  /**
   * Looks at the file that is served; if somebody changes it, a copy of what was
   * loaded takes its place.
   *
   * @returns what has to be fallen back from, as there is no such copy.
   */
  look(): Promise<Lost | undefined> {
    const { served, storage, counters } = this.#parts;
    return served.queue.take(async () => {
      const { file } = served;
      if (file?.storage !== storage) return undefined; // nothing, or inherited
      this.#tellUnguarded(file);
      // What cannot be looked at for a moment is looked at the next time.
      const change = await file.guard?.look().catch(() => undefined);
      if (change === undefined || change === file.change) return undefined;
      counters[FILE_CHANGES]++;
      if (await this.#restore(file, change)) return undefined;
      file.change = change;
      return { file, change };
    });
  }

  /** Serves the best that there is without the file. */
  async fallBack({ file, change }: Lost): Promise<void> {
    const { served, loader, counters, goBack } = this.#parts;
    if (file !== served.file) return; // A new one has been loaded meanwhile.
    const { path } = file.file;
    if (file.data.inMemory || file.guard?.held.leased) {
      setDataState(counters, "memory");
      logger.error(
        "{file} {change}: what was loaded is served on from memory, but a restart will not find it; drop it again",
        { file: path, change },
      );
      return;
    }
    const previous = await loader.previous();
    if (previous !== undefined) {
      try {
        const opened = await open(this.#parts, previous);
        const now = await goBack(opened, `${path} ${change}`);
        setDataState(counters, "previous");
        logger.error(
          "{file} {change}: what was served before is served again, and the changed file is now {now}",
          { file: path, change, now },
        );
        return;
      } catch (error) {
        const isServed = served.file !== file; // It could not be put aside.
        logger.error(
          isServed
            ? "{file} {change}: what was served before is served again; {reason}"
            : "cannot serve what was served before: {reason}",
          { file: path, change, reason: messageOf(error) },
        );
        if (isServed) return setDataState(counters, "previous");
      }
    }
    setDataState(counters, "changed");
    logger.error(
      "{file} {change}, and there is no other: gets may fail, or find what was never dropped; drop a sound file",
      { file: path, change },
    );
  }

  /** Says, once, that others could harm what is served. */
  #tellUnguarded({ file, guard, data }: ServedFile): void {
    const isGuarded = guard === undefined || data.inMemory ||
      guard.held.leased || guard.held.written;
    if (isGuarded || this.#isTold) return;
    this.#isTold = true;
    logger.warn(
      "{file} is read while it is served, and nobody can be kept from changing it here",
      { file: file.path },
    );
  }

  /** @returns false if what is there now is not what was loaded. */
  async #restore(served: ServedFile, change: string): Promise<boolean> {
    const { loader } = this.#parts;
    const { file, guard, data, next: { facts } } = served;
    try {
      const what = `${file.path} ${change}`;
      const next = await loader.restore(file, guard!, what);
      if (next === undefined) return false;
      if (data.inMemory) {
        served.guard = next;
        guard!.close();
      } else {
        // What is copied is in memory already.
        const options = { ...this.#parts.options, warm: false };
        const opened = await open({ ...this.#parts, options }, file, next);
        await this.#parts.served.replace(opened, facts);
      }
      await loader.settle();
    } catch (error) {
      logger.warn("cannot copy what is served: {reason}", {
        reason: messageOf(error),
      });
      return false;
    }
    logger.warn(
      "{file} {change}: a copy of what was loaded has taken its place, and is served",
      { file: file.path, change },
    );
    return true;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
