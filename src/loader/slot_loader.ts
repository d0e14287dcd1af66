/**
 * Keeps data files in two slots, in turn.
 *
 * ```text
 * DIR
 * ├── goromdb.lock           held by the process that serves; see lock.ts
 * ├── data00
 * │   ├── data.db            the data file
 * │   └── slot.json          which load it was, its sum, where it came from
 * ├── data01                 the slot for the next one
 * └── rejected
 *     ├── 000001-data.db             a file that did not open
 *     └── 000001-data.db.reason.txt  and why
 * ```
 *
 * The slot in use is the one whose `slot.json` has the greater sequence number:
 * no clock is trusted. A crash between any two steps leaves at least one whole
 * data file in a slot (or the new one still where it was dropped):
 *
 * 1. the old file of the free slot is removed (it was superseded);
 * 2. `slot.json` is written to the free slot: a slot without data does not count;
 * 3. the new file is renamed to `data.db.new` and, if it is still the one that
 *    was verified, to `data.db`. Where it comes from another file system it is
 *    copied to `data.db.part`, synced, and then renamed;
 * 4. its sum file is removed: it belongs to a file that is gone. One that says
 *    another sum stays, because it belongs to the file that is dropped next;
 * 5. when it is served, the former slot's file is removed.
 *
 * @module
 */

import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { algorithmOf, sumOf } from "../watcher/sum.ts";
import { identify } from "../watcher/file_identity.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { clearUp } from "./clear_up.ts";
import type { LoadedFile, Loader } from "./loader.ts";
import { move, type Places } from "./move.ts";
import { quarantine } from "./quarantine.ts";
import {
  type BeforeStep,
  removeIfThere,
  removeSum,
  tellLeftover,
} from "./remove.ts";
import { makePrivate } from "./rights.ts";
import { readNote, type SlotNote, writeNote } from "./slot_note.ts";

const logger = getLogger(["goromdb", "loader"]);

/** The directories of the slots. */
export const SLOTS = ["data00", "data01"] as const;
const DATA = "data.db";
const MOVED = "data.db.new";
const PART = "data.db.part";
const NOTE = "slot.json";

/** How a slot loader keeps its slots. */
export interface SlotLoaderOptions {
  /** Keep the former slot's file, for a roll-back. */
  keepPrevious?: boolean;
  /** Called before each step that changes a file: tests end the process there. */
  beforeStep?: (step: string) => void;
}

