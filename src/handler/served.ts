/**
 * What the targets of a database serve, and how it is replaced.
 *
 * @module
 */

import type { Guard } from "../loader/guard.ts";
import type { LoadedFile } from "../loader/loader.ts";
import type { DataSetFacts, SharedDataSet } from "./data_set.ts";
import { swap, type SwapTarget } from "./handler.ts";
import { close, type Opened } from "./opened.ts";
import { Queue } from "./queue.ts";

/** A file that is served. */
export interface ServedFile
  extends Omit<Opened, "file" | "guard" | "milliseconds"> {
  /** The file, where it lies now. */
  readonly file: LoadedFile;
  /** Watches over it, if it is ours. */
  guard: Guard | undefined;
  /** What the targets were given. */
  readonly next: SharedDataSet;
  /** What somebody has done to the file, where that could not be undone. */
  change?: string;
}

/** The targets, and what they serve. */
export class Served {
  /** Swaps, and all that must not happen during one; none takes long. */
  readonly queue = new Queue();
  #targets: readonly SwapTarget[];
  #file: ServedFile | undefined;

  /**
   * Serves nothing yet.
   *
   * @param targets the threads that serve.
   */
  constructor(targets: readonly SwapTarget[]) {
    this.#targets = targets;
  }

  /** What is served. */
  get file(): ServedFile | undefined {
    return this.#file;
  }

  /**
   * Lets the targets serve an opened file, and no other. Only in the queue.
   *
   * @param place gives the file its place when they all have opened it.
   * @throws if one of them cannot; then the file has been let go of.
   */
  async replace(
    opened: Opened,
    facts: DataSetFacts,
    place: () => Promise<LoadedFile> = () => Promise.resolve(opened.file),
  ): Promise<void> {
    const { data, guard, storage } = opened;
    let { file } = opened;
    const next = { data, facts };
    const abandoned = () => close(opened);
    await swap(this.#targets, next, undefined, abandoned, async () => {
      file = await place();
      if (file.path !== opened.file.path) await guard?.moved(file.path);
    });
    const former = this.#file;
    this.#file = { file, data, guard, storage, next };
    if (former === undefined) return;
    // In its own time: somebody may be reading a long answer from it.
    Promise.all(this.#targets.map((target) => target.released()))
      .then(() => close(former));
  }

  /** One more target serves what is served, now and from now on. */
  join(target: SwapTarget): Promise<void> {
    return this.queue.take(async () => {
      if (this.#file !== undefined) await swap([target], this.#file.next);
      this.#targets = [...this.#targets, target];
    });
  }

  /** A target is let alone from now on. */
  leave(target: SwapTarget): Promise<void> {
    return this.queue.take(() => {
      this.#targets = this.#targets.filter((other) => other !== target);
      return Promise.resolve();
    });
  }

  /** Takes over what others serve. */
  inherit(former: Served): void {
    this.#file = former.#file;
    this.#targets = former.#targets;
    former.#file = undefined;
    former.#targets = [];
  }

  /** Lets go of the data, which no target may read any more. */
  close(): void {
    if (this.#file !== undefined) close(this.#file);
    this.#file = undefined;
  }
}
