import { assertEquals } from "@std/assert";
import {
  createCounters,
  GETS,
  HITS,
  MISSES,
  WRITES_REFUSED,
} from "../../src/protocol/counters.ts";
import { Next } from "../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { answersTo, dataSet, latin1, openSession } from "./converse.ts";
import { recordsDataSet } from "./differential/records.ts";

const refused = "CLIENT_ERROR read-only\r\n";
const badLine = "CLIENT_ERROR bad command line format\r\n";
const invalid = "CLIENT_ERROR invalid flag\r\n";
const duplicate = "CLIENT_ERROR duplicate flag\r\n";
const badToken = "CLIENT_ERROR bad token in command line format\r\n";
const long = (length: number) => "y".repeat(length);

/** What is sent, and what is answered; the version of the data is 1. */
const CASES: [name: string, sent: string, answered: string][] = [
  ["mn", "mn\r\n", "MN\r\n"],
  ["mn with an argument", "mn x\r\n", "MN\r\n"],
  ["mg without a key", "mg\r\n", "ERROR\r\n"],
  ["mg without flags", "mg hit:k\r\n", "HD\r\n"],
  ["mg for the value", "mg hit:k v\r\n", "VA 3\r\nabc\r\n"],
  ["mg for an empty value", "mg hit:empty v\r\n", "VA 0\r\n\r\n"],
  [
    "mg with all flags, which come back in their order",
    "mg hit:k t f s k c O12 q v u h l\r\n",
    "VA 3 t-1 f7 s3 khit:k c1 O12 h1 l0\r\nabc\r\n",
  ],
  ["mg with flags in another order", "mg hit:k O1 s f\r\n", "HD O1 s3 f7\r\n"],
  ["mg in odd spacing", "  mg   hit:k   v \n", "VA 3\r\nabc\r\n"],
  ["mg ended by a NUL", "mg hit:k v\0 s\r\n", "VA 3\r\nabc\r\n"],
  ["a miss of mg", "mg none v\r\n", "EN\r\n"],
  ["a miss with opaque and key", "mg none O9 s k\r\n", "EN O9 knone\r\n"],
  ["a quiet miss, and a hit behind it", "mg none v q\r\nmn\r\n", "MN\r\n"],
  ["a quiet hit is told", "mg hit:k q v\r\n", "VA 3\r\nabc\r\n"],
  ["mg with an unknown flag", "mg hit:k z\r\n", invalid],
  ["mg with a repeated flag", "mg hit:k v v\r\n", duplicate],
  ["mg with a flag beyond ASCII", "mg hit:k \xff\r\n", duplicate],
  ["a quiet error is told", "mg none q v v\r\n", duplicate],
  [
    "mg of a key of 250 bytes",
    `mg hit:${"S".repeat(246)} s\r\n`,
    "HD s15\r\n",
  ],
  ["mg of a key of 251 bytes", `mg ${long(251)} v\r\n`, badLine],
  [
    "mg with an opaque of 31 bytes",
    `mg hit:k O${long(31)}\r\n`,
    `HD O${long(31)}\r\n`,
  ],
  [
    "mg with an opaque of 32 bytes",
    `mg none q O${long(32)}\r\n`,
    "CLIENT_ERROR opaque token too long\r\n",
  ],
  [
    "mg with too many flags",
    `mg hit:k${" v".repeat(18)}\r\n`,
    "CLIENT_ERROR options flags are too long\r\n",
  ],
  ["a base64 key", "mg aGl0Oms= b v\r\n", "VA 3\r\nabc\r\n"],
  ["a base64 key comes back so", "mg aGl0Oms= b k\r\n", "HD kaGl0Oms= b\r\n"],
  ["a missing base64 key, too", "mg bm9uZQ== k b\r\n", "EN kbm9uZQ== b\r\n"],
  [
    "a key with a space in it",
    "mg aGl0IGJpbg== b v\r\n",
    "VA 7\r\na space\r\n",
  ],
  ["base64 with other characters", "mg aGl0*Om.s= b s\r\n", "HD s3\r\n"],
  ["no base64", "mg *** b v\r\n", "CLIENT_ERROR error decoding key\r\n"],
  [
    "base64 of a wrong length",
    "mg aGl0Omk b v\r\n",
    "CLIENT_ERROR error decoding key\r\n",
  ],
  ["another CAS value", "mg hit:k C2 v\r\n", "VA 3\r\nabc\r\n"],
  ["the same CAS value", "mg hit:k v C1 c\r\n", "HD c1\r\n"],
  ["a CAS value that is no number", "mg hit:k v Cx\r\n", badToken],
  [
    "flags that mg has no use for",
    "mg hit:k L P I F5 D1 J1 MI\r\n",
    "HD\r\n",
  ],
  [
    "a mode of two letters",
    "mg hit:k MII\r\n",
    "CLIENT_ERROR incorrect length for M token\r\n",
  ],
  ["the last complaint counts", "mg hit:k Fx Tx\r\n", badToken],
  ["flags to store that are no number", "mg hit:k Fx\r\n", badLine],
  ["N", "mg none N30 v\r\n", refused],
  ["R", "mg hit:k R30 v\r\n", refused],
  ["T", "mg hit:k T30\r\n", refused],
  ["E", "mg hit:k E30\r\n", "CLIENT_ERROR invalid flag\r\n"],
  ["x", "mg hit:k x\r\n", "CLIENT_ERROR invalid flag\r\n"],
  ["a quiet T", "mg none q T0\r\n", refused],
  ["T without a number", "mg hit:k T\r\n", badToken],
  ["me without a key", "me\r\n", badLine],
  ["me, a miss", "me none\r\n", "EN\r\n"],
  [
    "me",
    "me hit:k\r\n",
    "ME hit:k exp=-1 la=0 cas=1 fetch=yes cls=1 size=8\r\n",
  ],
  [
    "me in base64",
    "me aGl0Oms= b\r\n",
    "ME aGl0Oms= exp=-1 la=0 cas=1 fetch=yes cls=1 size=8\r\n",
  ],
  ["me of no base64", "me *** b\r\n", badLine],
  ["ms", "ms w 3\r\nabc\r\nmn\r\n", `${refused}MN\r\n`],
  ["ms of nothing", "ms w 0 T0\r\n\r\nmn\r\n", `${refused}MN\r\n`],
  ["a quiet ms", "ms w 3 q\r\nabc\r\nmn\r\n", `${refused}MN\r\n`],
  [
    "ms of what looks like commands",
    "ms w 4\r\nmn\r\n\r\nmn\r\n",
    `${refused}MN\r\n`,
  ],
  ["ms without a length", "ms w\r\n", badLine],
  ["ms without anything", "ms\r\n", "ERROR\r\n"],
  ["ms with a flag for a length", "ms w S3\r\n", badLine],
  [
    "ms with a data block that is too long",
    "ms w 3 q\r\nabcdef\r\n",
    "CLIENT_ERROR bad data chunk\r\nERROR\r\n",
  ],
  ["ms with an unknown flag", "ms w 3 z\r\nabc\r\nmn\r\n", `${invalid}MN\r\n`],
  [
    "ms with an unknown mode",
    "ms w 3 MX\r\nabc\r\nmn\r\n",
    "CLIENT_ERROR invalid mode for ms M token\r\nMN\r\n",
  ],
  ["md", "md w\r\n", refused],
  ["a quiet md", "md w q\r\nmn\r\n", `${refused}MN\r\n`],
  [
    "md with an unknown flag",
    "md w z\r\n",
    "CLIENT_ERROR invalid or duplicate flag\r\n",
  ],
  ["ma", "ma w D5 N0 J7 v\r\n", refused],
  [
    "ma with an unknown mode",
    "ma w Mx\r\n",
    "CLIENT_ERROR invalid mode for ma M token\r\n",
  ],
  ["an unknown meta command", "mx hit:k v\r\n", "ERROR\r\n"],
];

