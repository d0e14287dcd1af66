/**
 * The help, made from the table of commands.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import type { Command } from "./commands.ts";
import { describeFlags } from "./flags.ts";

/** What the program tells of itself as a whole. */
export function describeProgram(
  commands: Readonly<Record<string, Command>>,
  standard: string,
): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(([name, { summary }]) =>
    `  ${name.padEnd(width)}  ${summary}`
  );
  return `goromdb ${VERSION}: a read-only key/value server over a data file

Usage: goromdb [COMMAND] [flags]

Commands; without one, ${standard}:
${rows.join("\n")}

goromdb COMMAND -help tells its flags. Those of ${standard}:

${describeBody(commands[standard])}`;
}

/** What the program tells of one command. */
export function describeCommand(name: string, command: Command): string {
  const { summary, operands, flags } = command;
  const words = [
    "goromdb",
    name,
    ...(operands === "" ? [] : [operands]),
    ...(Object.keys(flags).length === 0 ? [] : ["[flags]"]),
  ];
  return `goromdb ${name}: ${summary}

Usage: ${words.join(" ")}

${describeBody(command)}`;
}

function describeBody({ flags, examples }: Command): string {
  const lines = examples.map(([line, what]) => `  ${line}\n        ${what}\n`);
  const table = Object.keys(flags).length === 0
    ? ""
    : `Flags, with one dash or two, as -flag value or -flag=value:
${describeFlags(flags)}
`;
  return `${table}Examples:\n${lines.join("")}`.trimEnd();
}
