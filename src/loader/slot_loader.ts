/**
 * Keeps data files in two slots, in turn; `slot_paths.ts` shows where.
 *
 * The slot in use is the one whose `slot.json` has the greater sequence number:
 * no clock is trusted. What is served, and what is kept for a roll-back, stay
 * where they are until the new file is served. Whatever step a crash comes
 * before, a restart serves what clients have seen last, or something newer:
 *
 * 1. the new file's note is written to the free slot, as `slot.json.unopened`;
 * 2. the new file is renamed to `data.db.new`, or copied; see `move.ts`. A crash
 *    up to here puts it back;
 * 3. when it has been opened, by all threads that serve, its note is renamed to
 *    `slot.json.new`: from now on a restart serves it. Then it is renamed to
 *    `data.db`, and its note to `slot.json`, which is told the file's times: only
 *    now what was kept here goes;
 * 4. where it was dropped, the original of a copy is removed, and the sum, unless
 *    they are of what is dropped next;
 * 5. when it is served, the file that was served before is removed, if it is not
 *    to be kept.
 *
 * @module
 */

import { join } from "node:path";
import { identify } from "../watcher/file_identity.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { clearUp } from "./clear_up.ts";
import { copyFile } from "./copy.ts";
import { removeDropped } from "./dropped.ts";
import { Guard } from "./guard.ts";
import { hasSum } from "./has_sum.ts";
import { HeldFile } from "./held_file.ts";
import type { LoadedFile, Loader } from "./loader.ts";
import { move, type MovedFile } from "./move.ts";
import { quarantine } from "./quarantine.ts";
import { type BeforeStep, removeIfThere } from "./remove.ts";
import { makePrivate } from "./rights.ts";
import { dataFile, notedFiles } from "./slot_files.ts";
import { readNote, type SlotNote, writeNote } from "./slot_note.ts";
import { REJECTED, type SlotPaths, slotPaths, SLOTS } from "./slot_paths.ts";

/** How a slot loader keeps its slots. */
export interface SlotLoaderOptions {
  /** Keep the former slot's file, for a roll-back. */
  keepPrevious?: boolean;
  /**
   * Where files are dropped. Only there is anything put back or removed after a
   * crash, whatever the notes in the slots say.
   */
  sources?: readonly string[];
  /** Called before each step that changes a file: tests end the process there. */
  beforeStep?: (step: string) => void;
}

