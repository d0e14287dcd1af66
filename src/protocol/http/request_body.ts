/**
 * The body of a request, taken from the received bytes as they come (RFC 9112,
 * sections 6 and 7.1).
 *
 * ```text
 * chunked   CHUNK… 0[;extension]\r\n [trailer field\r\n]… \r\n
 * CHUNK     SIZE[;extension]\r\n SIZE bytes \r\n        SIZE in hexadecimal
 * ```
 *
 * @module
 */

import { KINDS, VALUE } from "./characters.ts";
import { CHUNKED } from "./framing.ts";

/** Takes the content. */
export interface BodySink {
  /**
   * Takes `bytes[start, end)`, which are valid during the call.
   *
   * @returns whether it wants more.
   */
  take(bytes: Uint8Array, start: number, end: number): boolean;
}

/** How far a body has come. */
export enum Progress {
  /** More bytes are needed. */
  Part,
  /** It is there whole. */
  Whole,
  /** It is longer than it may be. */
  TooLong,
  /** The chunks are not as they must be. */
  Malformed,
}

/** Where in a chunked body the next byte belongs. */
enum State {
  /** The content of a body with a length, or of a chunk. */
  Content,
  SizeStart,
  Size,
  SizePadding,
  Extension,
  SizeEnd,
  ContentReturn,
  ContentEnd,
  LineStart,
  Trailer,
  TrailerEnd,
  LastEnd,
}

/** What chunk extensions and trailer fields may take together, in bytes. */
const LONGEST_EXTRAS = 16 * 1024;

/** The most digits of a chunk's size. */
const MOST_DIGITS = 16;

const CR = 0x0d, LF = 0x0a, SEMICOLON = 0x3b, SPACE = 0x20, TAB = 0x09;

/** One body after the other. */
export class RequestBody {
  /** How far it has come. */
  progress: Progress = Progress.Whole;
  /** How many bytes have been taken, also those of the chunks' framing. */
  taken = 0;
  /** How many of them were no content. */
  framing = 0;
  #state = State.Content;
  #chunked = false;
  /** How many bytes are missing of the body, or of the chunk. */
  #left = 0;
  /** How many more bytes of content there may be. */
  #room = 0;
  #digits = 0;
  #extras = 0;

  /**
   * Begins with a body.
   *
   * @param length in bytes, or {@linkcode CHUNKED}.
   * @param limit how many bytes of content there may be.
   */
  begin(length: number, limit: number): void {
    this.#chunked = length === CHUNKED;
    this.#state = this.#chunked ? State.SizeStart : State.Content;
    this.#left = this.#chunked ? 0 : length;
    this.#room = limit;
    this.#extras = this.taken = this.framing = 0;
    this.progress = length === 0
      ? Progress.Whole
      : length > limit
      ? Progress.TooLong
      : Progress.Part;
  }

  /** So much content may come from now on. */
  allow(limit: number): void {
    this.#room = limit;
    if (this.#left > limit) this.progress = Progress.TooLong;
  }

  /**
   * Takes what there is of the body in `bytes[start, end)`, as long as the sink
   * wants it; `progress` says how far it has come.
   *
   * @returns how many bytes belonged to it.
   */
  take(
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: BodySink | undefined,
  ): number {
    let at = start;
    let wanted = true;
    while (wanted && at < end && this.progress === Progress.Part) {
      if (this.#state === State.Content) {
        const count = Math.min(this.#left, end - at);
        if (sink !== undefined) wanted = sink.take(bytes, at, at + count);
        at += count;
        this.#left -= count;
        this.#room -= count;
        if (this.#left > 0) continue;
        if (this.#chunked) this.#state = State.ContentReturn;
        else this.progress = Progress.Whole;
      } else {
        this.framing++;
        this.#frame(bytes[at++]);
      }
    }
    this.taken += at - start;
    return at - start;
  }

  /** Takes one byte that is no content. */
  #frame(byte: number): void {
    switch (this.#state) {
      case State.SizeStart:
      case State.Size:
        return this.#size(byte);
      case State.SizePadding:
        if (byte === SEMICOLON) this.#state = State.Extension;
        else if (byte !== SPACE && byte !== TAB) return this.#malformed();
        return this.#extra(byte);
      case State.Extension:
        if (byte === CR) this.#state = State.SizeEnd;
        else this.#extra(byte);
        return;
      case State.SizeEnd:
        if (byte !== LF) return this.#malformed();
        if (this.#left > this.#room) this.progress = Progress.TooLong;
        this.#state = this.#left > 0 ? State.Content : State.LineStart;
        return;
      case State.ContentReturn:
        return this.#expect(byte, CR, State.ContentEnd);
      case State.ContentEnd:
        return this.#expect(byte, LF, State.SizeStart);
      case State.LineStart:
        if (byte === CR) this.#state = State.LastEnd;
        else if (byte === SPACE || byte === TAB) this.#malformed();
        else {
          this.#state = State.Trailer;
          this.#extra(byte);
        }
        return;
      case State.Trailer:
        if (byte === CR) this.#state = State.TrailerEnd;
        else this.#extra(byte);
        return;
      case State.TrailerEnd:
        return this.#expect(byte, LF, State.LineStart);
      case State.LastEnd:
        if (byte !== LF) return this.#malformed();
        this.progress = Progress.Whole;
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (this.#state === State.SizeStart) this.#left = this.#digits = 0;
      this.#state = State.Size;
      this.#left = this.#left * 16 + digit;
      if (++this.#digits > MOST_DIGITS) this.#malformed();
    } else if (this.#state === State.SizeStart) this.#malformed();
    else if (byte === CR) this.#state = State.SizeEnd;
    else {
      this.#state = State.SizePadding;
      this.#frame(byte);
    }
  }

  /** Nothing is made of extensions and trailers, but they must end some time. */
  #extra(byte: number): void {
    if ((KINDS[byte] & VALUE) === 0) return this.#malformed();
    if (++this.#extras > LONGEST_EXTRAS) this.progress = Progress.TooLong;
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte === expected) this.#state = next;
    else this.#malformed();
  }

  #malformed(): void {
    this.progress = Progress.Malformed;
  }
}

/** The value of a hexadecimal digit; -1 if it is none. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
