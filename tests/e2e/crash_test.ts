/**
 * `kill -9` at random moments of a loop of swaps, and what the next start makes
 * of it. `GOROMDB_CRASHES=n` kills n times instead of 25;
 * `tests/loader/crash_test.ts` kills before each single step.
 */

import { assert } from "@std/assert";
import { counted, SEED, worst } from "../figures.ts";
import { Random } from "../protocol/differential/random.ts";
import { Client } from "../server/client.ts";
import { filesBelow, inDirectory, md5, until } from "../temporary.ts";
import { Program } from "./program.ts";

const CRASHES = Number(Deno.env.get("GOROMDB_CRASHES") ?? 25);

/** When things happen; the seed makes them happen likewise again. */
const random = new Random(SEED);

/** A data set of a few megabytes, so that each step of a swap takes a while. */
function dataSet(n: number): string {
  const filler = `${n} `.repeat(2_000_000);
  return JSON.stringify({ n: String(n), filler, last: String(n) });
}

async function drop(directory: string, n: number): Promise<void> {
  const file = `${directory}/data.db`;
  const text = dataSet(n);
  await Deno.writeTextFile(`${file}.new`, text);
  await Deno.writeTextFile(`${file}.md5.new`, md5(text));
  await Deno.rename(`${file}.new`, file);
  await Deno.rename(`${file}.md5.new`, `${file}.md5`);
}

/** The server has closed the connection. */
class Gone extends Error {}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The number of the data set; that its two ends are of one is checked. */
async function served(client: Client): Promise<number> {
  const answer = await client.ask("get n last\r\n", "END\r\n");
  if (!answer.endsWith("END\r\n")) throw new Gone();
  const match = /^VALUE n 0 \d+\r\n(\d+)\r\nVALUE last 0 \d+\r\n(\d+)\r\nEND/
    .exec(answer);
  assert(match !== null && match[1] === match[2], answer);
  return Number(match![1]);
}

/** Drops data sets with short pauses, until it is stopped. */
class Producer {
  /** The number of the data set that is being dropped, or was dropped last. */
  dropped = 0;
  readonly #directory: string;
  #stopped = true;
  #work = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  start(): void {
    this.#stopped = false;
    this.#work = this.#produce();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #produce(): Promise<void> {
    while (!this.#stopped) {
      await drop(this.#directory, ++this.dropped);
      await pause(random.below(200));
    }
  }
}

/** Reads until the server is gone. @returns the newest data set that was seen. */
async function read(client: Client, seen: number): Promise<number> {
  for (;;) {
    try {
      const n = await served(client);
      assert(n >= seen, `${n} after ${seen}`);
      seen = n;
      await pause(1);
    } catch (error) {
      // What was cut off in the middle counts for nothing.
      const gone = error instanceof Gone ||
        error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      if (gone) return seen;
      throw error;
    }
  }
}

Deno.test(`a whole data set is served after each of ${CRASHES} kills`, () =>
  inDirectory(async (directory) => {
    const base = `${directory}/base`, drops = `${directory}/drops`;
    await Deno.mkdir(base);
    await Deno.mkdir(drops);
    const start = () =>
      Program.start(
        ...["-file", `${drops}/data.db`, "-basedir", base],
        ...["-workers", "1", "-interval", "100"],
      );
    const producer = new Producer(drops);
    await drop(drops, ++producer.dropped);
    const delays: number[] = [];
    let seen = 1, newer = 0;
    for (let kills = 0; kills <= CRASHES; kills++) {
      const begun = performance.now();
      await using program = await start();
      const client = await Client.connect(program.port);
      const first = await served(client);
      delays.push(performance.now() - begun);
      assert(first >= seen, `${first} is served after ${seen} had been`);
      if (first > seen) newer++;

      // What was dropped last is served, wherever the kill has left it.
      await until(
        `data set ${producer.dropped} is served`,
        async () => (seen = await served(client)) === producer.dropped,
        30_000,
      ).catch(async (cause) => {
        const files = await filesBelow(directory);
        throw new Error([...files, ...program.log].join("\n"), { cause });
      });
      await until("nothing is left over", async () => {
        const left = (await filesBelow(directory)).join();
        return /^base\/(data0\d)\/data\.db,base\/\1\/slot\.json,base\/goromdb\.lock$/
          .test(left);
      });
      if (kills < CRASHES) {
        producer.start();
        const reading = read(client, seen);
        await pause(random.below(600));
        await program.stop("SIGKILL");
        seen = await reading;
        await producer.stop();
      } else await program.stop();
      client.close();
    }
    delays.sort((a, b) => a - b);
    const [median, longest] = [delays[delays.length >> 1], delays.at(-1)!];
    counted("kills at random moments", CRASHES);
    counted("data sets dropped meanwhile", producer.dropped);
    worst("start to first answer after a kill", longest, "ms");
    console.log(
      `${CRASHES} kills in ${producer.dropped} drops; ${newer} times a newer data set came up than was seen; from start to first answer ${
        median.toFixed(0)
      } ms (median), ${longest.toFixed(0)} ms (longest)`,
    );
  }));
