/**
 * What `POST /v1/{database}:batchGet` takes: JSON, or NDJSON with a key a line. It
 * is read as it comes, so that only the keys are kept.
 *
 * ```text
 * JSON     {"keys": [KEY, …]}
 * NDJSON   KEY\nKEY\n…
 * KEY      "text"
 *          {"key": "text"} or {"keyBase64": "aG9nZQ=="}, and if wanted
 *          "namespace": "text" or "namespaceBase64": "bnM="
 * ```
 *
 * @module
 */

import { free } from "../../free.ts";
import type { Problem } from "../problem.ts";
import type { BodySink } from "../request_body.ts";
import { decodeBase64 } from "./base64.ts";
import { BatchKeys, type BatchPart } from "./batch_keys.ts";
import { JsonFault, JsonTokens, Token } from "./json_tokens.ts";

/** The most keys of one request. */
export const MOST_KEYS = 10_000;

/** The longest body, in bytes. */
export const LARGEST_BATCH: number = 4 * 1024 * 1024;

/** The longest key, and the longest namespace, in bytes. */
export const LONGEST_KEY: number = 64 * 1024;

/** The longest text that can be one, in bytes: that of base64. */
const LONGEST_TEXT = 4 * Math.ceil(LONGEST_KEY / 3);

const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** What the next token is a part of. */
enum Place {
  /** Nothing yet: the text, or the line, begins. */
  Top,
  /** The object with the keys. */
  Request,
  /** The value of its member `keys`. */
  Keys,
  /** The array of keys. */
  List,
  /** An object that is a key. */
  Key,
  /** The value of one of its members that count. */
  Part,
  /** What does not matter. */
  Elsewhere,
}

/** The members of a key that count. */
const PARTS = ["key", "keyBase64", "namespace", "namespaceBase64"];
const KEY = 0, KEY_BASE64 = 1, NAMESPACE = 2, NAMESPACE_BASE64 = 3;

const NAMES = ["keys", ...PARTS].map((name) => new TextEncoder().encode(name));

