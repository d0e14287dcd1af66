/**
 * When to look again: at once when the file system says so, and in any case
 * after an interval, because network file systems say nothing.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";

const logger = getLogger(["goromdb", "watcher"]);

/** Wakes a watcher up. */
export class Wake {
  readonly #directory: string;
  readonly #names: ReadonlySet<string>;
  #events: Deno.FsWatcher | undefined;
  #watched: number | undefined;
  #complained = false;
  /**
   * Some versions of Deno (2.9.6) open what appears in a watched directory. At a
   * pipe they wait for its other end, tell no more events, and block whoever
   * closes a watcher or makes another: from then on it is left as it is, and the
   * interval has to do.
   */
  #stuck = false;
  #due = false;
  #wake = () => {};

  /**
   * @param directory where the files are.
   * @param names the names in it that matter.
   */
  constructor(directory: string, names: Iterable<string>) {
    this.#directory = directory;
    this.#names = new Set(names);
  }

  /**
   * Listens for events of the directory that has the name now: it may have been
   * removed, or renamed away, and made again. Call it before each look: what
   * happens after it is not missed.
   */
  async listen(): Promise<void> {
    for (const name of this.#names) {
      this.#stuck ||= await isPipe(`${this.#directory}/${name}`);
    }
    if (this.#stuck) return;
    const ino = await Deno.stat(this.#directory)
      .then((info) => info.ino ?? 0, () => undefined);
    if (ino === this.#watched && this.#events !== undefined) return;
    this.close();
    if (ino === undefined) return;
    try {
      this.#events = Deno.watchFs(this.#directory, { recursive: false });
      this.#watched = ino;
      this.#complained = false;
      this.#follow(this.#events);
    } catch (error) {
      if (this.#complained) return;
      this.#complained = true;
      logger.warn(
        "cannot watch {directory} for events, so only look at it at intervals: {error}",
        {
          directory: this.#directory,
          error: error instanceof Error ? error.message : String(error),
        },
      );
    }
  }

  /** Waits for an event, for `ms` milliseconds at most, or for the signal. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#due && !signal.aborted) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", this.#wake, { once: true });
      });
      clearTimeout(timer);
      signal.removeEventListener("abort", this.#wake);
    }
    this.#due = false;
  }

  /** Ends a wait, or the next one, at once. */
  now(): void {
    this.#due = true;
    this.#wake();
  }

  /** Stops listening for events. */
  close(): void {
    if (!this.#stuck) this.#events?.close();
    this.#events = undefined;
    this.#watched = undefined;
  }

  async #follow(events: Deno.FsWatcher): Promise<void> {
    try {
      for await (const event of events) {
        if (event.kind === "access") continue;
        if (event.paths.some((path) => this.#names.has(baseName(path)))) {
          this.now();
        }
      }
    } catch {
      // The watched directory is gone, or the watcher has been closed under the
      // loop's feet: the poll goes on, and listen() tries again.
    }
    if (this.#events === events) this.#events = undefined;
  }
}

async function isPipe(path: string): Promise<boolean> {
  return await Deno.stat(path).then(
    ({ isFifo }) => isFifo === true,
    () => false,
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
