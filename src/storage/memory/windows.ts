/**
 * A file of any length as windows of less than 2 GiB, so that every offset
 * within one is a small integer: with larger numbers V8 reads bytes many times
 * more slowly.
 *
 * @module
 */

/** The distance from the begin of a window to that of the next, in bytes. */
const STRIDE = 2 ** 30;

/** Windows overlap, so that what begins in the first half of one fits into it. */
const LENGTH = 2 ** 31 - 2 ** 16;

/** One stretch of a file. */
export interface Window {
  /** Where it begins in the file; a multiple of 4. */
  readonly base: number;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** The same as numbers, in the byte order of the machine. */
  readonly words: Int32Array;
}

/** The windows of one file. */
export class Windows {
  /** The window at the begin of the file: of most files the only one. */
  readonly first: Window;
  readonly #file: Uint8Array;
  readonly #windows: readonly Window[];

  /** Cuts a file into windows; nothing is copied if it begins at a word. */
  constructor(file: Uint8Array) {
    this.#file = file.byteOffset % 4 === 0 ? file : file.slice();
    const windows: Window[] = [];
    for (let base = 0; base === 0 || base < file.length; base += STRIDE) {
      windows.push(this.#cut(base, Math.min(file.length, base + LENGTH)));
    }
    this.#windows = windows;
    this.first = windows[0];
  }

  /**
   * The window that holds `[start, end)` of the file; `undefined` if that is too
   * long for any, or not in the file.
   */
  at(start: number, end: number): Window | undefined {
    if (start >= 0 && end <= this.first.bytes.length) return this.first;
    if (start < 0 || end > this.#file.length) return undefined;
    const window = this.#windows[Math.floor(start / STRIDE)];
    if (end - window.base <= window.bytes.length) return window;
    const base = start - start % 4;
    return end - base <= LENGTH ? this.#cut(base, end) : undefined;
  }

  #cut(start: number, end: number): Window {
    const { buffer, byteOffset } = this.#file;
    return {
      base: start,
      bytes: this.#file.subarray(start, end),
      words: new Int32Array(buffer, byteOffset + start, (end - start) >> 2),
    };
  }
}
