/**
 * `deno task torture`: the tests that attack the program, again and again with
 * other seeds, for as long as is asked for: damaged files, kills, swaps under
 * load, random requests beside the real servers, hostile clients.
 *
 * ```sh
 * deno task torture -minutes 30
 * deno task torture -part kills -seed 7 -rounds 1     # repeats a failure
 * ```
 *
 * Stops at the first failure, and tells how to repeat it; otherwise prints one
 * table of what has been tried, and how bad the worst was.
 *
 * @module
 */

import { UsageError } from "../src/cli/errors.ts";
import { choice, readFlags, whole } from "../src/cli/flags.ts";
import { Figures } from "./torture/figures.ts";
import { PARTS } from "./torture/parts.ts";

const flags = {
  minutes: whole("N", "for how long at least", 30, 1, 100_000),
  rounds: whole("N", "this many rounds instead; 0: -minutes", 0, 0, 1_000_000),
  seed: whole("N", "where random choices begin", 1, 1, 1_000_000_000),
  part: choice(["all", ...Object.keys(PARTS)], "only this part", "all"),
};

const { minutes, rounds, seed, part } = readOrExit();
const end = performance.now() + minutes * 60_000;
const figures = new Figures();
for (let round = 0; goesOn(round); round++) {
  for (const name of part === "all" ? Object.keys(PARTS) : [part!]) {
    if (rounds === 0 && performance.now() > end) break;
    if (!await attack(name, seed! + round)) Deno.exit(1);
  }
}
console.log(`\n${figures.table()}`);

function goesOn(round: number): boolean {
  return rounds === 0 ? performance.now() < end : round < rounds!;
}

/** Runs one part. @returns whether nothing was wrong. */
async function attack(name: string, seed: number): Promise<boolean> {
  const { files, env } = PARTS[name];
  const begun = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...files],
    env: { NO_COLOR: "1", GOROMDB_SEED: String(seed), ...env },
    cwd: new URL("..", import.meta.url),
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout);
  figures.read(output);
  const seconds = (performance.now() - begun) / 1000;
  figures.count(`rounds of ${name}`, 1);
  console.log(
    `${name}, seed ${seed}: ${success ? "ok" : "FAILED"}, ${
      seconds.toFixed(0)
    } s`,
  );
  if (success) return true;
  console.error(output + decoder.decode(stderr));
  console.error(
    `Repeat it: deno task torture -part ${name} -seed ${seed} -rounds 1`,
  );
  return false;
}

function readOrExit() {
  try {
    return readFlags(flags, Deno.args).values;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
