/** The Redis protocol, fuzzed in pieces. */

import type { Random } from "./differential/random.ts";
import { damaged, fuzz, type Fuzzing } from "./pieces.ts";
import { openResp } from "./resp/converse.ts";
import { flatDataSet, namespacedDataSet } from "./resp/records.ts";
import { steps } from "./resp/steps.ts";

const handlers = [{ current: flatDataSet() }, { current: namespacedDataSet() }];

/**
 * A write may be refused before the rest of it is there, which then may be no
 * request; writes that were refused before it look the same.
 */
const EARLY =
  /(?:-(READONLY|ERR wrong number of arguments for '(set|del|hset|incr|lpush|flushall|mset)')[^\r]*\r\n)+(?=-ERR Protocol error[^\r]*\r\n<closed>$)/;

const RESP: Fuzzing = {
  open: (seed) => openResp(handlers[seed % 2]),
  level: (answer) => answer.replace(EARLY, ""),
};

/** What is another one each time. */
const VARYING = /randomkey|client|hello|info/i;

/** Requests whose answers are the same each time, whatever the pieces are. */
function requests(random: Random): string {
  for (;;) {
    const text = damaged(
      steps(random).map(({ bytes }) => bytes).join(""),
      random,
    );
    // How a line that is too long is given up depends on the pieces.
    if (!VARYING.test(text) && text.length <= 60_000) return text;
  }
}

Deno.test("requests in any pieces have one answer, and random bytes do no harm", () => {
  fuzz("requests", RESP, requests);
  fuzz(
    "random characters",
    RESP,
    (random) =>
      random.text(random.below(300), "*$-+0123getmk h\"'\\x\r\n\r\n \0\xff"),
  );
});
