/**
 * `deno task soak`: data sets are swapped in, one after the other and of one
 * format after the other, while clients read at 80 % of what they can; every
 * value that they get is looked at. Linux only.
 *
 * The clients, the server, and the work of a swap share the machine. Where they
 * need more processors than there are, requests wait for that: the table tells
 * for how long the readers and the serving thread did, and what remains of the
 * longest request without it. Where that is most of it, take a smaller `-load`.
 *
 * ```sh
 * deno task soak -seconds 600                # 200 MB each, both transports
 * deno task soak -seconds 20 -size 20 -transports epoll -load 30
 * ```
 *
 * Ends with 1 if a request failed, a reply mixed two data sets, a connection saw
 * an older one again, or memory or file descriptors are not given back.
 *
 * @module
 */

import { FailureError, UsageError } from "../src/cli/errors.ts";
import {
  type Flags,
  readFlags,
  text,
  type Values,
  whole,
} from "../src/cli/flags.ts";
import { grows, isWrong, type Outcome, report } from "./soak/figures.ts";
import type { Failure, Observation, ReaderOptions } from "./soak/reader.ts";
import { SoakedServer } from "./soak/server.ts";
import { buildTemplates, VALUE_SIZE } from "./soak/templates.ts";

const flags = readOrExit({
  seconds: whole("N", "for how long, each transport", 300, 1, 1_000_000),
  size: whole("MB", "the size of a data set", 200, 1, 10_000),
  pause: whole("MS", "the time between two swaps", 1000, 0, 1_000_000),
  transports: text("LIST", "which transports", "epoll,deno"),
  connections: whole("N", "connections that read", 16, 1, 1000),
  keys: whole("N", "keys in a request", 4, 1, 100),
  load: whole("PERCENT", "of what the clients can do at most", 80, 1, 100),
});

const MB = 1024 * 1024;

/** A swap is under way from the drop until so many milliseconds after it. */
const AFTERMATH = 500;

const directory = await Deno.makeTempDir({ prefix: "goromdb_soak_" });
const records = Math.ceil(flags.size * MB / (VALUE_SIZE + 30));
let failed = false;
try {
  console.log(`building data sets of ${flags.size} MB`);
  await buildTemplates(directory, records);
  for (const transport of flags.transports!.split(",")) {
    const outcome = await soak(transport);
    report(outcome);
    failed ||= isWrong(outcome) || grows(outcome, flags.size * MB);
  }
} catch (error) {
  if (!(error instanceof FailureError)) throw error;
  console.error(error.message);
  failed = true;
} finally {
  await Deno.remove(directory, { recursive: true });
}
Deno.exit(failed ? 1 : 0);

function readOrExit<F extends Flags>(table: F): Values<F> {
  try {
    return readFlags(table, Deno.args).values;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

async function soak(transport: string): Promise<Outcome> {
  const place = `${directory}/${transport}`;
  await Deno.mkdir(`${place}/store`, { recursive: true });
  const file = `${place}/data.db`;
  const port = freePort();
  const server = new SoakedServer([
    ...["-addr", `127.0.0.1:${port}`, "-transport", transport],
    ...["-workers", "1", "-file", file, "-basedir", `${place}/store`, "-warm"],
  ]);
  const producer = startProducer(file);
  try {
    await producer.next();
    await producer.drop(1);
    await server.lines(/serving .*keys/, 1);
    await server.lines(/listening on/, 1);
    const options = { port, records, ...flags, rate: 0, serving: [] };
    const fastest = await measure(options);
    const rate = Math.floor(fastest * flags.load / 100);
    console.log(`${transport}: ${rate} requests a second, of ${fastest}`);
    const seen = await swapWhileReading(server, producer, {
      ...options,
      rate,
      serving: [server.busiestThread()],
    });
    return { transport, rate, ...seen, complaints: server.complaints };
  } finally {
    producer.stop();
    await server.stop();
  }
}

/** How many requests a second the readers can make. */
async function measure(options: ReaderOptions): Promise<number> {
  let requests = 0;
  using reader = startReader(options, (seen) => requests += seen.requests);
  await pause(3000);
  reader.check();
  return Math.floor(requests / 3);
}

async function swapWhileReading(
  server: SoakedServer,
  producer: Producer,
  options: ReaderOptions,
): Promise<Pick<Outcome, "observations" | "swaps" | "resources">> {
  const observations: Outcome["observations"] = [];
  const swaps: Outcome["swaps"] = [];
  const resources: Outcome["resources"] = [];
  using reader = startReader(
    options,
    (observation) => observations.push(observation),
  );
  await pause(1000);
  const end = Date.now() + flags.seconds * 1000;
  for (let number = 2; Date.now() < end || number < 4; number++) {
    const from = Date.now();
    await producer.drop(number);
    await server.lines(/serving .*keys/, number);
    swaps.push({ from, to: Date.now() + AFTERMATH });
    await pause(Math.max(flags.pause, AFTERMATH));
    reader.check();
    resources.push(server.resources());
  }
  return { observations, swaps, resources };
}

interface Reader extends Disposable {
  /** Throws a `FailureError` if a connection has failed. */
  check(): void;
}

function startReader(
  options: ReaderOptions,
  onObservation: (observation: Observation) => void,
): Reader {
  const worker = new Worker(new URL("./soak/reader.ts", import.meta.url), {
    type: "module",
  });
  let failure: string | undefined;
  worker.onmessage = ({ data }: MessageEvent<Observation | Failure>) => {
    if ("failure" in data) failure ??= data.failure;
    else onObservation(data);
  };
  const { port, connections, records, keys, rate, serving } = options;
  worker.postMessage({ port, connections, records, keys, rate, serving });
  return {
    check() {
      if (failure === undefined) return;
      throw new FailureError(`a connection has failed: ${failure}`);
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}

interface Producer {
  /** The next line that it says. */
  next(): Promise<void>;
  /** Drops a data set. */
  drop(number: number): Promise<void>;
  stop(): void;
}

/** Its priority is low: to make data sets is not what is measured. */
function startProducer(file: string): Producer {
  const script = new URL("./soak/producer.ts", import.meta.url).pathname;
  const process = new Deno.Command("nice", {
    args: [
      ...["-n", "19", Deno.execPath(), "run", "-A", "--quiet", script],
      ...[directory, file],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  const output = process.stdout.getReader();
  const next = async () => {
    if ((await output.read()).done) throw new Error("the producer has ended");
  };
  return {
    next,
    async drop(number) {
      await input.write(new TextEncoder().encode(`${number}\n`));
      await next();
    },
    stop: () => process.kill(),
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
