/**
 * Commands that administer a cache: its memory, its eviction, its threads. There
 * is no cache here, so a well-formed one is refused, in memcached's words where
 * it has words for a server on which the command is switched off.
 *
 * ```text
 * cache_memlimit <megabytes> [noreply]\r\n
 * shutdown [graceful]\r\n
 * watch <log>*\r\n
 * slabs reassign <from> <to>\r\n     slabs automove <0|1|2>\r\n
 * lru mode <mode>\r\n                lru tune <hot> <warm> <hot age> <warm age>\r\n
 * lru temp_ttl <seconds>\r\n
 * lru_crawler <enable|disable>\r\n   lru_crawler <sleep|tocrawl> <number>\r\n
 * lru_crawler <crawl|metadump|mgdump> <classes>\r\n
 * extstore <setting> <number>\r\n
 * verbosity <level>\r\n
 * ```
 *
 * @module
 */

import { int32, uint64 } from "./line.ts";
import { isQuiet, READ_ONLY } from "./writes.ts";

const ERROR = "ERROR\r\n";
const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

const EXTSTORE_SETTINGS =
  /^(item_size|item_age|low_ttl|recache_rate|compact_under|drop_under|max_sleep|max_frag|drop_unread)$/;

/** The commands, by name: each says what the words of a line get. */
export const ADMIN: ReadonlyMap<string, (words: string[]) => string> = new Map([
  ["cache_memlimit", memoryLimit],
  ["shutdown", () => "ERROR: shutdown not enabled\r\n"],
  ["watch", watch],
  ["slabs", slabs],
  ["lru", lru],
  ["lru_crawler", crawler],
  ["extstore", extstore],
  ["verbosity", verbosity],
]);

function memoryLimit(words: string[]): string {
  if (words.length !== 2 && words.length !== 3) return ERROR;
  if (isQuiet(words)) return "";
  const megabytes = uint64(words[1]);
  if (megabytes === undefined) return ERROR;
  if (BigInt.asUintN(32, megabytes) < 8n) {
    return "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n";
  }
  return READ_ONLY;
}

function watch(words: string[]): string {
  return isQuiet(words) ? "" : "CLIENT_ERROR watch commands not allowed\r\n";
}

function slabs(words: string[]): string {
  const [, action, first] = words;
  if (action === "reassign" && words.length === 4) {
    return "CLIENT_ERROR slab reassignment disabled\r\n";
  }
  if (action !== "automove" || words.length < 3) return ERROR;
  if (isQuiet(words)) return "";
  if (first === "ratio") return isNumber(words[3]) ? READ_ONLY : ERROR;
  const level = uint64(first);
  if (level === undefined) return BAD_LINE;
  return BigInt.asUintN(32, level) <= 2n ? READ_ONLY : ERROR;
}

function lru(words: string[]): string {
  if (words.length < 2) return ERROR;
  if (isQuiet(words)) return "";
  const [, action, ...values] = words;
  switch (action) {
    case "tune":
      return values.length >= 4 && values.slice(0, 4).every(isNumber)
        ? READ_ONLY
        : ERROR;
    case "mode":
      return /^(flat|segmented)$/.test(values[0]) ? READ_ONLY : ERROR;
    case "temp_ttl":
      return values.length > 0 && int32(values[0]) !== undefined
        ? READ_ONLY
        : ERROR;
    default:
      return ERROR;
  }
}

function crawler(words: string[]): string {
  const [, action, value] = words;
  if (words.length === 2 && /^(enable|disable)$/.test(action)) return READ_ONLY;
  if (words.length !== 3) return ERROR;
  switch (action) {
    case "crawl":
    case "metadump":
    case "mgdump":
      return "CLIENT_ERROR lru crawler disabled\r\n";
    case "tocrawl":
    case "sleep":
      return uint64(value) === undefined ? BAD_LINE : READ_ONLY;
    default:
      return ERROR;
  }
}

function extstore(words: string[]): string {
  if (words.length < 2) return ERROR;
  if (isQuiet(words)) return "";
  return EXTSTORE_SETTINGS.test(words[1]) && isNumber(words[2])
    ? READ_ONLY
    : ERROR;
}

/** Changes nothing, and harms nobody: clients that set it go on. */
function verbosity(words: string[]): string {
  if (words.length !== 2 && words.length !== 3) return ERROR;
  if (isQuiet(words)) return "";
  return uint64(words[1]) === undefined ? BAD_LINE : "OK\r\n";
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(word);
}
