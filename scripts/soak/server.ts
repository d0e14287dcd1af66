/**
 * The server that is soaked.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { FailureError } from "../../src/cli/errors.ts";
import type { Resources } from "./figures.ts";
import { schedule } from "./waits.ts";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** A server, and what can be seen of it from outside. */
export class SoakedServer {
  readonly #process: Deno.ChildProcess;
  readonly #log: string[] = [];
  #appeared = () => {};
  #ended = false;

  /** Starts it with these flags. */
  constructor(flags: string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", main, ...flags],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#read();
  }

  /** Waits for so many lines that match; a `FailureError` if it ends before. */
  async lines(pattern: RegExp, count: number): Promise<void> {
    while (this.#log.filter((line) => pattern.test(line)).length < count) {
      this.#check();
      await new Promise<void>((resolve) => {
        this.#appeared = resolve;
      });
    }
  }

  /** The lines that tell of trouble. */
  get complaints(): string[] {
    return this.#log.filter((line) => /\[(warning|error)\]/.test(line));
  }

  /** What it has of the machine now. */
  resources(): Resources {
    this.#check();
    const status = Deno.readTextFileSync(`/proc/${this.#process.pid}/status`);
    const of = (name: string) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
    return {
      rss: of("VmRSS"),
      anonymous: of("RssAnon") + of("RssShmem"),
      descriptors: [...Deno.readDirSync(`/proc/${this.#process.pid}/fd`)]
        .length,
    };
  }

  /** The thread that has run most, which is the one that serves. */
  busiestThread(): string {
    const tasks = `/proc/${this.#process.pid}/task`;
    let most = -1, busiest = "";
    for (const { name } of Deno.readDirSync(tasks)) {
      const { ran } = schedule(`${tasks}/${name}`);
      if (ran > most) [most, busiest] = [ran, `${tasks}/${name}`];
    }
    return busiest;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    if (!this.#ended) this.#process.kill("SIGTERM");
    await this.#process.status;
  }

  #check(): void {
    if (!this.#ended) return;
    throw new FailureError(
      `the server has ended; its last line: ${this.#log.at(-1)}`,
    );
  }

  async #read(): Promise<void> {
    const text = this.#process.stderr.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const part of text) {
      const lines = (rest + part).split("\n");
      rest = lines.pop()!;
      this.#log.push(...lines);
      this.#appeared();
    }
    this.#ended = true;
    this.#appeared();
  }
}