/** Where a string is, from `needed` on; {@linkcode NO_TEXT}: there is another value. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const NO_TEXT: Span = { start: -1, end: -1 };

/** Reads the body of one request. */
export class BatchRequest implements BodySink {
  /** The keys so far. */
  readonly keys: BatchKeys = new BatchKeys();
  /** What is wrong with the body, if anything. */
  problem: Problem | undefined;
  readonly #lines: boolean;
  readonly #tokens: JsonTokens = new JsonTokens(
    (token) => this.#take(token),
    LONGEST_TEXT,
  );
  #place = Place.Top;
  /** Where to go on behind what does not matter, and how deep that is. */
  #after = Place.Top;
  #depth = 0;
  /** Whether there has been a member `keys`. */
  #found = false;
  /** How many keys there are, also those that are too many. */
  #count = 0;
  /** How many bytes of a byte order mark have come; -1: no more can come. */
  #marked = 0;
  /** The parts of the key that is being read. */
  readonly #parts: (Span | undefined)[] = [];
  #part = KEY;

  /**
   * Begins.
   *
   * @param lines whether it is NDJSON.
   */
  constructor(lines: boolean) {
    this.#lines = lines;
  }

  /** How much memory it takes, in bytes. */
  get size(): number {
    return this.#tokens.bytes.length + this.keys.size;
  }

  /** Frees its memory, and that of its keys. */
  free(): void {
    free(this.#tokens.bytes);
    this.keys.free();
  }

  /** Takes a piece of the body; see {@linkcode BodySink.take}. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    start = this.#skipMark(bytes, start, end);
    while (start < end && this.problem === undefined) {
      const lf = this.#lines ? bytes.subarray(start, end).indexOf(LF) : -1;
      const lineEnd = lf === -1 ? end : start + lf;
      this.#tokens.take(bytes, start, lineEnd);
      start = lineEnd;
      if (this.#tokens.fault !== undefined) this.#tell(this.#tokens.fault);
      else if (lf !== -1 && this.problem === undefined) {
        this.#endLine();
        start++;
      }
    }
    return this.problem === undefined;
  }

  /** The body has ended. */
  finish(): void {
    const tokens = this.#tokens;
    tokens.finish();
    if (this.problem !== undefined) return;
    if (this.#lines ? !tokens.empty && !tokens.whole : !tokens.whole) {
      return this.#tell(JsonFault.Syntax);
    }
    if (!this.#lines && !this.#found) return this.#misshapen();
    if (this.#count > MOST_KEYS) {
      return this.#fail(
        `${this.#count} keys are too many: send ${MOST_KEYS} at most`,
        413,
      );
    }
  }

  #endLine(): void {
    const tokens = this.#tokens;
    tokens.finish();
    if (this.problem !== undefined) return;
    if (!tokens.whole) return this.#tell(JsonFault.Syntax);
    tokens.next();
    this.#place = Place.Top;
  }

  #skipMark(bytes: Uint8Array, start: number, end: number): number {
    while (this.#marked >= 0 && start < end) {
      if (bytes[start] === BYTE_ORDER_MARK[this.#marked]) {
        start++;
        if (++this.#marked === BYTE_ORDER_MARK.length) this.#marked = -1;
      } else if (this.#marked > 0) {
        this.#tell(JsonFault.Syntax);
        return end;
      } else this.#marked = -1;
    }
    return start;
  }

  /** Takes what the text has next. */
  #take(token: Token): void {
    if (this.problem !== undefined) return;
    switch (this.#place) {
      case Place.Top:
        if (this.#lines) this.#takeKey(token);
        else if (token === Token.ObjectStart) this.#place = Place.Request;
        else this.#misshapen();
        return;
      case Place.Request:
        if (token !== Token.Name) return; // its end
        if (this.#isName(0)) this.#place = Place.Keys;
        else this.#pass(Place.Request);
        return this.#tokens.forget();
      case Place.Keys:
        if (token !== Token.ArrayStart) return this.#misshapen();
        // Of members with one name the last counts.
        this.keys.clear();
        this.#count = 0;
        this.#found = true;
        this.#place = Place.List;
        return;
      case Place.List:
        if (token === Token.ArrayEnd) this.#place = Place.Request;
        else this.#takeKey(token);
        return;
      case Place.Key:
        if (token === Token.ObjectEnd) return this.#endKey();
        this.#part = NAMES.findIndex((_, n) => n > 0 && this.#isName(n)) - 1;
        this.#tokens.forget();
        if (this.#part < 0) this.#pass(Place.Key);
        else this.#place = Place.Part;
        return;
      case Place.Part:
        return this.#takePart(token);
      case Place.Elsewhere:
        this.#leave(token);
    }
  }

  #takeKey(token: Token): void {
    if (token === Token.String) {
      this.#parts.length = 0;
      this.#parts[KEY] = this.#lastString();
      this.#addKey();
    } else if (token === Token.ObjectStart) {
      this.#parts.length = 0;
      this.#place = Place.Key;
    } else {
      this.#failKey(
        " must be a text, or an object with key or keyBase64",
      );
    }
  }

  #takePart(token: Token): void {
    this.#parts[this.#part] = token === Token.String
      ? this.#lastString()
      : NO_TEXT;
    this.#place = Place.Key;
    if (token === Token.ObjectStart || token === Token.ArrayStart) {
      this.#pass(Place.Key);
      this.#depth--; // it is in it already
    }
  }

  #endKey(): void {
    this.#place = this.#lines ? Place.Top : Place.List;
    this.#addKey();
  }

  #addKey(): void {
    if (
      this.#parts[KEY_BASE64] !== undefined ||
      this.#parts[NAMESPACE_BASE64] !== undefined
    ) {
      // What they stand for is put behind the texts, which must not move then.
      this.#tokens.reserve(this.#tokens.length - this.#tokens.needed);
    }
    const namespace = this.#read(NAMESPACE, NAMESPACE_BASE64);
    const key = this.#read(KEY, KEY_BASE64);
    if (this.problem !== undefined) return;
    if (key === undefined) {
      return this.#failKey(" has no key and no keyBase64");
    }
    if (isLong(key) || namespace !== undefined && isLong(namespace)) {
      return this.#failKey(` has more than ${LONGEST_KEY} bytes`, 413);
    }
    const tokens = this.#tokens;
    if (this.#count++ < MOST_KEYS) {
      this.keys.add(tokens.bytes, namespace, key);
      tokens.needed = tokens.length;
    } else tokens.length = tokens.needed;
  }

  #lastString(): Span {
    const { needed, stringStart, length } = this.#tokens;
    return { start: stringStart - needed, end: length - needed };
  }

  /** The part of the key that is there as one of two members. */
  #read(name: number, coded: number): BatchPart | undefined {
    const text = this.#parts[name], base64 = this.#parts[coded];
    if (text !== undefined && base64 !== undefined) {
      this.#failKey(` has both ${PARTS[name]} and ${PARTS[coded]}`);
    } else if (text !== undefined) {
      if (text !== NO_TEXT) {
        const { needed } = this.#tokens;
        return {
          start: needed + text.start,
          end: needed + text.end,
          base64: -1,
        };
      }
      this.#failKey(`.${PARTS[name]} is not a text`);
    } else if (base64 !== undefined) {
      const part = base64 === NO_TEXT ? undefined : this.#decode(base64);
      if (part !== undefined) return part;
      this.#failKey(`.${PARTS[coded]} is not base64`);
    }
    return undefined;
  }

  #decode({ start, end }: Span): BatchPart | undefined {
    const tokens = this.#tokens;
    const { bytes, length, needed } = tokens;
    const base64 = needed + start;
    const decoded = decodeBase64(bytes, base64, needed + end, bytes, length);
    if (decoded < 0) return undefined;
    tokens.length = decoded;
    return { start: length, end: decoded, base64 };
  }

  /** What comes next does not matter. */
  #pass(after: Place): void {
    this.#after = after;
    this.#depth = this.#tokens.depth;
    this.#tokens.keep = false;
    this.#place = Place.Elsewhere;
  }

  /** Whether that was the end of what does not matter. */
  #leave(token: Token): void {
    if (
      token === Token.Name || token === Token.ObjectStart ||
      token === Token.ArrayStart || this.#tokens.depth !== this.#depth
    ) return;
    this.#tokens.keep = true;
    this.#place = this.#after;
  }

  #isName(n: number): boolean {
    const { bytes, stringStart, length } = this.#tokens;
    const name = NAMES[n];
    if (length - stringStart !== name.length) return false;
    return name.every((byte, i) => byte === bytes[stringStart + i]);
  }

  #misshapen(): void {
    this.#fail('the body must be {"keys": ["a key", …]}');
  }

  #tell(fault: JsonFault): void {
    const where = this.#lines ? `line ${this.#count + 1}` : "the body";
    switch (fault) {
      case JsonFault.Syntax:
        return this.#fail(`${where} is not JSON`);
      case JsonFault.Encoding:
        return this.#fail("the body is not UTF-8: send such keys as keyBase64");
      case JsonFault.Depth:
        return this.#fail(`${where} is nested too deep`);
      case JsonFault.Length:
        return this.#fail(`a text is longer than ${LONGEST_TEXT} bytes`, 413);
    }
  }

  #failKey(what: string, status = 400): void {
    this.#fail(`keys[${this.#count}]${what}`, status);
  }

  #fail(detail: string, status = 400): void {
    this.problem ??= { status, detail };
  }
}

function isLong({ start, end }: BatchPart): boolean {
  return end - start > LONGEST_KEY;
}
