/**
 * The program as its users run it: from its source, or the executable that
 * `GOROMDB_EXECUTABLE` names.
 */

import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** What a program that has ended has said. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Where a program runs, if not as everywhere. */
export interface Surroundings {
  /** What is put before the command: a program that starts it. */
  before?: string[];
  /** More variables. */
  env?: Record<string, string>;
  /** What it may do, when it runs from its source. */
  permissions?: string[];
}

function command(args: string[], where: Surroundings = {}): Deno.Command {
  const { before = [], env, permissions = ["-A"] } = where;
  const executable = Deno.env.get("GOROMDB_EXECUTABLE");
  const [program, ...rest] = executable
    ? [...before, executable]
    : [...before, Deno.execPath(), "run", "--quiet", ...permissions, main];
  return new Deno.Command(program, {
    args: [...rest, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  });
}

/** Runs the program to its end. */
export function run(...args: string[]): Promise<Outcome> {
  return runIn({}, ...args);
}

/** Runs the program to its end elsewhere. */
export async function runIn(
  where: Surroundings,
  ...args: string[]
): Promise<Outcome> {
  const { code, stdout, stderr } = await command(args, where).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** A server that runs. */
export class Program {
  /** The lines of its log so far. */
  readonly log: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #appeared = () => {};
  #stopped = false;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#reading = this.#read();
  }

  /** Starts `goromdb` on a port that the system chooses, and waits for it. */
  static start(...args: string[]): Promise<Program> {
    return Program.startIn({}, "-addr", "127.0.0.1:0", ...args);
  }

  /** Starts it elsewhere, with its address among the arguments. */
  static async startIn(
    where: Surroundings,
    ...args: string[]
  ): Promise<Program> {
    const program = new Program(command(args, where).spawn());
    await program.line(/listening on/);
    return program;
  }

  /** The port that it listens on. */
  get port(): number {
    const line = this.log.find((line) => line.includes("listening on"));
    return Number(/listening on \S+:(\d+)/.exec(line!)![1]);
  }

  /** The process's number. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Waits for a log line. */
  async line(pattern: RegExp, limit = 20_000): Promise<string> {
    const end = performance.now() + limit;
    for (;;) {
      const found = this.log.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0) {
        throw new Error(`no line ${pattern} in:\n${this.log.join("\n")}`);
      }
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#appeared = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  /** Ends it if a test has failed before it could. */
  async [Symbol.asyncDispose](): Promise<void> {
    // One that has ended by itself cannot be killed; why a test has failed then
    // is told by its own error.
    if (!this.#stopped) await this.stop("SIGKILL").catch(() => {});
  }

  /** Ends it, and waits until it has ended. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.#stopped = true;
    this.#process.kill(signal);
    const { code } = await this.#process.status;
    await this.#process.stdout.cancel();
    await this.#reading;
    return code;
  }

  async #read(): Promise<void> {
    const lines = this.#process.stderr.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const text of lines) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      this.log.push(...parts);
      this.#appeared();
    }
  }
}
