/**
 * `goromdb completions`: scripts that make shells complete the program's words,
 * made from the table of commands.
 *
 * @module
 */

import type { Command } from "./commands.ts";
import { UsageError } from "./errors.ts";
import type { Flag } from "./flags.ts";

type Commands = Readonly<Record<string, Command>>;

/** The shells, and what makes the script of each. */
const SHELLS: Record<string, (commands: Commands, standard: string) => string> =
  { bash, zsh, fish };

/** Prints the script for a shell. */
export function completions(
  argv: readonly string[],
  commands: Commands,
  standard: string,
): Promise<number> {
  const [shell, ...rest] = argv;
  if (rest.length > 0 || !Object.hasOwn(SHELLS, shell ?? "")) {
    throw new UsageError("write goromdb completions bash, zsh or fish");
  }
  console.log(SHELLS[shell](commands, standard));
  return Promise.resolve(0);
}

/** What a flag's value can be: words, a file, or whatever. */
function valuesOf({ placeholder = "" }: Flag<unknown>): string[] | "file" | "" {
  if (placeholder.includes("|")) {
    return placeholder.split("|").filter((word) => /^[a-z]/.test(word));
  }
  return /PATH|FILE|DIRECTORY/.test(placeholder) ? "file" : "";
}

function bash(commands: Commands, standard: string): string {
  const cases = Object.entries(commands).map(([name, { flags }]) =>
    `    ${name}) words="${
      ["help", ...Object.keys(flags)].map((flag) => `-${flag}`).join(" ")
    }" ;;`
  );
  const values = new Map<string, string>();
  const files: string[] = [];
  const free: string[] = [];
  for (const [name, flag] of allFlags(commands)) {
    const known = valuesOf(flag);
    if (known === "file") files.push(`-${name}`, `--${name}`);
    else if (known !== "") values.set(name, known.join(" "));
    else if (flag.placeholder !== undefined) free.push(`-${name}`, `--${name}`);
  }
  const valueCases = [...values].map(([name, words]) =>
    `    -${name}|--${name}) COMPREPLY=($(compgen -W "${words}" -- "$word")); return ;;`
  );
  return `# goromdb completions bash
_goromdb() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local command=${standard} words
  case " ${Object.keys(commands).join(" ")} " in
    *" \${COMP_WORDS[1]} "*) [ "$COMP_CWORD" -gt 1 ] && command=\${COMP_WORDS[1]} ;;
  esac
  case $before in
${valueCases.join("\n")}
    ${files.join("|")}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${free.join("|")}) return ;;
  esac
  case $command in
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "${Object.keys(commands).join(" ")}" -- "$word"))
  elif [ "$command" = completions ]; then
    COMPREPLY=($(compgen -W "${Object.keys(SHELLS).join(" ")}" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _goromdb goromdb`;
}

function zsh(commands: Commands, standard: string): string {
  const names = Object.entries(commands).map(([name, { summary }]) =>
    `    ${quoted(`${name}:${summary}`)}`
  );
  const cases = Object.entries(commands).map(([name, { flags }]) => {
    const specs = Object.entries(flags).map(([flag, description]) =>
      ` \\\n        ${quoted(zshSpec(flag, description))}`
    );
    return `    ${name})\n      _arguments '-help[tell the flags]'${
      specs.join("")
    } '*:file:_files' ;;`;
  });
  return `#compdef goromdb
# goromdb completions zsh
_goromdb() {
  local command=${standard}
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  if [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${cases.join("\n")}
  esac
}
compdef _goromdb goromdb`;
}

function zshSpec(name: string, flag: Flag<unknown>): string {
  const help = flag.help.replace(/[[\]:]/g, (character) => `\\${character}`);
  const values = valuesOf(flag);
  if (flag.placeholder === undefined) return `-${name}[${help}]`;
  const action = values === "file"
    ? "_files"
    : values === ""
    ? " "
    : `(${values.join(" ")})`;
  return `-${name}[${help}]:value:${action}`;
}

function fish(commands: Commands, standard: string): string {
  const names = Object.keys(commands).join(" ");
  const lines = [
    "# goromdb completions fish",
    `set -l commands ${names}`,
  ];
  for (const [name, { summary, flags }] of Object.entries(commands)) {
    lines.push(
      `complete -c goromdb -n "not __fish_seen_subcommand_from $commands" -a ${name} -d ${
        quoted(summary)
      }`,
    );
    const seen = name === standard
      ? `not __fish_seen_subcommand_from ${
        Object.keys(commands).filter((other) => other !== standard).join(" ")
      }`
      : `__fish_seen_subcommand_from ${name}`;
    for (const [flag, description] of Object.entries(flags)) {
      const values = valuesOf(description);
      const value = description.placeholder === undefined
        ? ""
        : values === "file"
        ? " -r -F"
        : values === ""
        ? " -x"
        : ` -x -a ${quoted(values.join(" "))}`;
      lines.push(
        `complete -c goromdb -n ${quoted(seen)} -o ${flag}${value} -d ${
          quoted(description.help)
        }`,
      );
    }
  }
  lines.push(
    `complete -c goromdb -n '__fish_seen_subcommand_from completions' -x -a ${
      quoted(Object.keys(SHELLS).join(" "))
    }`,
  );
  return lines.join("\n");
}

function allFlags(commands: Commands): Map<string, Flag<unknown>> {
  return new Map(
    Object.values(commands).flatMap(({ flags }) => Object.entries(flags)),
  );
}

/** In single quotes, for any of the shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
