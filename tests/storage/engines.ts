/**
 * The real engines, asked about many files.
 *
 * An engine may die of a damaged file, or hang: then that is what it says of the
 * file, and it is started anew for the next.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

/** What an engine says of one file. */
export interface Opinion {
  /** What is wrong with it. */
  readonly complaints: string[];
  /** The digest of its records, if the engine has read them all. */
  readonly records?: string;
}

/** Damage that the engine tells and we do not, and why that is right. */
export interface Exception {
  /** What the engine says. */
  readonly says: RegExp;
  /** What the check says then, as a note. */
  readonly note?: RegExp;
  /** Why no look-up can meet it. */
  readonly why: string;
}

/** What an engine's program says where there is more to come of a file. */
export const FAILED = "it fails";

/** A real engine. */
export interface Engine {
  /**
   * Asks about files.
   *
   * @returns an opinion a file; nothing if it is not installed.
   */
  opinions(paths: string[]): Promise<Opinion[] | undefined>;
}

/** A record, as {@linkcode digestOf} takes it. */
export type Line = readonly [
  namespace: Uint8Array,
  key: Uint8Array,
  value: Uint8Array,
];

/** The MD5 sum of records, in the order of their hexadecimal digits. */
export function digestOf(lines: Iterable<Line>): string {
  const sorted = Array.from(
    lines,
    (parts) => parts.map((part) => part.toHex()).join(" ") + "\n",
  ).sort();
  return createHash("md5").update(sorted.join("")).digest("hex");
}

/** An engine that prints nothing for so long hangs. */
const PATIENCE_MS = 20_000;

/**
 * An engine that is a program of ours around the real library. It is given the
 * names of files, and prints lines for each:
 *
 * ```text
 * file PATH
 * fault what is wrong
 * records the digest of all records
 * done
 * ```
 */
export class EngineProgram implements Engine {
  readonly #command: () => Promise<string[] | undefined>;
  #words: Promise<string[] | undefined> | undefined;

  /**
   * Waits with what it takes until it is asked.
   *
   * @param command the program and its first arguments; nothing if it cannot be
   * had here.
   */
  constructor(command: () => Promise<string[] | undefined>) {
    this.#command = command;
  }

  /** Asks about files; see {@linkcode Engine.opinions}. */
  async opinions(paths: string[]): Promise<Opinion[] | undefined> {
    this.#words ??= this.#command();
    const words = await this.#words;
    if (words === undefined) return undefined;
    const opinions: Opinion[] = [];
    while (opinions.length < paths.length) {
      const left = paths.slice(opinions.length);
      const { lines, end } = await run(words, left);
      opinions.push(...parse(lines));
      if (opinions.length < paths.length) {
        // It did not get over the next one.
        opinions.push({ complaints: [`the engine ${end}`] });
      }
    }
    return opinions;
  }
}

/**
 * An engine's program in Python: Debian's own, whose packages have the libraries.
 *
 * @param source the program.
 * @param needs a statement that fails where something is not installed.
 */
export function pythonEngine(source: URL, needs: string): EngineProgram {
  const python = "/usr/bin/python3";
  return new EngineProgram(async () => {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", needs],
        stderr: "null",
      }).output();
      return success ? [python, fileURLToPath(source)] : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

/** Finished files only. */
function parse(lines: string[]): Opinion[] {
  const opinions: Opinion[] = [];
  let complaints: string[] = [];
  let records: string | undefined;
  for (const line of lines) {
    const space = line.indexOf(" ");
    const [word, rest] = space < 0
      ? [line, ""]
      : [line.slice(0, space), line.slice(space + 1)];
    if (word === "file") {
      complaints = [];
      records = undefined;
    } else if (word === "fault") complaints.push(rest);
    else if (word === "records") records = rest;
    else if (word === "done") opinions.push({ complaints, records });
  }
  return opinions;
}

/** Runs the program on files, for as long as it goes on printing. */
async function run(
  [program, ...first]: string[],
  paths: string[],
): Promise<{ lines: string[]; end: string }> {
  const child = new Deno.Command(program, {
    args: [...first, ...paths],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hangs = false;
  const kill = () => {
    hangs = true;
    child.kill("SIGKILL");
  };
  const stderr = child.stderr.pipeThrough(new TextDecoderStream());
  const said = Array.fromAsync(stderr);
  let text = "";
  let timer = setTimeout(kill, PATIENCE_MS);
  for await (
    const piece of child.stdout.pipeThrough(new TextDecoderStream("latin1"))
  ) {
    clearTimeout(timer);
    timer = setTimeout(kill, PATIENCE_MS);
    text += piece;
  }
  const { code, signal } = await child.status;
  clearTimeout(timer);
  const [why] = (await said).join("").split("\n");
  const end = hangs ? "hangs" : `ends with ${signal ?? code}: ${why}`;
  return { lines: text.split("\n"), end };
}
