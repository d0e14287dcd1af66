/**
 * The command line: finds the command, and tells what went wrong.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { FailureError, UsageError } from "./errors.ts";
import { describeFlags } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { rollback } from "./rollback.ts";
import { serve, SERVE_FLAGS } from "./serve.ts";

const COMMANDS: Record<
  string,
  (argv: readonly string[]) => Promise<number>
> = { serve, rollback };

const HELP = `goromdb ${VERSION}: a read-only key/value server over a data file

Usage: goromdb [serve] -file PATH [flags]
       goromdb rollback -basedir DIRECTORY

Flags, with one dash or two, as -flag value or -flag=value:
${describeFlags(SERVE_FLAGS)}  -help
        print this
  -version
        print the version

Examples:
  goromdb -file data.json
  goromdb -addr :11211 -file drop/data.db -basedir /var/lib/goromdb -watch md5
`;

/**
 * Runs the program.
 *
 * @param argv what stands behind the program's name.
 * @returns the exit code: 0, 1 for a failure, 2 for a command line that is wrong.
 */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    if (argv.some((arg) => /^--?h(elp)?$/.test(arg))) {
      console.log(HELP.trimEnd());
      return 0;
    }
    if (argv.some((arg) => /^--?version$/.test(arg))) {
      console.log(`goromdb ${VERSION}`);
      return 0;
    }
    const [first = "", ...rest] = argv;
    if (first === "" || first.startsWith("-")) return await serve(argv);
    if (Object.hasOwn(COMMANDS, first)) return await COMMANDS[first](rest);
    const near = nearest(first, Object.keys(COMMANDS));
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new UsageError(
      `there is no command ${first}${hint} (-help tells more)`,
    );
  } catch (error) {
    if (error instanceof UsageError || error instanceof FailureError) {
      console.error(`goromdb: ${error.message}`);
      return error instanceof UsageError ? 2 : 1;
    }
    console.error(
      `goromdb: ${error instanceof Error ? error.message : error}`,
    );
    return 1;
  }
}
