/** A server with slots, what is dropped for it, and what clients get. */

import { Client } from "../server/client.ts";
import { md5, until } from "../temporary.ts";
import { Program, run, type Surroundings } from "./program.ts";

/** How a server is started. */
export interface SlotServerOptions extends Surroundings {
  /** More flags. */
  flags?: string[];
}

/** Directories, and the servers that are started on them. */
export class SlotServer {
  /** The base directory. */
  readonly base: string;
  /** Where files are dropped. */
  readonly drops: string;
  readonly #options: SlotServerOptions;
  #program: Program | undefined;

  private constructor(directory: string, options: SlotServerOptions) {
    this.base = `${directory}/base`;
    this.drops = `${directory}/drops`;
    this.#options = options;
  }

  /** Makes the directories in another one, and starts a server. */
  static async start(
    directory: string,
    options: SlotServerOptions = {},
  ): Promise<SlotServer> {
    const server = new SlotServer(directory, options);
    await Deno.mkdir(server.base, { recursive: true });
    await Deno.mkdir(server.drops, { recursive: true });
    await server.start();
    return server;
  }

  /** Where a data file is dropped. */
  get file(): string {
    return `${this.drops}/data.db`;
  }

  /** The log of the server that runs. */
  get log(): readonly string[] {
    return this.program.log;
  }

  /** The server that runs. */
  get program(): Program {
    return this.#program!;
  }

  /** Starts a server again. */
  async start(options: SlotServerOptions = this.#options): Promise<void> {
    this.#program = await Program.startIn(
      options,
      ...["-addr", "127.0.0.1:0", "-workers", "1", "-interval", "100"],
      ...["-file", this.file, "-basedir", this.base, ...options.flags ?? []],
    );
  }

  /** Ends the server. */
  async stop(signal?: Deno.Signal): Promise<void> {
    await this.#program?.stop(signal);
    this.#program = undefined;
  }

  /** Ends it if a test has failed before it could. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
  }

  /** Puts a file in the place of the data file, and its sum beside it. */
  async drop(path: string): Promise<void> {
    const sum = md5(await Deno.readFile(path));
    await Deno.rename(path, this.file);
    await Deno.writeTextFile(`${this.file}.sum`, `${sum}  data.db\n`);
    await Deno.rename(`${this.file}.sum`, `${this.file}.md5`);
  }

  /** Drops a JSON file. */
  async dropJson(records: Record<string, string>): Promise<void> {
    await this.dropText(JSON.stringify(records));
  }

  /** Drops a text. */
  async dropText(text: string): Promise<void> {
    await Deno.writeTextFile(`${this.file}.new`, text);
    await this.drop(`${this.file}.new`);
  }

  /** What a client gets: `undefined` for a miss. */
  async get(key: string): Promise<string | undefined> {
    const client = await Client.connect(this.program.port);
    try {
      const answer = await client.ask(`get ${key}\r\n`, "END\r\n");
      if (!answer.endsWith("END\r\n")) throw new Error(`answered ${answer}`);
      return /^VALUE \S+ 0 \d+\r\n(.*)\r\nEND/s.exec(answer)?.[1];
    } finally {
      client.close();
    }
  }

  /** Waits until clients get a value. */
  async serves(key: string, value: string): Promise<void> {
    await until(
      `${key} is ${value}; the log is\n${this.log.join("\n")}`,
      async () => await this.get(key) === value,
    );
  }

  /** What `stats goromdb` tells. */
  async stats(): Promise<Record<string, string>> {
    const client = await Client.connect(this.program.port);
    const answer = await client.ask("stats goromdb\r\n", "END\r\n");
    client.close();
    return Object.fromEntries(
      [...answer.matchAll(/STAT (\S+) (.*)\r\n/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
  }

  /** Serves the file again that was served before. */
  async rollBack(): Promise<{ code: number; stderr: string }> {
    return await run("rollback", "-basedir", this.base);
  }
}
