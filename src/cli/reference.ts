/**
 * The README's reference of commands and flags, made from their table;
 * `deno task readme` writes it.
 *
 * @module
 */

import type { Command } from "./commands.ts";
import type { Flags } from "./flags.ts";

/**
 * All commands in Markdown.
 *
 * @param standard the command that is meant when none is named; its flags come
 * first, and all of them.
 * @param shared flags that several commands have, told with the standard one.
 */
export function describeInMarkdown(
  commands: Readonly<Record<string, Command>>,
  standard: string,
  shared: Flags,
): string {
  const others = Object.entries(commands)
    .filter(([name]) => name !== standard)
    .map(([name, command]) => section(name, command, shared));
  return `${table(commands[standard].flags)}\n${others.join("\n")}`;
}

function section(name: string, command: Command, shared: Flags): string {
  const { summary, operands, flags, examples } = command;
  // A flag of the same name may mean something else here.
  const [own, common] = [false, true].map((isShared) =>
    Object.entries(flags).filter(([name, flag]) =>
      (flag === shared[name]) === isShared
    )
  );
  const lines = examples.map(([line, what]) => `${line}   # ${what}\n`);
  return [
    `### goromdb ${name}${operands === "" ? "" : ` ${operands}`}\n`,
    `${summary[0].toUpperCase()}${summary.slice(1)}.${
      common.length === 0
        ? ""
        : ` It takes the flags ${
          common.map(([flag]) => `\`-${flag}\``).join(", ")
        } of \`serve\`, too.`
    }\n`,
    `\`\`\`sh\n${lines.join("")}\`\`\`\n`,
    ...(own.length === 0 ? [] : [table(Object.fromEntries(own))]),
  ].join("\n");
}

function table(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
    const cells = [
      `\`-${name}${value}\``,
      flag.help,
      flag.standard === undefined ? "" : `\`${flag.standard}\``,
    ];
    return `| ${cells.join(" | ")} |\n`.replaceAll(/(?<=\w)\|(?=\w)/g, "\\|");
  });
  return `| flag | meaning | standard |\n| - | - | - |\n${rows.join("")}`;
}
