/**
 * The server that is soaked.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** A server, and what can be seen of it from outside. */
export class SoakedServer {
  readonly #process: Deno.ChildProcess;
  readonly #log: string[] = [];
  #appeared = () => {};

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

  /** Waits for so many lines that match. */
  async lines(pattern: RegExp, count: number): Promise<void> {
    while (this.#log.filter((line) => pattern.test(line)).length < count) {
      await new Promise<void>((resolve) => {
        this.#appeared = resolve;
      });
    }
  }

  /** The lines that tell of trouble. */
  get complaints(): string[] {
    return this.#log.filter((line) => /\[(warning|error)\]/.test(line));
  }

  /** Its memory, in bytes: all, and without what is mapped from files. */
  memory(): { rss: number; anonymous: number } {
    const status = Deno.readTextFileSync(`/proc/${this.#process.pid}/status`);
    const of = (name: string) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
    return { rss: of("VmRSS"), anonymous: of("RssAnon") + of("RssShmem") };
  }

  /** How many file descriptors it has open. */
  descriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.#process.pid}/fd`)].length;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
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
  }
}
