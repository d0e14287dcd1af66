/**
 * No turn of a session does more work than it may, whatever a client sends: every
 * command of every protocol, at its worst. And commands are charged what they cost:
 * compared with a loop of known work, none takes much longer than it should.
 *
 * `GOROMDB_QUIET=1` says that the machine has nothing else to do; then no turn
 * may take long by the clock either.
 */

import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { ADMIN } from "../../src/protocol/memcached/admin.ts";
import { COMMANDS as PACKETS } from "../../src/protocol/memcached/binary_commands.ts";
import { META_WRITES } from "../../src/protocol/memcached/meta_writes.ts";
import { REPORTS } from "../../src/protocol/memcached/stats.ts";
import { COMMANDS as LINES } from "../../src/protocol/memcached/text.ts";
import { WRITES as LINE_WRITES } from "../../src/protocol/memcached/writes.ts";
import { PathKind } from "../../src/protocol/http/path.ts";
import { Next, type Session } from "../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { COMMANDS } from "../../src/protocol/resp/commands.ts";
import { WRITES } from "../../src/protocol/resp/writes.ts";
import { TURN_WORK } from "../../src/protocol/work.ts";
import { dataSet, latin1, openSession } from "./converse.ts";
import { openHttp } from "./http/asking.ts";
import { HTTP } from "./http/worst_requests.ts";
import { openResp } from "./resp/converse.ts";
import { command, serve } from "./resp/records.ts";
import {
  BINARY,
  LONG_VALUE,
  RECORDS,
  RESP,
  TEXT,
  type Worst,
} from "./worst_requests.ts";

const QUIET = Deno.env.get("GOROMDB_QUIET") === "1";

/** A request that goes on for longer is not watched to its end. */
const TURNS = 40;

/** A turn may go on with what is one piece, such as a long pattern. */
const MOST_WORK = 2 * TURN_WORK;

/** On a quiet machine, a turn may take so many milliseconds. */
const QUIET_TURN_MS = 3;

/**
 * How many times as long as it should a unit may take, which is about what it
 * takes to hash a byte. Work that is not charged takes hundreds of times as long;
 * what a busy machine adds is not so much.
 */
const FACTOR = QUIET ? 3 : 15;

/** What a turn costs by itself, in units. */
const TURN_COST = 20_000;

/** What a measurement takes at least, in units: some milliseconds. */
const LEAST_WORK = 5_000_000;

/** A busy machine disturbs a measurement: the least of so many counts. */
const ATTEMPTS = 8;

const strings = { ...keys(), long: "x".repeat(LONG_VALUE) };
const handler = { current: dataSet(strings) };
const hashes = {
  current: serve(
    new Map(
      Array.from(
        { length: RECORDS },
        (_, n) => [`ns-${n}`, n === 0 ? keys() : { x: "y" }],
      ),
    ),
  ),
};

function keys(): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: RECORDS }, (_, n) => [`key-${n}`, `value-${n}`]),
  );
}

const open = {
  RESP: (hashed?: true) => openResp(hashed ? hashes : handler),
  text: () => openSession(handler),
  binary: () => openSession(handler),
  HTTP: () => openHttp({ default: handler }),
};

/** What became of some turns. */
interface Course {
  turns: number;
  /** In units, of all turns, and of the greatest. */
  work: number;
  most: number;
  /** In milliseconds of the processor. */
  time: number;
  /** Of the longest turn, in milliseconds. */
  longest: number;
}

/** Has a session answer, until all is answered, or for many turns. */
function run(session: Session, bytes: Uint8Array): Course {
  const course = { turns: 0, work: 0, most: 0, time: 0, longest: 0 };
  const reply = new Reply();
  let at = 0;
  const started = processorTime();
  do {
    const begun = performance.now();
    at += session.consume(bytes, at, bytes.length, reply);
    const time = performance.now() - begun;
    assert(reply.length <= 2 * REPLY_LIMIT + 1000, `${reply.length} bytes`);
    course.turns++;
    // To copy a byte into the reply costs about a unit at the worst.
    course.work += reply.work + reply.length + TURN_COST;
    course.most = Math.max(course.most, reply.work);
    course.longest = Math.max(course.longest, time);
    reply.clear();
  } while (session.next === Next.Resume && course.turns < TURNS);
  course.time = processorTime() - started;
  session.close();
  return course;
}

