/**
 * Where GOROMDB answers otherwise than memcached 1.6.18, and why. This is the
 * whole list: the differential test knows no other excuse.
 */

import { bytesOf, type Sequence } from "./steps.ts";
import { binaryReplies, textReplies } from "./replies.ts";

/** The answer to a write, in the text protocol. */
export const REFUSAL = "CLIENT_ERROR read-only\r\n";

/** The first line of a hit. */
const META_LINE = /^(?:VA|HD) .*?\r\n/s;

/** One difference. */
export interface Difference {
  what: string;
  why: string;
  /** Rewrites a reply of either server, so that the replies become equal. */
  level?: (reply: string) => string;
  /** Excuses a pair of replies to what was sent. */
  excuse?: (theirs: string, ours: string, sent: string) => boolean;
}

/** Differences of the text protocol and its meta commands. */
export const TEXT_DIFFERENCES: Difference[] = [
  {
    what: "a well-formed write, or administration, is refused",
    why: "GOROMDB is read-only",
    excuse: (theirs, ours) =>
      ours === REFUSAL &&
      /^(STORED|NOT_STORED|EXISTS|NOT_FOUND|DELETED|TOUCHED|OK|END|\d+|((HD|EN|NF|NS|EX)( .*)?|VA .*\r\n.*)|CLIENT_ERROR cannot increment or decrement non-numeric value)\r\n$/s
        .test(theirs),
  },
  {
    what: "CAS values",
    why: "they are the version of the data set, the same for every key",
    level: (reply) =>
      reply.replace(/^(VALUE [^ ]+ \d+ \d+) \d+\r\n/, "$1 <cas>\r\n")
        .replace(
          META_LINE,
          (line) => line.replace(/ c\d+(?=[ \r])/, " c<cas>"),
        ),
  },
  {
    what: "h and l of a mg",
    why: "nobody keeps a record of reads: each key was read before, just now",
    level: (reply) =>
      reply.replace(
        META_LINE,
        (line) =>
          line.replace(/ h\d(?=[ \r])/, " h<hit>")
            .replace(/ l\d+(?=[ \r])/, " l<age>"),
      ),
  },
  {
    what: "the figures of a me",
    why: "they are of memcached's own making",
    level: (reply) =>
      reply.replace(
        /^(ME .*) exp=-1 la=\d+ cas=\d+ fetch=(yes|no) cls=\d+ size=\d+\r\n$/s,
        "$1 <figures>\r\n",
      ),
  },
  {
    what: "the rows of stats",
    why: "each server has figures of its own",
    level: (reply) => reply.startsWith("STAT ") ? "" : reply,
  },
  {
    what: "the version",
    why: "it is another program",
    level: (reply) => reply.replace(/^VERSION \S+/, "VERSION <version>"),
  },
];

/** Writes of the binary protocol, by opcode. */
const WRITES = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08, 0x0e, 0x0f, 0x11, 0x12, 0x13],
  ...[0x14, 0x15, 0x16, 0x18, 0x19, 0x1a, 0x1c, 0x1d, 0x1e, 0x23, 0x24],
];
const STAT = 0x10, VERSION = 0x0b, NOT_STORED = 5;

const opcodeOf = (reply: string) => reply.charCodeAt(1);
const keyLengthOf = (reply: string) => numberAt(reply, 2);
const statusOf = (reply: string) => numberAt(reply, 6);
const opaqueOf = (reply: string) => reply.slice(12, 16);
const numberAt = (reply: string, at: number) =>
  reply.charCodeAt(at) * 256 + reply.charCodeAt(at + 1);

/** Differences of the binary protocol. */
export const BINARY_DIFFERENCES: Difference[] = [
  {
    what: "a well-formed write is refused with the status 5 and a text",
    why: "GOROMDB is read-only",
    excuse: (theirs, ours) =>
      WRITES.includes(opcodeOf(ours)) && statusOf(ours) === NOT_STORED &&
      ours.slice(24) === "read-only" && opcodeOf(theirs) === opcodeOf(ours) &&
      opaqueOf(theirs) === opaqueOf(ours),
  },
  {
    what: "CAS values",
    why: "they are the version of the data set, the same for every key",
    level: (reply) =>
      reply.slice(16, 24) === "\0".repeat(8)
        ? reply
        : reply.slice(0, 16) + "<cas---->" + reply.slice(24),
  },
  {
    what: "the rows of stat",
    why: "each server has figures of its own",
    level: (reply) =>
      opcodeOf(reply) === STAT && keyLengthOf(reply) > 0 ? "" : reply,
  },
  {
    what: "the version",
    why: "it is another program",
    level: (reply) =>
      opcodeOf(reply) === VERSION && statusOf(reply) === 0
        ? "<version>"
        : reply,
  },
];

