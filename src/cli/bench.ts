/**
 * `goromdb bench`: loads a server with gets, and measures it.
 *
 * @module
 */

import { type Choose, uniform, zipf } from "../bench/choose.ts";
import { collectKeys, type Keys, patternKeys } from "../bench/keys.ts";
import { load, type LoadFigures } from "../bench/load.ts";
import { ServerError } from "../bench/replies.ts";
import { MEMCACHED, RESP, type Wire } from "../bench/wire.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
  resolveAddress,
} from "../server/address.ts";
import type { Snapshot } from "../storage/storage.ts";
import { FailureError, UsageError } from "./errors.ts";
import {
  choice,
  type Flag,
  readFlags,
  text,
  toggle,
  type Values,
  whole,
} from "./flags.ts";
import { fullKey } from "./keys.ts";
import { openDataFile, STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `bench`. */
export const BENCH_FLAGS = {
  proto: choice(["memcached", "resp"], "what the server speaks", "memcached"),
  connections: whole("N", "connections", 50, 1, 100_000),
  pipeline: whole("N", "requests that each sends at a time", 1, 1, 10_000),
  multi: whole("N", "keys in one request", 1, 1, 10_000),
  seconds: whole("N", "for how long", 10, 1, 86_400),
  rate: whole(
    "N",
    "requests a second, counting the wait of each from when it was due; 0: as many as the server answers",
    0,
    0,
    10_000_000,
  ),
  keys: text("FILE", "a data file with the keys to ask for"),
  check: toggle("compare each value with that in the data file"),
  pattern: text("TEXT", "made-up keys: %d stands for a number", "key-%d"),
  count: whole(
    "N",
    "how many keys: made-up ones, or the first of the file",
    100_000,
    1,
    50_000_000,
  ),
  zipf: {
    placeholder: "EXPONENT",
    help: "ask for few keys often, as users do: 0.99, say; 0: all alike",
    standard: "0",
    fallback: 0,
    read(text) {
      const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
      if (value >= 0 && value <= 10) return value;
      throw new RangeError("it must be a number from 0 to 10");
    },
  } as Flag<number>,
  json: toggle("print JSON"),
  ...STORAGE_FLAGS,
};

type BenchValues = Values<typeof BENCH_FLAGS>;

const WIRES: Record<string, Wire> = { memcached: MEMCACHED, resp: RESP };

/** The percentiles that are told. */
const PERCENTILES = [50, 90, 99, 99.9];

/**
 * Loads a server.
 *
 * @returns 0, or 1 if a value was not the expected one.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  const { values, operands: [where, ...rest] } = readFlags(BENCH_FLAGS, argv);
  if (where === undefined || rest.length > 0) {
    throw new UsageError("write goromdb bench ADDRESS");
  }
  if (values.check && values.keys === undefined) {
    throw new UsageError("-check needs -keys FILE, the file to compare with");
  }
  const address = await readAddress(where);
  const { keys, expected } = await chooseKeys(values);
  const isLive = Deno.stderr.isTerminal();
  let figures: LoadFigures;
  try {
    figures = await load({
      connect: () => connect(address),
      wire: WIRES[values.proto ?? "memcached"],
      connections: values.connections,
      pipeline: values.pipeline,
      keysPerRequest: values.multi,
      seconds: values.seconds,
      rate: values.rate,
      keys,
      choose: chooser(keys, values.zipf),
      expected: values.check ? expected : undefined,
      onSecond: isLive ? tellSoFar : undefined,
    });
  } catch (error) {
    if (isLive) clearLine();
    if (error instanceof ServerError || isNetworkError(error)) {
      throw new FailureError(
        `${formatAddress(address)}: ${(error as Error).message}`,
      );
    }
    throw error;
  }
  if (isLive) clearLine();
  console.log(values.json ? asJson(figures) : asText(figures));
  return figures.wrong > 0 ? 1 : 0;
}

async function readAddress(text: string): Promise<Address> {
  try {
    return await resolveAddress(parseAddress(text));
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot find ${text}: ${reason}`);
  }
}

async function connect(address: Address): Promise<Deno.Conn> {
  if ("path" in address) {
    return await Deno.connect({ transport: "unix", path: address.path });
  }
  const conn = await Deno.connect(address);
  conn.setNoDelay(true);
  return conn;
}

async function chooseKeys(
  values: BenchValues,
): Promise<{ keys: Keys; expected?: Snapshot }> {
  const { count } = values;
  if (values.keys === undefined) {
    return { keys: patternKeys(values.pattern ?? "key-%d", count) };
  }
  const { snapshot, separator } = await openDataFile(values.keys, values, true);
  const keys = collectKeys(
    Iterator.from(snapshot.entries()).take(count)
      .map((entry) => fullKey(entry, separator)),
  );
  if (keys.count === 0) throw new FailureError(`${values.keys} has no keys`);
  return { keys, expected: snapshot };
}

function chooser({ count }: Keys, exponent: number): Choose {
  return exponent === 0 ? uniform(count) : zipf(count, exponent);
}

function isNetworkError(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.AddrNotAvailable;
}

function asJson(figures: LoadFigures): string {
  const { latency, ...counts } = figures;
  return JSON.stringify(
    {
      ...counts,
      requests_per_s: Math.round(figures.requests / figures.seconds),
      latency_us: {
        ...Object.fromEntries(
          PERCENTILES.map((p) => [`p${p}`, latency.getValueAtPercentile(p)]),
        ),
        max: latency.maxValue,
        mean: Math.round(latency.mean),
      },
    },
    null,
    2,
  );
}

function asText(figures: LoadFigures): string {
  const { requests, seconds, hits, misses, wrong, bytes, latency } = figures;
  const waits = PERCENTILES.map((p) =>
    `p${p} ${latency.getValueAtPercentile(p)}`
  );
  const rows = [
    ["requests", `${requests} in ${seconds.toFixed(1)} s`],
    [
      "a second",
      `${Math.round(requests / seconds)} requests, ${
        Math.round((hits + misses) / seconds)
      } keys, ${(bytes / seconds / 1e6).toFixed(1)} MB received`,
    ],
    ["keys", `${hits} hits, ${misses} misses, ${wrong} wrong`],
    ["latency µs", `${waits.join(", ")}, max ${latency.maxValue}`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`).join("\n");
}

function tellSoFar({ requests, seconds, latency }: LoadFigures): void {
  const rate = Math.round(requests / seconds);
  write(
    `\r\x1b[K${seconds.toFixed(0)} s: ${rate} requests/s, p99 ${
      latency.getValueAtPercentile(99)
    } µs`,
  );
}

function clearLine(): void {
  write("\r\x1b[K");
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
