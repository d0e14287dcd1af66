/**
 * What lies beside a verified file: whether it may be taken now.
 *
 * @module
 */

import { type FileIdentity, sameFile } from "./file_identity.ts";
import type { Companions } from "./watcher.ts";

/**
 * How long changes must lie beside a path without a file before that is told, in
 * ms: they may be the first part of what is dropped next.
 */
const LEFT_BEHIND_MS = 5000;

/** Whether a file is finished, is to be looked at again, or is refused. */
export type Judgement = "finished" | "wait" | { readonly problem: string };

/** Looks beside one path, again and again. */
export class BesideWatch {
  readonly #path: string;
  readonly #companions: Companions;
  readonly #settle: number;
  /** The verified file, and what lay beside it, since when. */
  #seen: { identity: FileIdentity; state: string; since: number } | undefined;
  /** Since when changes lie beside no file; `undefined`: there are none. */
  #leftSince: number | undefined;

  /**
   * Prepares to look.
   *
   * @param path where the file is dropped.
   * @param settle how long nothing must have changed, in milliseconds.
   */
  constructor(path: string, companions: Companions, settle: number) {
    this.#path = path;
    this.#companions = companions;
    this.#settle = settle;
  }

  /**
   * Judges a file whose sum is right. What belongs to it may be dropped behind
   * it: a file of such a format is finished when nothing has come for a while.
   *
   * @param atRest whether it has been there for that while.
   */
  async judge(identity: FileIdentity, atRest: boolean): Promise<Judgement> {
    this.#leftSince = undefined;
    const { problem, state } = await this.#companions.look(this.#path);
    if (problem !== undefined) {
      this.#seen = undefined;
      return { problem };
    }
    if (state === undefined || state === "" && atRest) return "finished";
    const now = performance.now();
    if (
      this.#seen === undefined || state !== this.#seen.state ||
      !sameFile(identity, this.#seen.identity)
    ) this.#seen = { identity, state, since: now };
    return now - this.#seen.since >= this.#settle ? "finished" : "wait";
  }

  /**
   * What was dropped behind a file that had been taken already, and so is not
   * served: told when it has been there for a while.
   */
  async leftBehind(): Promise<string | undefined> {
    const changes = await this.#companions.leftBehind(this.#path);
    if (changes === undefined) {
      this.#leftSince = undefined;
      return undefined;
    }
    this.#leftSince ??= performance.now();
    return performance.now() - this.#leftSince >= LEFT_BEHIND_MS
      ? `there are changes in ${changes}, and no ${this.#path}: they are not served; drop the file again, behind them`
      : undefined;
  }
}
