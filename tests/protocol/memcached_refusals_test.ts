import { assertEquals } from "@std/assert";
import { answersTo, dataSet, openSession } from "./converse.ts";

const RECORDS = { k: "abc", e: "" };

const ok = "VALUE k 0 3\r\nabc\r\n";
const long = (length: number) => "x".repeat(length);
const readOnly = "CLIENT_ERROR read-only\r\n";
const badLine = "CLIENT_ERROR bad command line format\r\n";

/** Writes and administration, and what memcached 1.6.18 says of malformed ones. */
const CASES: [name: string, sent: string, answered: string][] = [
  ["set", "set k 0 0 3\r\nabc\r\nget k\r\n", `${readOnly}${ok}END\r\n`],
  [
    "set with noreply",
    "set k 0 0 3 noreply\r\nabc\r\nget k\r\n",
    `${ok}END\r\n`,
  ],
  ["set of nothing", "set k 0 0 0\r\n\r\nget nope\r\n", `${readOnly}END\r\n`],
  [
    "set of a data block that looks like commands",
    "set k 0 0 7\r\nget k\r\n\r\n",
    readOnly,
  ],
  ["set without a length", "set k\r\n", "ERROR\r\n"],
  ["set with a length that is no number", "set k 0 0 abc\r\n", badLine],
  ["set with a negative length", "set k 0 0 -1\r\n", badLine],
  [
    "set with too long a data block",
    "set k 0 0 3\r\nabcdef\r\n",
    "CLIENT_ERROR bad data chunk\r\nERROR\r\n",
  ],
  ["set with a key of 251 bytes", `set ${long(251)} 0 0 1\r\n`, badLine],
  [
    "add, replace, append and prepend",
    "add k 0 0 1\r\na\r\nreplace k 0 0 1\r\na\r\nappend k 0 0 1\r\na\r\nprepend k 0 0 1\r\na\r\n",
    readOnly.repeat(4),
  ],
  ["cas", "cas k 0 0 1 5\r\na\r\n", readOnly],
  ["cas without a version", "cas k 0 0 1\r\n", "ERROR\r\n"],
  ["delete", "delete k\r\n", readOnly],
  ["delete with noreply", "delete k noreply\r\n", ""],
  ["delete with 0", "delete k 0\r\n", readOnly],
  [
    "delete with a time",
    "delete k 5\r\n",
    "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n",
  ],
  ["delete without a key", "delete\r\n", "ERROR\r\n"],
  ["incr", "incr k 1\r\n", readOnly],
  ["decr", "decr k 1 noreply\r\n", ""],
  [
    "incr by no number",
    "incr k abc\r\n",
    "CLIENT_ERROR invalid numeric delta argument\r\n",
  ],
  ["touch", "touch k 10\r\n", readOnly],
  ["touch without a time", "touch k\r\n", "ERROR\r\n"],
  ["flush_all", "flush_all\r\n", readOnly],
  ["flush_all with noreply", "flush_all noreply\r\n", ""],
  ["gat", "gat 0 k\r\nmn\r\n", `${readOnly}MN\r\n`],
  ["gats of several keys", "gats 10 k nope\r\n", readOnly],
  ["gat without anything", "gat\r\n", "ERROR\r\n"],
  ["gat without a key", "gat 0\r\n", "END\r\n"],
  [
    "gat without a time",
    "gat k\r\n",
    "CLIENT_ERROR invalid exptime argument\r\n",
  ],
  ["gat of a key of 251 bytes", `gat 0 ${long(251)}\r\n`, badLine],
  ["cache_memlimit", "cache_memlimit 100\r\n", readOnly],
  ["cache_memlimit with noreply", "cache_memlimit 100 noreply\r\n", ""],
  ["cache_memlimit without a limit", "cache_memlimit\r\n", "ERROR\r\n"],
  [
    "cache_memlimit that is too small",
    "cache_memlimit 7\r\n",
    "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n",
  ],
  ["shutdown", "shutdown\r\n", "ERROR: shutdown not enabled\r\n"],
  ["lru", "lru mode flat\r\n", readOnly],
  ["lru without arguments", "lru\r\n", "ERROR\r\n"],
  [
    "lru_crawler metadump",
    "lru_crawler metadump all\r\n",
    "CLIENT_ERROR lru crawler disabled\r\n",
  ],
  ["lru_crawler enable", "lru_crawler enable\r\n", readOnly],
  ["lru_crawler without arguments", "lru_crawler\r\n", "ERROR\r\n"],
  [
    "slabs reassign",
    "slabs reassign 1 2\r\n",
    "CLIENT_ERROR slab reassignment disabled\r\n",
  ],
  ["slabs automove", "slabs automove 1\r\n", readOnly],
  ["slabs automove by no level", "slabs automove 3\r\n", "ERROR\r\n"],
  [
    "watch",
    "watch fetchers\r\n",
    "CLIENT_ERROR watch commands not allowed\r\n",
  ],
  ["extstore", "extstore item_age 10\r\n", readOnly],
  ["extstore without arguments", "extstore\r\n", "ERROR\r\n"],
  ["bget, which only old servers know", "bget k\r\n", "ERROR\r\n"],
];

for (const [name, sent, answered] of CASES) {
  Deno.test(`${name}: whole and byte by byte`, () => {
    for (const cut of [Infinity, 1, 3]) {
      const session = openSession({ current: dataSet(RECORDS) });
      const actual = answersTo(session, sent, cut);
      assertEquals(actual, { answered, closed: false, unused: 0 });
    }
  });
}
