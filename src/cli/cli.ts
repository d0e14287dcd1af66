/**
 * The command line: finds the command, and tells what went wrong.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { COMMANDS, STANDARD_COMMAND } from "./commands.ts";
import { UsageError } from "./errors.ts";
import { describeCommand, describeProgram } from "./help.ts";
import { nearest } from "./nearest.ts";
import type { Signals } from "./signals.ts";

/**
 * Runs the program.
 *
 * @param argv what stands behind the program's name.
 * @param signals those that have arrived since it was started.
 * @returns the exit code: 0, 1 for a failure, 2 for a command line that is wrong.
 */
export async function run(
  argv: readonly string[],
  signals: Signals,
): Promise<number> {
  try {
    const [first = ""] = argv;
    const named = first !== "" && !first.startsWith("-");
    const name = named ? first : STANDARD_COMMAND;
    const words = named ? argv.slice(1) : argv;
    if (!Object.hasOwn(COMMANDS, name)) throw unknownCommand(name);
    if (name !== STANDARD_COMMAND) signals.release();
    if (words.some((word) => /^--?h(elp)?$/.test(word))) {
      console.log(
        named
          ? describeCommand(name, COMMANDS[name])
          : describeProgram(COMMANDS, STANDARD_COMMAND),
      );
      return 0;
    }
    if (words.some((word) => /^--?version$/.test(word))) {
      console.log(`goromdb ${VERSION}`);
      return 0;
    }
    return await COMMANDS[name].run(words, signals);
  } catch (error) {
    // Whoever read the output has had enough of it, as `head` does.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    console.error(
      `goromdb: ${error instanceof Error ? error.message : error}`,
    );
    return error instanceof UsageError ? 2 : 1;
  }
}

function unknownCommand(name: string): UsageError {
  const near = nearest(name, Object.keys(COMMANDS));
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return new UsageError(
    `there is no command ${name}${hint} (-help lists all)`,
  );
}