/** Something to hash. */
const noise = Uint8Array.from({ length: 1_000_000 }, (_, n) => n * n);

/** The time of the processor that this process has taken, in milliseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How long it takes to hash a byte, in milliseconds of the processor. */
function hashByte(): number {
  let least = Infinity;
  for (let attempt = 0; attempt < 50; attempt++) {
    const begun = processorTime();
    let hash = 0;
    for (let n = 0; n < noise.length; n++) {
      hash = Math.imul(hash ^ noise[n], 0x01000193);
    }
    // What nobody looks at would not be done.
    if (hash === 1) throw new RangeError("unlikely");
    least = Math.min(least, processorTime() - begun);
  }
  return least / noise.length;
}

const UNIT = hashByte();

for (
  const [protocol, rows] of Object.entries({
    RESP,
    text: TEXT,
    binary: BINARY,
    HTTP,
  })
) {
  Deno.test(`no turn does more than it may, whatever the command (${protocol})`, async (t) => {
    for (const [name, { sent, hashes }] of Object.entries<Worst>(rows)) {
      await t.step(name, () => {
        const bytes = latin1(sent());
        const begin = open[protocol as keyof typeof open];
        let ratio = Infinity, longest = Infinity;
        let course: Course;
        for (let n = 0; n < ATTEMPTS; n++) {
          let time = 0, work = 0;
          // What ends soon is done again: its time alone cannot be measured.
          do {
            course = run(begin(hashes), bytes);
            time += course.time;
            work += course.work;
            assert(course.most <= MOST_WORK, `${course.most} units in a turn`);
            longest = Math.min(longest, course.longest);
          } while (work < LEAST_WORK);
          ratio = Math.min(ratio, time / work / UNIT);
          if (n > 0 && ratio < FACTOR && longest < QUIET_TURN_MS) break;
        }
        console.log(
          `${protocol}: ${name}: ${course!.turns} turns, at most ${
            course!.most
          } units and ${longest.toFixed(2)} ms, ${
            ratio.toFixed(2)
          } times what a unit should take`,
        );
        assert(ratio < FACTOR, `${ratio} times what it is charged`);
        if (QUIET) assert(longest < QUIET_TURN_MS, `${longest} ms`);
      });
    }
  });
}

Deno.test("where a look-up costs more, a turn has fewer of them", () => {
  const turnsAt = (find: number) => {
    const data = dataSet(strings);
    const current = Object.assign(data, { cost: { ...data.cost, find } });
    const keys = " key-1".repeat(5000);
    return [
      run(openSession({ current }), latin1(`get${keys}\r\n`)).turns,
      run(openSession({ current }), latin1("mg key-1\r\n".repeat(5000))).turns,
      run(
        openResp({ current }),
        latin1(command("MGET", ...keys.trim().split(" "))),
      ).turns,
    ];
  };
  const quick = turnsAt(100), slow = turnsAt(1000);
  for (const [n, turns] of slow.entries()) {
    assert(turns >= 10 && turns > 2 * quick[n], `${quick} and ${slow} turns`);
  }
});

/** Makes sure that each command has a row. */
function assertCovered(
  commands: Iterable<string>,
  rows: Record<string, Worst>,
) {
  const covered = new Set(Object.values(rows).flatMap(({ of }) => of));
  const missing = [...commands].filter((command) => !covered.has(command));
  assertEquals(missing, [], "add a row for it to worst_requests.ts");
}

Deno.test("every command of every protocol is in the table", () => {
  assertCovered(
    [...COMMANDS.all, ...WRITES.all].map(({ name }) => name),
    RESP,
  );
  assertCovered([
    ...["get", "gets", "mg", "me", "mn", ...LINES.keys()],
    ...[...LINE_WRITES.keys(), ...ADMIN.keys()],
    ...[...META_WRITES.keys()].map((letter) => `m${letter}`),
    ...[...REPORTS.keys()].map((report) => `stats ${report}`),
  ], TEXT);
  assertCovered([...PACKETS.keys()].map(String), BINARY);
  const kinds = Object.values(PathKind).filter((kind) => isNaN(Number(kind)));
  assertCovered(kinds.map(String), HTTP);
});
