/** Steps of the meta commands. */

import type { Random } from "./random.ts";
import { BINARY_RECORDS, HUGE, TEXT_RECORDS } from "./records.ts";
import { garble, read, type Step, tamed, withoutLong } from "./steps.ts";
import { block, line, MISSING, textSteps, WRITTEN } from "./text_steps.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Flags of `mg`; the token is made up for each use. */
const READ_FLAGS = [..."cfhklqstuv"];

/** Flags that `mg` knows and has no use for, and malformed ones. */
const ODD_FLAGS = [
  "C18446744073709551615",
  "C?",
  "C",
  "D5",
  "D?",
  "J5",
  "J?",
  "F5",
  "F?",
  "F",
  "I",
  "L",
  "Lpath",
  "MI",
  "M",
  "MII",
  "P",
  "Ppath",
  "N?",
  "N",
  "R?",
  "T?",
  "T",
  "T99999999999999999999",
  "S5",
  "z",
  "a",
  "\x7f",
  "\xff",
  "\x01",
  "1",
  "ktoken",
  "vv",
  "O" + "o".repeat(31),
  "O" + "o".repeat(32),
  "O",
  "O\xff\t",
  "x",
  "E5",
  "Ex",
];

/** Lines that need no arguments to be made up. */
const LINES = [
  "mg",
  "mg ",
  "me",
  "ms",
  "ms w:1",
  "ms w:1 x",
  "ms w:1 -1",
  "ms w:1 2147483646",
  "ms w:1 S5",
  "md",
  "ma",
  "mx hit:k v",
  "m hit:k",
  "MG hit:k v",
  `mg ${"l".repeat(251)} v`,
  `me ${"l".repeat(251)}`,
  `ms ${"l".repeat(251)} 3`,
  `md ${"l".repeat(251)}`,
  `ma ${"l".repeat(251)}`,
  `mg hit:k${" v".repeat(17)}`,
  `mg hit:k${" v".repeat(18)}`,
  `ms w:1 1${" c".repeat(18)}`,
  `md w:1${" c".repeat(18)}`,
  `ma w:1${" c".repeat(18)}`,
  "mg *** b v",
  "mg = b v",
  "mg aaaaa b v",
  "mg aaaa==== b k",
  "mg a=aaaaaa b k",
  "mg a===aaaa b k",
  "mg a*b*c*d* b k",
  "me *** b",
  "me none",
  "me none b",
  "me hit:k x",
  "me hit:k x b",
  "mg hit:k x",
  "mg none E1 v",
  "md w:1 x",
  "md w:1 E1",
  "ma w:1 E1 x",
];

function opaque(random: Random): string {
  return "O" + random.text(random.below(36), LETTERS);
}

/** Flags for a read, in any order; without `b` and `k` unless they may be. */
function flags(random: Random, except: string): string[] {
  const chosen = READ_FLAGS.filter((flag) =>
    !except.includes(flag) && random.oneIn(3)
  );
  if (random.oneIn(4)) chosen.push(opaque(random));
  const odd = random.pick(ODD_FLAGS);
  if (random.oneIn(8) && !except.includes(odd[0])) chosen.push(odd);
  for (let i = chosen.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [chosen[i], chosen[j]] = [chosen[j], chosen[i]];
  }
  return chosen;
}

function get(random: Random): Step {
  const command = random.oneIn(8) ? "me" : "mg";
  switch (random.below(5)) {
    case 0: { // only base64 can ask for it
      const key = btoa(random.pick(BINARY_RECORDS).key);
      const rest = command === "me" ? ["b"] : ["b", ...flags(random, "")];
      return read(line([command, key, ...rest], random));
    }
    case 1: { // base64 is not needed: neither server gives the key back
      const key = btoa(random.pick(TEXT_RECORDS).key);
      return read(line(["mg", key, ...flags(random, "k"), "b"], random));
    }
    case 2: {
      const base64 = random.oneIn(3);
      const key = random.pick(MISSING);
      const words = base64 && key.length < 180 ? [btoa(key), "b"] : [key];
      return read(line([command, ...words, ...flags(random, "")], random));
    }
    default: {
      const { key } = random.oneIn(60) ? HUGE : random.pick(TEXT_RECORDS);
      return read(line([command, key, ...flags(random, "")], random));
    }
  }
}

/** A read that would also write. */
function getAndChange(random: Random): Step {
  const changes = random.pick(["T0", "T100", "R30", "R0"]);
  const key = changes.startsWith("T")
    ? random.pick(MISSING)
    : random.pick(TEXT_RECORDS).key;
  const words = ["mg", key, ...flags(random, "q"), changes];
  // What else is wrong with the flags is told first.
  return { bytes: line(words, random), refused: 0, unsure: true };
}

function write(random: Random): Step {
  const modes = random.pick([
    [],
    ["MS"],
    ["MX"],
    ["MI"],
    ["M+"],
    ["MD"],
    [
      "ME",
    ],
    ["MA"],
    ["MR"],
  ]);
  const others = ["c", "k", "I", "F5", "T0", opaque(random), "C7", "z", "T"]
    .filter(() => random.oneIn(6));
  const rest = [...modes, ...others];
  const key = random.pick(WRITTEN);
  switch (random.below(4)) {
    case 0:
      return judged(line(["md", key, ...rest], random));
    case 1:
      // What it finds wrong with the value, memcached says before an opaque.
      return judged(
        line(["ma", key, ...rest.filter((flag) => flag[0] !== "O")], random),
      );
    case 2: { // quiet, and it fails: that is told by both servers
      const [command, mode] = random.pick([
        ["ms", "MR"],
        ["ms", "MA"],
        ["md", "q"],
        ["ma", "q"],
      ]);
      const words = command === "ms" ? ["ms", "none", "3"] : [command, "none"];
      const data = command === "ms" ? "abc\r\n" : "";
      const flags = mode === "q" ? ["q"] : [mode, "q"];
      return {
        bytes: line([...words, ...flags], random) + data,
        refused: 1,
      };
    }
    default: {
      const { length, text } = block(random);
      const words = ["ms", key, String(length), ...rest];
      return judged(line(words, random) + text);
    }
  }
}

function garbled(random: Random): Step {
  const step = random.oneIn(3) ? write(random) : get(random);
  // Without its M, ME would be a flag that only one server knows. No digit may
  // make T or N a change to a key that is read, nor an A make a missing key.
  const isFit = !/ (?:ME|[NT])|^ *m[sda] +none/.test(step.bytes);
  return isFit ? garble(step, random) : step;
}

/** Whether it is well formed is for the servers to say. */
function judged(bytes: string): Step {
  return { bytes, refused: 0, unsure: true };
}

/** Steps of the meta commands, at times with others behind them. */
export function metaSteps(random: Random): Step[] {
  const steps = random.some(1, 6, () => {
    switch (random.below(12)) {
      case 0:
      case 1:
        return write(random);
      case 2:
        return read(line([random.pick(LINES)], random));
      case 3:
        return garbled(random);
      case 4:
        return getAndChange(random);
      default:
        return get(random);
    }
  });
  return random.oneIn(4) && !steps.some(({ garbled }) => garbled)
    ? [...withoutLong(steps), ...textSteps(random)]
    : tamed(steps);
}
