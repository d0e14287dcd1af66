/**
 * The flags of meta commands, read as memcached reads them for all commands
 * alike (`_meta_flag_preparse`): also one that the command has no use for must
 * be well formed.
 *
 * @module
 */

import { decodeBase64 } from "./base64.ts";
import { int32, KEY_LIMIT, uint64 } from "./line.ts";
import type { MetaLine } from "./meta_line.ts";

/** A line with so many words or more has too many flags. */
export const WORD_LIMIT = 20;

/** What is said of an opaque that is too long. */
export const LONG_OPAQUE = "CLIENT_ERROR opaque token too long\r\n";

/** An opaque has at most so many bytes, its `O` included. */
const OPAQUE_LIMIT = 32;

const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";
const BAD_TOKEN = "CLIENT_ERROR bad token in command line format\r\n";

const b = 0x62, C = 0x43, M = 0x4d, O = 0x4f, q = 0x71, v = 0x76;

/** What a flag needs behind its letter, and what is said when it is not there. */
interface FlagRule {
  /** The token's form; a flag without one may have any token. */
  readonly token?: (word: string) => unknown;
  /** The complaint about a wrong token; the former one stays without it. */
  readonly complaint?: string;
  /** Whether the flag asks a `mg` to change the item. */
  readonly changes?: true;
}

/** All flags of all meta commands. */
const RULES: Record<string, FlagRule> = {
  b: {}, // the key is base64
  c: {}, // return the CAS value
  f: {}, // return the flags stored with the value
  h: {}, // return whether the item was read before
  k: {}, // return the key
  l: {}, // return the seconds since the last access
  q: {}, // say nothing of a miss
  s: {}, // return the value's length
  t: {}, // return the remaining seconds
  u: {}, // do not count as an access
  v: {}, // return the value
  I: {}, // md, ms: mark as stale
  L: {}, // for proxies
  O: {}, // return this token
  P: {}, // for proxies
  C: { token: uint64, complaint: BAD_TOKEN }, // compare the CAS value
  N: { token: int32, complaint: BAD_TOKEN, changes: true }, // create on a miss
  R: { token: int32, complaint: BAD_TOKEN, changes: true }, // win a recache
  T: { token: int32, complaint: BAD_TOKEN, changes: true }, // new TTL
  F: { token: uint64 }, // flags to store
  D: { // ma: delta
    token: uint64,
    complaint: "CLIENT_ERROR invalid numeric delta value\r\n",
  },
  J: { // ma: initial value
    token: uint64,
    complaint: "CLIENT_ERROR invalid numeric initial value\r\n",
  },
  M: { // ms, ma: mode
    token: (word) => word.length === 1 ? word : undefined,
    complaint: "CLIENT_ERROR incorrect length for M token\r\n",
  },
};

const FLAGS: ReadonlyMap<number, FlagRule> = new Map(
  Object.entries(RULES).map(([letter, rule]) => [letter.charCodeAt(0), rule]),
);

/** The flags of one line, and its key; one object for all lines. */
export class MetaFlags {
  /** The key is `keyBytes[keyStart, keyEnd)`, decoded. */
  keyBytes: Uint8Array = new Uint8Array(0);
  /** Where the key begins. */
  keyStart = 0;
  /** Where the key ends. */
  keyEnd = 0;
  /** `b`: the key came as base64. */
  base64 = false;
  /** `v` */
  value = false;
  /** `q` */
  quiet = false;
  /** `C`: the word with the CAS value to compare; 0: none. */
  compare = 0;
  /** `M`: the mode, or nothing. */
  mode = "";
  /** Whether an `O` is too long. */
  longOpaque = false;
  /** Whether a flag asks a `mg` to change the item. */
  changes = false;
  readonly #decoded = new Uint8Array(KEY_LIMIT);

  /**
   * Reads the key of a line, which is no longer than a key may be, and the flags
   * from the word `first` up to the word `end`.
   *
   * @returns the last complaint, or nothing if all is well.
   */
  read(line: MetaLine, first: number, end: number = line.count): string {
    this.keyBytes = line.bytes;
    this.keyStart = line.start(1);
    this.keyEnd = line.end(1);
    this.base64 =
      this.value =
      this.quiet =
      this.changes =
        false;
    this.longOpaque = false;
    this.compare = 0;
    this.mode = "";
    let wrong = false;
    let complaint = BAD_LINE;
    for (let word = first; word < end; word++) {
      const letter = line.letter(word);
      if (letter >= 127 || isRepeated(line, first, word)) {
        return "CLIENT_ERROR duplicate flag\r\n";
      }
      const rule = FLAGS.get(letter);
      if (rule === undefined) return "CLIENT_ERROR invalid flag\r\n";
      if (letter === v) this.value = true;
      else if (letter === q) this.quiet = true;
      else if (letter === C) this.compare = word;
      else if (letter === M) this.mode = line.text(word, 1);
      else if (letter === O) {
        this.longOpaque = line.length(word) > OPAQUE_LIMIT;
      } else if (letter === b && !this.#decode(line)) {
        wrong = true;
        complaint = "CLIENT_ERROR error decoding key\r\n";
      }
      if (
        rule.token !== undefined &&
        rule.token(line.text(word, 1)) === undefined
      ) {
        wrong = true;
        complaint = rule.complaint ?? complaint;
      }
      if (rule.changes) this.changes = true;
    }
    return wrong ? complaint : "";
  }

  #decode(line: MetaLine): boolean {
    this.base64 = true;
    this.keyBytes = this.#decoded;
    this.keyStart = 0;
    this.keyEnd = decodeBase64(
      line.bytes,
      line.start(1),
      line.end(1),
      this.#decoded,
    );
    return this.keyEnd > 0;
  }
}

function isRepeated(line: MetaLine, first: number, word: number): boolean {
  const letter = line.letter(word);
  for (let other = first; other < word; other++) {
    if (line.letter(other) === letter) return true;
  }
  return false;
}