for (const [name, sent, answered] of CASES) {
  Deno.test(`${name}: whole and byte by byte`, () => {
    for (const cut of [Infinity, 1, 3]) {
      const session = openSession({ current: recordsDataSet() });
      const actual = answersTo(session, sent, cut);
      assertEquals(actual, { answered, closed: false, unused: 0 });
    }
  });
}

Deno.test("a long value of a mg pauses, and keeps its data set", () => {
  const value = long(REPLY_LIMIT * 2 + 5);
  const handler = { current: dataSet({ k: value }) };
  const session = openSession(handler);
  const request = latin1("mg k s v O7\r\n");
  const reply = new Reply();
  let answered = "", turns = 0;
  do {
    reply.clear();
    const used = session.consume(request, 0, request.length, reply);
    assertEquals(used, session.next === Next.Resume ? 0 : request.length);
    answered += new TextDecoder().decode(reply.bytes.subarray(0, reply.length));
    if (turns++ === 0) {
      assertEquals(session.held, handler.current);
      handler.current = dataSet({ k: "new" });
    }
  } while (session.next === Next.Resume);
  const { length } = value;
  assertEquals(
    answered === `VA ${length} s${length} O7\r\n${value}\r\n`,
    true,
  );
  assertEquals([turns, session.held], [3, undefined]);
});

Deno.test("before the first data set every mg is a miss", () => {
  const session = openSession({ current: undefined });
  assertEquals(
    answersTo(session, "mg k v\r\nme k\r\n").answered,
    "EN\r\nEN\r\n",
  );
});

Deno.test("mg is counted as a get", () => {
  const counters = createCounters();
  const session = openSession({ current: recordsDataSet() }, counters);
  answersTo(
    session,
    "mg hit:k v\r\nmg none q\r\nmg x z\r\nmd w q\r\nms w 0\r\n\r\n",
  );
  assertEquals(counters[GETS], 2);
  assertEquals(counters[HITS], 1);
  assertEquals(counters[MISSES], 1);
  assertEquals(counters[WRITES_REFUSED], 2);
});
