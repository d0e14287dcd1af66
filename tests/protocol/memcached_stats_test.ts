import { assert, assertEquals } from "@std/assert";
import { BYTES_READ, createCounters } from "../../src/protocol/counters.ts";
import { answersTo, dataSet, openSession } from "./converse.ts";

const RECORDS = { k: "abc", e: "" };

/** Reports that are always the same. */
const CASES: [name: string, sent: string, answered: string][] = [
  ["stats items", "stats items\r\n", "END\r\n"],
  [
    "stats slabs",
    "stats slabs\r\n",
    "STAT active_slabs 0\r\nSTAT total_malloced 0\r\nEND\r\n",
  ],
  [
    "stats sizes",
    "stats sizes\r\n",
    "STAT sizes_status disabled\r\nEND\r\n",
  ],
  [
    "stats conns",
    "stats conns\r\n",
    "STAT 0:addr tcp:127.0.0.1:11211\r\nSTAT 0:state conn_listening\r\nEND\r\n",
  ],
  ["stats detail on", "stats detail on\r\n", "OK\r\n"],
  ["stats detail dump", "stats detail dump\r\n", "END\r\n"],
  [
    "stats detail without an action",
    "stats detail\r\n",
    "CLIENT_ERROR usage: stats detail on|off|dump\r\n",
  ],
  [
    "stats cachedump",
    "stats cachedump 1 0\r\n",
    "CLIENT_ERROR stats cachedump not allowed\r\n",
  ],
  [
    "flush_all at no time",
    "flush_all abc\r\n",
    "CLIENT_ERROR invalid exptime argument\r\n",
  ],
];

/** The figures in the lines of a report. */
function figures(lines: string[]): Record<string, string> {
  assertEquals(lines.slice(-2), ["END", ""]);
  return Object.fromEntries(
    lines.slice(0, -2).map((line) => {
      assert(/^STAT \w+ [\w.]+$/.test(line), line);
      return line.split(" ").slice(1);
    }),
  );
}

for (const [name, sent, answered] of CASES) {
  Deno.test(`${name}: whole and byte by byte`, () => {
    for (const cut of [Infinity, 1, 3]) {
      const session = openSession({ current: dataSet(RECORDS) });
      const actual = answersTo(session, sent, cut);
      assertEquals(actual, { answered, closed: false, unused: 0 });
    }
  });
}

Deno.test("stats gives the general figures in memcached's form", () => {
  const counters = createCounters();
  counters[BYTES_READ] = 123;
  const session = openSession({ current: dataSet(RECORDS) }, counters);
  const { answered } = answersTo(session, "get k nope\r\nstats\r\n");
  const stats = figures(answered.split("\r\n").slice(3));
  assertEquals(stats.pid, String(Deno.pid));
  assertEquals(stats.version, "9.9.9");
  assertEquals(stats.max_connections, "7");
  assertEquals(stats.cmd_get, "2");
  assertEquals(stats.get_hits, "1");
  assertEquals(stats.get_misses, "1");
  assertEquals(stats.bytes_read, "123");
  assertEquals(stats.curr_items, "2");
  // The figures of `stats goromdb` are among them.
  assertEquals(stats.data_version, "1");
});

Deno.test("stats goromdb tells what is served, and by what", () => {
  const session = openSession({ current: dataSet(RECORDS) });
  const { answered } = answersTo(session, "stats goromdb\r\n");
  const stats = figures(answered.split("\r\n"));
  assertEquals(stats.transport, "none");
  assertEquals(stats.workers, "1");
  assertEquals(stats.worker_restarts, "0");
  assertEquals(stats.data_file, "test");
  assertEquals(stats.data_format, "json");
  assertEquals(stats.data_sum, "0000000000000002aaaaaaaaaaaaaaaa");
  assertEquals(stats.data_version, "1");
  assertEquals(stats.data_keys, "2");
  assertEquals(stats.data_loads, "0");
  assertEquals(stats.data_failures, "0");
  assertEquals(stats.data_swaps, "0");
  assertEquals(stats.data_file_changes, "0");
  assertEquals(stats.data_state, "intact");
  assert(Number(stats.data_age) > 1e9);
});

Deno.test("stats settings tells what the server is", () => {
  const session = openSession({ current: dataSet(RECORDS) });
  const { answered } = answersTo(session, "stats settings\r\n");
  for (
    const line of [
      "maxconns 7",
      "tcpport 11211",
      "num_threads 1",
      "binding_protocol auto-negotiate",
      "flush_enabled no",
      "read_only yes",
    ]
  ) assert(answered.includes(`STAT ${line}\r\n`), line);
  assert(answered.endsWith("\r\nEND\r\n"));
});