/** A file that is brought to a slot, until it is served or put aside. */
interface Staged extends MovedFile {
  readonly file: LoadedFile;
  readonly dropped: VerifiedFile;
  /** Whether a guard has taken it over. */
  isGuarded: boolean;
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
 * const loader = new SlotLoader(directory, { sources: [path] });
 * await loader.recover();
 * const sum = "99914b932bd37a50b983c5e7c90ae93b";
 * const identity = (await identify(path))!;
 * const file = await loader.stage({ path, sum, identity });
 * const guard = await loader.guard(file);
 * const { path: served } = await loader.place(file);
 * assertEquals(served, `${directory}/data00/data.db`);
 * await loader.settle();
 * guard.close();
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export class SlotLoader implements Loader {
  readonly #directory: string;
  readonly #options: SlotLoaderOptions;
  readonly #beforeStep: BeforeStep;
  readonly #slots: readonly SlotPaths[];
  /** The slot that is served, and the number of its load. */
  #current = -1;
  #sequence = 0;
  /** The note of what is served. */
  #note: SlotNote | undefined;
  #staged: Staged | undefined;

  /**
   * Prepares to use a directory; nothing happens before {@linkcode recover}.
   *
   * @param directory the base directory, which must exist.
   */
  constructor(directory: string, options: SlotLoaderOptions = {}) {
    this.#directory = directory;
    this.#options = options;
    this.#beforeStep = options.beforeStep ?? (() => {});
    this.#slots = SLOTS.map((_, slot) => slotPaths(directory, slot));
  }

  /** Clears up, and lists the slots; see {@linkcode Loader.recover}. */
  async recover(): Promise<LoadedFile[]> {
    for (const { directory } of this.#slots) {
      await Deno.mkdir(directory, { recursive: true });
    }
    await makePrivate(this.#rejected);
    await clearUp({
      slots: this.#slots,
      sources: this.#options.sources ?? [],
      beforeStep: this.#beforeStep,
      putAside: (path, reason) => this.#putAside(path, reason),
    });
    return await this.list();
  }

  /** The data files in the slots, newest first. Changes nothing. */
  async list(): Promise<LoadedFile[]> {
    const found = await notedFiles(this.#slots);
    this.#sequence = found[0]?.note.sequence ?? 0;
    this.#current = found.length === 0 ? -1 : this.#slotOf(found[0].file);
    return found.map(({ file }) => file);
  }

  /** Moves the file into the free slot; see {@linkcode Loader.stage}. */
  async stage(dropped: VerifiedFile): Promise<LoadedFile> {
    const slot = this.#slots[this.#current === 0 ? 1 : 0];
    const { sum, path, sumPath, identity: { size, mtime, dev, ino } } = dropped;
    await Deno.mkdir(slot.directory, { recursive: true });
    await this.#clearNext(slot);
    this.#beforeStep("write the note");
    const sequence = this.#sequence + 1;
    const replaces = !this.#options.keepPrevious;
    const source = { source: path, sumPath, dev, ino };
    const note = { sequence, sum, size, mtime, ...source, replaces };
    const file = { path: slot.next, destination: slot.data, sum, size };
    try {
      await writeNote(slot.unopenedNote, note);
      const moved = await move(dropped, slot, this.#beforeStep);
      this.#staged = { ...moved, file, dropped, isGuarded: false };
    } catch (error) {
      // What could not be put back is put back at the next start.
      if (await identify(slot.next) === undefined) {
        await removeIfThere(slot.unopenedNote);
      }
      throw error;
    }
    this.#sequence = sequence;
    return file;
  }

  /** Watches over a file in a slot; see {@linkcode Loader.guard}. */
  async guard(file: LoadedFile): Promise<Guard> {
    if (file === this.#staged?.file) {
      this.#staged.isGuarded = true;
      return await Guard.over(file.path, file.sum, this.#staged.held);
    }
    const held = await HeldFile.open(file.path);
    await held.lease();
    return await Guard.over(file.path, file.sum, held);
  }

  /** Gives the file its name; see {@linkcode Loader.place}. */
  async place(file: LoadedFile): Promise<LoadedFile> {
    const number = this.#slotOf(file);
    const slot = this.#slots[number];
    if (file === this.#staged?.file) {
      this.#beforeStep("note that the new file opens");
      await Deno.rename(slot.unopenedNote, slot.nextNote);
    }
    if (file.path === slot.next) {
      this.#beforeStep("give the new file its name");
      await Deno.rename(slot.next, slot.data);
      this.#beforeStep("give its note its name");
      await Deno.rename(slot.nextNote, slot.note);
    }
    const note = await readNote(slot.note);
    this.#current = number;
    if (file === this.#staged?.file) await this.#removeFormerNext();
    // Of a file that somebody has put there, nothing is known.
    this.#note = note?.sum === file.sum ? note : undefined;
    await this.#noteTimes(slot);
    await this.#clearDrops();
    return { path: slot.data, sum: file.sum, size: file.size };
  }

  /** Removes the former slot's file; see {@linkcode Loader.settle}. */
  async settle(): Promise<void> {
    await this.#noteTimes(this.#slots[this.#current]);
    if (this.#note?.replaces) await this.#removeFormer();
  }

  /** Moves the file to `rejected/`; see {@linkcode Loader.reject}. */
  async reject(file: LoadedFile, reason: string): Promise<string> {
    const slot = this.#slots[this.#slotOf(file)];
    this.#beforeStep("put the file aside");
    const path = await this.#putAside(file.path, reason);
    this.#beforeStep("remove the note of a rejected file");
    if (file.path === slot.data) await removeIfThere(slot.note);
    await removeIfThere(slot.unopenedNote);
    await removeIfThere(slot.nextNote);
    if (file === this.#staged?.file) await this.#clearDrops();
    return path;
  }

  /** The other slot's file; see {@linkcode Loader.previous}. */
  async previous(): Promise<LoadedFile | undefined> {
    if (this.#current === -1) return undefined;
    return (await dataFile(this.#slots[1 - this.#current]))?.file;
  }

  /** Puts the newer file aside; see {@linkcode Loader.rollBack}. */
  async rollBack(to: LoadedFile, reason: string): Promise<string | undefined> {
    const newer = this.#current;
    this.#current = this.#slotOf(to);
    this.#note = await readNote(this.#slots[this.#current].note);
    if (newer === this.#current) return undefined;
    const { data: path, note } = this.#slots[newer];
    if (await identify(path) === undefined) {
      await removeIfThere(note);
      return undefined;
    }
    return await this.reject({ ...to, path }, reason);
  }

  /** Takes away what is served already; see {@linkcode Loader.discard}. */
  async discard(dropped: VerifiedFile, served: LoadedFile): Promise<boolean> {
    // What is damaged on the disk is replaced, though it had that sum once.
    const { path, sum } = served;
    if (!await hasSum(path, sum).catch(() => false)) return false;
    await removeDropped(dropped, true, this.#beforeStep);
    return true;
  }

  /** Puts a copy in the place of a file; see {@linkcode Loader.restore}. */
  async restore(
    file: LoadedFile,
    former: Guard,
    reason: string,
  ): Promise<Guard | undefined> {
    const { path, sum } = file;
    const slot = this.#slots.find(({ data }) => data === path);
    if (slot === undefined) return undefined;
    await Deno.mkdir(slot.directory, { recursive: true });
    this.#beforeStep("copy what is served");
    await copyFile(former.held, slot.whole);
    // Somebody may wait to write to it: then there is no time to read it all.
    const isUnwritten = await former.isUnwritten();
    if (!isUnwritten && !await hasSum(slot.whole, sum)) {
      await removeIfThere(slot.whole);
      return undefined;
    }
    const [own, there] = [await former.held.status(), await identify(path)];
    if (there && (there.dev !== own.dev || there.ino !== own.ino)) {
      this.#beforeStep("put aside what has taken the place of what is served");
      await this.#putAside(path, reason);
    }
    this.#beforeStep("put the copy in the place of what is served");
    await Deno.rename(slot.whole, path);
    const guard = await this.guard(file);
    if (isUnwritten) guard.checkLater();
    return guard;
  }

  get #rejected(): string {
    return join(this.#directory, REJECTED);
  }

  #slotOf({ path }: LoadedFile): number {
    return this.#slots.findIndex(({ data, next }) =>
      data === path || next === path
    );
  }

  #putAside(path: string, reason: string): Promise<string> {
    return quarantine(path, this.#rejected, reason);
  }

  /** What else was to be loaded could not be put back, or aside. */
  async #clearNext({ next, nextNote }: SlotPaths): Promise<void> {
    this.#beforeStep("clear away what else was to be loaded");
    await removeIfThere(nextNote);
    if (await identify(next) === undefined) return;
    await this.#putAside(next, "left by a load that failed")
      .catch(() => removeIfThere(next));
  }

  /** So that a restart sees whether the file has been changed since. */
  async #noteTimes({ data, note }: SlotPaths): Promise<void> {
    const status = await identify(data);
    if (this.#note === undefined || status === undefined) return;
    const { size, mtime, ctime } = status;
    const isNoted = this.#note.ctime === ctime;
    if (isNoted && await identify(note) !== undefined) return;
    this.#note = { ...this.#note, size, mtime, ctime };
    this.#beforeStep("note the times of the file");
    // Without them, a restart finds out by the sum.
    await writeNote(note, this.#note).catch(() => {});
  }

  /** What was dropped is served, or put aside. */
  async #clearDrops(): Promise<void> {
    const staged = this.#staged;
    this.#staged = undefined;
    if (staged === undefined) return;
    if (!staged.isGuarded) staged.held.close();
    await removeDropped(staged.dropped, staged.isCopy, this.#beforeStep);
  }

  /** What was to be served from the other slot did not open, and is superseded. */
  async #removeFormerNext(): Promise<void> {
    const { next, nextNote, unopenedNote } = this.#slots[1 - this.#current];
    for (const path of [nextNote, unopenedNote, next]) {
      await removeIfThere(path);
    }
  }

  /**
   * What was served before is in the other slot, beside what is being brought
   * there just now.
   */
  async #removeFormer(): Promise<void> {
    const slot = this.#slots[1 - this.#current];
    const sequence = (await readNote(slot.note))?.sequence ?? 0;
    // It did not open, and could not be put aside.
    if (sequence > this.#note!.sequence) return;
    this.#beforeStep("remove the former file");
    await removeIfThere(slot.data);
    this.#beforeStep("remove the former note");
    await removeIfThere(slot.note);
  }
}
