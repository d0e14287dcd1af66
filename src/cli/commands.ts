/**
 * The commands of the program. To add one, add it to this table: from it the
 * command line is read, and the help, the shells' completions and the README's
 * reference are made.
 *
 * @module
 */

import { bench, BENCH_FLAGS } from "./bench.ts";
import { build, BUILD_FLAGS } from "./build.ts";
import { completions } from "./completions.ts";
import { config } from "./config.ts";
import { diff, DIFF_FLAGS } from "./diff.ts";
import type { Flags } from "./flags.ts";
import { get, GET_FLAGS } from "./get.ts";
import { inspect, INSPECT_FLAGS } from "./inspect.ts";
import { keys, KEYS_FLAGS } from "./keys.ts";
import { rollback, ROLLBACK_FLAGS } from "./rollback.ts";
import { serve, SERVE_FLAGS } from "./serve.ts";
import type { Signals } from "./signals.ts";
import { verify, VERIFY_FLAGS } from "./verify.ts";

/** One command. */
export interface Command {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What stands behind its name, flags aside; brackets: may be left out. */
  readonly operands: string;
  /** Its flags, by name. */
  readonly flags: Flags;
  /** Two command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /**
   * Runs it.
   *
   * @param argv what stands behind the command's name.
   * @param signals what only a server handles.
   * @returns the exit code.
   */
  run(argv: readonly string[], signals: Signals): Promise<number>;
}

/** The command that is meant when none is named. */
export const STANDARD_COMMAND = "serve";

/** All commands, by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    summary: "serve a data file, and each new one that is dropped",
    operands: "",
    flags: SERVE_FLAGS,
    examples: [
      ["goromdb -file data.json", "serve a file where it lies"],
      [
        "goromdb -addr :11211 -file drop/data.db -basedir /var/lib/goromdb",
        "take each file that is dropped with its MD5 sum",
      ],
    ],
    run: serve,
  },
  rollback: {
    summary: "serve the file again that was served before",
    operands: "",
    flags: ROLLBACK_FLAGS,
    examples: [
      ["goromdb rollback -basedir /var/lib/goromdb", "undo the last swap"],
      [
        "goromdb serve -file drop/data.db -basedir /var/lib/goromdb -keep-previous",
        "keep what a roll-back needs",
      ],
    ],
    run: rollback,
  },
  config: {
    summary: "check a configuration file, print one, or print its schema",
    operands: "check|print|schema [FILE]",
    flags: {},
    examples: [
      [
        "goromdb config check goromdb.jsonc",
        "tell what is wrong with it, before a reload does",
      ],
      [
        "goromdb config print goromdb.jsonc",
        "tell what it amounts to, with all that is not set",
      ],
    ],
    run: config,
  },
  get: {
    summary: "print the values of keys",
    operands: "FILE KEY…",
    flags: GET_FLAGS,
    examples: [
      ["goromdb get data.json hoge", "print one value, byte for byte"],
      [
        "goromdb get data.db -handler namespaced users:1 users:2",
        "print two of a namespace, a line each",
      ],
    ],
    run: get,
  },
  keys: {
    summary: "list the keys of a file",
    operands: "FILE",
    flags: KEYS_FLAGS,
    examples: [
      ["goromdb keys data.cdb", "list all"],
      ["goromdb keys data.cdb -prefix user: -limit 10", "list ten of them"],
    ],
    run: keys,
  },
  inspect: {
    summary: "tell what a file is and holds",
    operands: "FILE",
    flags: INSPECT_FLAGS,
    examples: [
      ["goromdb inspect data.db", "tell it to a person"],
      ["goromdb inspect data.db -json", "tell it to a program"],
    ],
    run: inspect,
  },
  verify: {
    summary: "check a whole file, and its sum",
    operands: "FILE",
    flags: VERIFY_FLAGS,
    examples: [
      ["goromdb verify data.db", "check all pages; data.db.md5 too, if there"],
      ["goromdb verify data.db && cp data.db drop/", "drop only what is sound"],
    ],
    run: verify,
  },
  diff: {
    summary: "compare the records of two files",
    operands: "OLD NEW",
    flags: DIFF_FLAGS,
    examples: [
      ["goromdb diff old.json new.cdb", "count what is new, gone and changed"],
      ["goromdb diff old.db new.db -samples 0 -json", "as numbers alone"],
    ],
    run: diff,
  },
  bench: {
    summary: "load a server, and measure it",
    operands: "ADDRESS",
    flags: BENCH_FLAGS,
    examples: [
      [
        "goromdb bench 127.0.0.1:11211 -keys data.db -check",
        "get keys of a file, and compare the values",
      ],
      [
        "goromdb bench unix:/run/goromdb.sock -pattern key-%d -count 100000 -rate 50000",
        "50,000 requests a second for made-up keys",
      ],
    ],
    run: bench,
  },
  build: {
    summary: "build a data file from records in other formats",
    operands: "[INPUT…]",
    flags: BUILD_FLAGS,
    examples: [
      [
        "goromdb build -to boltdb -out drop/data.db users.csv",
        "build a BoltDB file, and drop/data.db.md5 when it is complete",
      ],
      [
        "zcat *.ndjson.gz | goromdb build -to cdb -out data.cdb -from ndjson",
        "build a cdb of what comes from another program",
      ],
    ],
    run: build,
  },
  completions: {
    summary: "print what makes a shell complete this program's words",
    operands: "bash|zsh|fish",
    flags: {},
    examples: [
      ["source <(goromdb completions bash)", "in ~/.bashrc"],
      [
        "goromdb completions fish > ~/.config/fish/completions/goromdb.fish",
        "once",
      ],
    ],
    run: (argv) => completions(argv, COMMANDS, STANDARD_COMMAND),
  },
};