/** Differences that are never met, because nobody asks. */
export const NOT_ASKED: Difference[] = [
  {
    what: "mg with C does not give the value if the CAS value is the same",
    why: "the newest protocol text has it; 1.6.18 ignores C",
  },
  {
    what: "mg and me with b give a key back in base64, with b",
    why:
      "a data file does not tell how a key was stored; in memcached the way in which the item was stored decides",
  },
  {
    what: "mg with N is refused on a miss, with T or R and q not kept quiet",
    why: "it is a write, and errors are always told",
  },
  {
    what:
      "a quiet write that would succeed is refused aloud (ms, md, ma with q; binary setq and its like)",
    why: "memcached tells errors of quiet commands, too",
  },
  {
    what: "flush_all now",
    why: "it would empty the memcached to compare with",
  },
  {
    what: "a data block of more than a megabyte",
    why: "memcached says that it is too large; here it is refused like others",
  },
  {
    what:
      "bget and refresh_certs are errors, as are stats sizes_enable and sizes_disable",
    why: "the newest memcached does not know them",
  },
  {
    what:
      "lru_crawler, slabs reassign, watch, and stats cachedump are switched off",
    why:
      "there is nothing to crawl or move, no log, and no dump; memcached is started so, too",
  },
  {
    what: "stats detail on does not count",
    why: "gets by key prefix would cost every get",
  },
  {
    what: "answers that wait for others, before an abrupt end",
    why:
      "memcached holds answers back until the next get, or until all that has come is answered, and forgets them when it closes at an HTTP verb, an endless line or a wrong magic; here they are sent",
  },
  {
    what:
      "answers that wait for others, before a get with a key that is too long",
    why:
      "memcached forgets them with what that get had found; here they are sent",
  },
  {
    what: "binary: an unknown opcode with key or extras",
    why:
      "memcached skips key and extras twice and is out of step then; here the body is skipped once",
  },
  {
    what: "binary: a value behind stat, touch, gat",
    why:
      "memcached takes it for the next packet and is out of step then; here it is an invalid argument",
  },
  {
    what: "binary: the report detail",
    why:
      "memcached compares beyond the key, with what an earlier request has left in its buffer",
  },
  {
    what: "binary: verbosity succeeds",
    why:
      "libmemcached sends it; memcached does not know it, and is out of step after it",
  },
];

/** The first difference that nothing explains, or nothing. */
export function compare(
  sequence: Sequence,
  theirs: string,
  ours: string,
): string | undefined {
  const isText = sequence.protocol === "text";
  const split = isText ? textReplies : binaryReplies;
  const differences = isText ? TEXT_DIFFERENCES : BINARY_DIFFERENCES;
  const level = (replies: string[]) =>
    replies.map((reply) =>
      differences.reduce((text, { level }) => level?.(text) ?? text, reply)
    ).filter((reply) => reply !== "");
  const a = level(split(theirs)), b = level(split(ours));
  const sent = bytesOf(sequence.steps);
  let refusals = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    const excused = a[i] !== undefined && b[i] !== undefined &&
      differences.some(({ excuse }) => excuse?.(a[i], b[i], sent));
    if (!excused) return `reply ${i}: ${show(a[i])}\n  here:   ${show(b[i])}`;
    if (!isText || b[i] === REFUSAL) refusals++;
  }
  if (sequence.steps.some(({ unsure }) => unsure)) return undefined;
  const expected = sequence.steps.reduce((sum, step) => sum + step.refused, 0);
  return refusals === expected
    ? undefined
    : `${refusals} refusals, not ${expected}`;
}

/** A sequence, or a reply, as a person can read it. */
export function show(text: string | undefined): string {
  if (text === undefined) return "nothing";
  const shown = text.length > 400
    ? `${text.slice(0, 400)}… ${text.length} bytes`
    : text;
  // deno-lint-ignore no-control-regex
  return '"' + shown.replace(/[\0-\x1f"\\\x7f-\xff]/g, (character) => {
    const known: Record<string, string> = { "\r": "\\r", "\n": "\\n" };
    return known[character] ??
      "\\x" + character.charCodeAt(0).toString(16).padStart(2, "0");
  }) + '"';
}

/** A whole sequence for a person. */
export function showSequence({ steps, cuts }: Sequence): string {
  const parts = steps.map(({ bytes }) => show(bytes)).join("\n          ");
  return `${parts}\n  cut at ${cuts.join(", ") || "no place"} of ${
    bytesOf(steps).length
  }`;
}
