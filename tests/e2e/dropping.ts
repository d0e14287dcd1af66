/**
 * A running server, the place where data sets are dropped for it, and a client
 * that never stops asking which one is served.
 */

import { assert } from "@std/assert";
import { Client } from "../server/client.ts";
import { inDirectory, md5, until } from "../temporary.ts";
import { Program, type Surroundings } from "./program.ts";

/** How the server is started. */
export interface DroppingOptions extends Surroundings {
  /** Where files are dropped, if not in a directory of its own. */
  drops?: string;
  /** Where all directories are made, if not where temporary ones are. */
  parent?: string;
  /** The user that all directories belong to, if not this one. */
  owner?: number;
  /** More flags. */
  flags?: string[];
}

/** The data set with a number. */
export function dataSet(n: number): string {
  return JSON.stringify({ n: String(n), filler: `${n} `.repeat(1000) });
}

/** A server that loads what is dropped. */
export class Dropping {
  /** The data sets that a client has seen, in this order. */
  readonly seen: number[] = [];
  /** The server. */
  readonly program: Program;
  /** The base directory. */
  readonly base: string;
  /** Where files are dropped. */
  readonly drops: string;
  #watching: Promise<void> | undefined;
  #stopped = false;

  private constructor(program: Program, base: string, drops: string) {
    this.program = program;
    this.base = base;
    this.drops = drops;
  }

  /** Runs a test with a server that serves data set 1. */
  static run(
    test: (dropping: Dropping) => Promise<void>,
    options: DroppingOptions = {},
  ): Promise<void> {
    return inDirectory(async (directory) => {
      const base = `${directory}/base`;
      const { drops = `${directory}/drops`, flags = [] } = options;
      await Deno.mkdir(base);
      await Deno.mkdir(drops, { recursive: true });
      const { owner } = options;
      for (const path of owner ? [directory, base, drops] : []) {
        await Deno.chown(path, owner!, owner!);
      }
      await using program = await Program.startIn(
        options,
        ...["-addr", "127.0.0.1:0", "-workers", "1", "-interval", "100"],
        ...["-file", `${drops}/data.db`, "-basedir", base, ...flags],
      );
      const dropping = new Dropping(program, base, drops);
      await dropping.drop(1);
      await program.line(/serving .*\/data00\//);
      dropping.#watching = dropping.#watch();
      try {
        await dropping.served(1);
        await test(dropping);
      } finally {
        dropping.#stopped = true;
        await dropping.#watching;
      }
      await program.stop();
    }, options.parent);
  }

  /** The data file's path. */
  get file(): string {
    return `${this.drops}/data.db`;
  }

  /** The log lines that are not of good news. */
  get complaints(): string[] {
    return this.program.log.filter((line) =>
      !line.includes("[info]") && !line.includes("no data yet")
    );
  }

  /** Puts a file in the place of the data file, in one step. */
  async putData(text: string): Promise<void> {
    await Deno.writeTextFile(`${this.file}.new`, text);
    await Deno.rename(`${this.file}.new`, this.file);
  }

  /** Puts a text in the place of the sum, in one step. */
  async putSum(text: string): Promise<void> {
    await Deno.writeTextFile(`${this.file}.sum`, text);
    await Deno.rename(`${this.file}.sum`, `${this.file}.md5`);
  }

  /** Drops a data set as its users do: the data, and then the sum. */
  async drop(n: number): Promise<void> {
    await this.putData(dataSet(n));
    await this.putSum(`${md5(dataSet(n))}  data.db\n`);
  }

  /** Waits until a data set is served. */
  async served(n: number): Promise<void> {
    await until(
      `data set ${n} is served; the log is\n${this.program.log.join("\n")}`,
      () => this.seen.at(-1) === n,
    );
  }

  /** Asks all the time; a miss, or a data set that was replaced, is an error. */
  async #watch(): Promise<void> {
    const client = await Client.connect(this.program.port);
    while (!this.#stopped) {
      const answer = await client.ask("get n\r\n", "END\r\n");
      const n = Number(/\r\n(\d+)\r\nEND/.exec(answer)?.[1]);
      assert(n >= (this.seen.at(-1) ?? 0), `${answer} after ${this.seen}`);
      if (n !== this.seen.at(-1)) this.seen.push(n);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    client.close();
  }
}
