/** The memcached protocol, fuzzed in pieces. */

import { openSession } from "./converse.ts";
import { binarySteps } from "./differential/binary_steps.ts";
import { metaSteps } from "./differential/meta_steps.ts";
import type { Random } from "./differential/random.ts";
import { recordsDataSet } from "./differential/records.ts";
import { bytesOf, LONG_LINE } from "./differential/steps.ts";
import { textSteps } from "./differential/text_steps.ts";
import { damaged, fuzz, type Fuzzing } from "./pieces.ts";

const handler = { current: recordsDataSet() };

const MEMCACHED: Fuzzing = {
  open: () => openSession(handler),
  // Figures of `stats` that do not stand still.
  level: (answer) =>
    answer.replace(/(rusage_\w+|uptime|time|data_age) ?[\d.]+/g, "$1"),
};

/** Breaks lines that are too long. */
function withShortLines(text: string): string {
  return text.split("\n").map((line) => line.slice(0, LONG_LINE)).join("\n");
}

Deno.test("text in any pieces has one answer, and random text does no harm", () => {
  const steps = (random: Random) =>
    bytesOf(random.oneIn(2) ? textSteps(random) : metaSteps(random));
  fuzz(
    "text",
    MEMCACHED,
    (random) => withShortLines(damaged(steps(random), random)),
  );
  fuzz("random characters", MEMCACHED, (random) =>
    withShortLines(random.text(
      random.below(300),
      "getsmgmsvkhit:OqbNT019 \r\n\n \0\xff\x80",
    )));
});

Deno.test("packets in any pieces have one answer, and random ones do no harm", () => {
  fuzz(
    "packets",
    MEMCACHED,
    (random) => damaged(bytesOf(binarySteps(random)), random),
  );
  fuzz("random bytes after a magic", MEMCACHED, (random) =>
    "\x80" +
    random.text(
      random.below(300),
      "\x80\0\0\0\0\0\x01\x05\x0c\x10\x1d\xff",
    ));
});
