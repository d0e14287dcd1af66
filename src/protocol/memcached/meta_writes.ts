/**
 * The meta commands that write: taken in whole and refused.
 *
 * ```text
 * ms <key> <length> <flag>*\r\n<data block>\r\n
 * md <key> <flag>*\r\n
 * ma <key> <flag>*\r\n
 * ```
 *
 * `q` does not keep a refusal back: it is an error, and errors are always told.
 *
 * @module
 */

import { int32, KEY_LIMIT } from "./line.ts";
import { LONG_OPAQUE, MetaFlags, WORD_LIMIT } from "./meta_flags.ts";
import type { MetaLine } from "./meta_line.ts";
import { LARGEST_BLOCK, READ_ONLY, type Refusal } from "./writes.ts";

const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";
const ERROR = "ERROR\r\n";

const flags = new MetaFlags();

/** The meta commands that write, by their second letter. */
export const META_WRITES: ReadonlyMap<string, (line: MetaLine) => Refusal> =
  new Map([
    ["s", store],
    ["d", (line) => change(line, () => true, "d")],
    ["a", (line) => change(line, (mode) => /^[ID+-]?$/.test(mode), "a")],
  ]);

function store(line: MetaLine): Refusal {
  if (line.count < 2) return { reply: ERROR, block: -1 };
  if (line.length(1) > KEY_LIMIT || line.count === 2) {
    return { reply: BAD_LINE, block: -1 };
  }
  if (line.count >= WORD_LIMIT) {
    return { reply: "CLIENT_ERROR options flags too long\r\n", block: -1 };
  }
  const block = int32(line.text(2));
  if (block === undefined || block < 0 || block > LARGEST_BLOCK) {
    return { reply: BAD_LINE, block: -1 };
  }
  // From here on the length of the data block is known, so it is dropped.
  let reply = flags.read(line, 3);
  if (reply === "" && !/^[EAPRS]?$/.test(flags.mode)) {
    reply = "CLIENT_ERROR invalid mode for ms M token\r\n";
  } else if (reply === "" && flags.longOpaque) reply = LONG_OPAQUE;
  return reply === ""
    ? { reply: READ_ONLY, block }
    : { reply, block, unchecked: true };
}

function change(
  line: MetaLine,
  allows: (mode: string) => boolean,
  name: string,
): Refusal {
  if (line.count < 2) return { reply: ERROR, block: -1 };
  let reply = READ_ONLY;
  if (line.length(1) > KEY_LIMIT) reply = BAD_LINE;
  else if (line.count >= WORD_LIMIT) {
    reply = "CLIENT_ERROR options flags too long\r\n";
  } else if (flags.read(line, 2) !== "") {
    reply = "CLIENT_ERROR invalid or duplicate flag\r\n";
  } else if (!allows(flags.mode)) {
    reply = `CLIENT_ERROR invalid mode for m${name} M token\r\n`;
  } else if (flags.longOpaque) reply = LONG_OPAQUE;
  return { reply, block: -1 };
}