/**
 * Moves each new file into the slot that is not in use.
 *
 * @example
 * ```ts
 * import { identify, SlotLoader } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/data.db`;
 * await Deno.writeTextFile(path, "{}");
 *
 * const loader = new SlotLoader(directory);
 * await loader.recover();
 * const identity = (await identify(path))!;
 * const loaded = await loader.stage({ path, sum: "9991…", identity });
 * assertEquals(loaded.path, `${directory}/data00/data.db`);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class SlotLoader implements Loader {
  readonly #directory: string;
  readonly #keepPrevious: boolean;
  readonly #beforeStep: BeforeStep;
  /** The slot that is served, and the number of its load. */
  #current = -1;
  #sequence = 0;

  /**
   * Prepares to use a directory; nothing happens before {@linkcode recover}.
   *
   * @param directory the base directory, which must exist.
   */
  constructor(directory: string, options: SlotLoaderOptions = {}) {
    this.#directory = directory;
    this.#keepPrevious = options.keepPrevious ?? false;
    this.#beforeStep = options.beforeStep ?? (() => {});
  }

  /** Clears up, and lists the slots; see {@linkcode Loader.recover}. */
  async recover(): Promise<LoadedFile[]> {
    for (const slot of SLOTS.keys()) {
      await Deno.mkdir(this.#path(slot), { recursive: true });
    }
    const slots = [...SLOTS.keys()].map(async (slot) => ({
      places: this.#places(slot),
      note: await readNote(this.#path(slot, NOTE)),
    }));
    await clearUp(await Promise.all(slots), this.#beforeStep);
    await makePrivate(this.#rejected);
    return await this.list();
  }

  /** The data files in the slots, newest first. Changes nothing. */
  async list(): Promise<LoadedFile[]> {
    const found: { slot: number; note: SlotNote }[] = [];
    for (const slot of SLOTS.keys()) {
      const note = await this.#readSlot(slot);
      if (note !== undefined) found.push({ slot, note });
    }
    found.sort((a, b) =>
      b.note.sequence - a.note.sequence || b.note.mtime - a.note.mtime
    );
    this.#sequence = found[0]?.note.sequence ?? 0;
    this.#current = found[0]?.slot ?? -1;
    return found.map(({ slot, note }) => ({
      path: this.#path(slot, DATA),
      sum: note.sum,
      size: note.size,
    }));
  }

  /** Moves the file into the free slot; see {@linkcode Loader.stage}. */
  async stage(file: VerifiedFile): Promise<LoadedFile> {
    const slot = this.#current === 0 ? 1 : 0;
    const target = this.#path(slot, DATA);
    await Deno.mkdir(this.#path(slot), { recursive: true });
    this.#beforeStep("remove the old file of the free slot");
    await removeIfThere(target);
    this.#beforeStep("write the note");
    await writeNote(this.#path(slot, NOTE), {
      sequence: this.#sequence + 1,
      sum: file.sum,
      size: file.identity.size,
      mtime: file.identity.mtime,
      dev: file.identity.dev,
      ino: file.identity.ino,
      source: file.path,
      sumPath: file.sumPath,
    });
    await move(file, this.#places(slot), this.#beforeStep);
    this.#sequence++;
    const { sumPath } = file;
    if (sumPath !== undefined) {
      await removeSum({ ...file, sumPath }, this.#beforeStep)
        .catch(tellLeftover);
    }
    return { path: target, sum: file.sum, size: file.identity.size };
  }

  /** Removes the former slot's file; see {@linkcode Loader.settle}. */
  async settle(file: LoadedFile): Promise<void> {
    this.#current = this.#slotOf(file);
    const former = this.#current === 0 ? 1 : 0;
    if (this.#keepPrevious) return;
    this.#beforeStep("remove the former file");
    await removeIfThere(this.#path(former, DATA));
    this.#beforeStep("remove the former note");
    await removeIfThere(this.#path(former, NOTE));
  }

  /** Moves the file to `rejected/`; see {@linkcode Loader.reject}. */
  async reject(file: LoadedFile, reason: string): Promise<string> {
    this.#beforeStep("put the file aside");
    const path = await quarantine(file.path, this.#rejected, reason);
    this.#beforeStep("remove the note of a rejected file");
    await removeIfThere(this.#path(this.#slotOf(file), NOTE));
    return path;
  }

  /** The other slot's file; see {@linkcode Loader.previous}. */
  async previous(): Promise<LoadedFile | undefined> {
    const slot = this.#current === 0 ? 1 : 0;
    const note = this.#current === -1 ? undefined : await this.#readSlot(slot);
    return note === undefined
      ? undefined
      : { path: this.#path(slot, DATA), sum: note.sum, size: note.size };
  }

  /** Puts the newer file aside; see {@linkcode Loader.rollBack}. */
  async rollBack(to: LoadedFile): Promise<string | undefined> {
    const newer = this.#current;
    this.#current = this.#slotOf(to);
    if (newer === this.#current) return undefined;
    return await this.reject(
      { ...to, path: this.#path(newer, DATA) },
      "rolled back",
    );
  }

  get #rejected(): string {
    return join(this.#directory, "rejected");
  }

  #path(slot: number, name = ""): string {
    return join(this.#directory, SLOTS[slot], name);
  }

  #places(slot: number): Places {
    return {
      data: this.#path(slot, DATA),
      moved: this.#path(slot, MOVED),
      part: this.#path(slot, PART),
    };
  }

  #slotOf(file: LoadedFile): number {
    return SLOTS.findIndex((_, slot) => this.#path(slot, DATA) === file.path);
  }

  /** The note of a slot that holds data; made up where there is none. */
  async #readSlot(slot: number): Promise<SlotNote | undefined> {
    const path = this.#path(slot, DATA);
    const identity = await identify(path);
    if (!identity?.isFile) return undefined;
    const note = await readNote(this.#path(slot, NOTE));
    if (
      note !== undefined && note.size === identity.size &&
      note.mtime === identity.mtime
    ) return note;
    // A copy from a backup has another time, and is the same file all the same.
    const sum = await sumOf(
      path,
      note === undefined ? "md5" : algorithmOf(note.sum),
    );
    if (note?.sum === sum) return note;
    if (note !== undefined) {
      logger.warn(
        "{path} is not the file that was loaded (its sum is {sum}, and was {was}): it is served only if no other file is there",
        { path, sum, was: note.sum },
      );
    }
    return {
      sequence: 0,
      sum,
      size: identity.size,
      mtime: identity.mtime,
      source: path,
    };
  }
}
