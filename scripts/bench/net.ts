/**
 * `deno task bench:net`: GOROMDB beside memcached and Redis, all with the same
 * records, driven by the same generator in the same run, in turns.
 *
 * ```sh
 * deno task bench:net                       # everything, some ten minutes
 * deno task bench:net --seconds 1 --sizes 32 --storages json --protocols resp
 * ```
 *
 * Prints tables in Markdown. It needs a C compiler; servers and storages whose
 * programs are not installed are left out.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { BUILDS, type Records } from "./data.ts";
import {
  type Peer,
  startGoromdb,
  startMemcached,
  startRedis,
} from "./servers.ts";

/** What the generator prints. */
interface Figures {
  requests_per_s: number;
  misses: number;
  p50_us: number;
  p99_us: number;
  p999_us: number;
  server_cpu_us_per_request: number;
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    sizes: { type: "string", default: "32,1024,102400" },
    storages: { type: "string", default: Object.keys(BUILDS).join() },
    protocols: { type: "string", default: "memcached,resp" },
    zipf: { type: "string", default: "0,0.99" },
  },
});
const seconds = options.seconds;
const rounds = Number(options.rounds);

const PATTERNS = [
  { name: "one get", pipeline: 1, multi: 1 },
  { name: "16 pipelined", pipeline: 16, multi: 1 },
  { name: "100 keys", pipeline: 1, multi: 100 },
];

const directory = await Deno.makeTempDir({ prefix: "goromdb_bench_" });
const generator = `${directory}/kvload`;
const source = new URL("./kvload.c", import.meta.url).pathname;
await run("cc", ["-O2", "-o", generator, source, "-lm"]);

try {
  console.log(`${await machine()}\n`);
  for (const size of options.sizes.split(",").map(Number)) {
    await compare({ valueSize: size, count: size > 10_000 ? 1000 : 100_000 });
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

/** All servers with one size of values. */
async function compare(records: Records): Promise<void> {
  const peers = [
    await startMemcached(records),
    await startRedis(records),
    ...await Promise.all(
      combinations().map(([proto, storage, transport]) =>
        startGoromdb(proto, storage, transport, 1, records, directory)
      ),
    ),
  ].filter((peer) => peer !== undefined);
  try {
    for (const zipf of options.zipf.split(",")) {
      for (const pattern of PATTERNS) {
        const kind = zipf === "0" ? "uniform" : `Zipf ${zipf}`;
        const { count, valueSize } = records;
        console.log(
          `### ${pattern.name}, ${valueSize} B, ${count} keys, ${kind}\n`,
        );
        const args = [
          ...["--keys", String(count), "--zipf", zipf, "--seconds", seconds],
          ...["--pipeline", String(pattern.pipeline)],
          ...["--multi", String(pattern.multi), "--conns", "50"],
        ];
        table(await inTurns(peers, args));
        if (pattern.pipeline === 1 && pattern.multi === 1) {
          await atHalfTheRate(peers, args);
        }
      }
    }
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

function combinations(): [Peer["proto"], storage: string, string][] {
  const storages = options.storages.split(",");
  const protocols = (["memcached", "resp"] as const).filter((name) =>
    options.protocols.split(",").includes(name)
  );
  return protocols.flatMap((proto) =>
    storages.flatMap((storage) =>
      ["epoll", "deno"].map((transport) =>
        [proto, storage, transport] satisfies [Peer["proto"], string, string]
      )
    )
  );
}

/** Several rounds in which each server has its turn; the median of each. */
async function inTurns(
  peers: Peer[],
  args: string[],
): Promise<Map<Peer, Figures>> {
  const all = new Map<Peer, Figures[]>(peers.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) all.get(peer)!.push(await load(peer, args));
  }
  return new Map([...all].map(([peer, figures]) => [peer, median(figures)]));
}

/** Latencies when every server has to do half of what memcached can. */
async function atHalfTheRate(peers: Peer[], args: string[]): Promise<void> {
  const { requests_per_s } = await load(peers[0], args);
  const rate = Math.floor(requests_per_s / 2);
  console.log(`At ${rate} requests a second:\n`);
  table(await inTurns(peers, [...args, "--rate", String(rate)]));
}

async function load(peer: Peer, args: string[]): Promise<Figures> {
  const text = await run(generator, [
    ...["--port", String(peer.port), "--proto", peer.proto],
    ...["--pid", String(peer.pid), ...args],
  ]);
  const figures: Figures = JSON.parse(text);
  if (figures.misses > 0) throw new Error(`${peer.name} missed keys`);
  return figures;
}

function median(figures: Figures[]): Figures {
  const middle = (name: keyof Figures) =>
    figures.map((figure) => figure[name]).sort((a, b) => a - b)[
      figures.length >> 1
    ];
  return {
    requests_per_s: middle("requests_per_s"),
    misses: 0,
    p50_us: middle("p50_us"),
    p99_us: middle("p99_us"),
    p999_us: middle("p999_us"),
    server_cpu_us_per_request: middle("server_cpu_us_per_request"),
  };
}

function table(rows: Map<Peer, Figures>): void {
  const [first] = rows.values();
  console.log(
    "| server | requests/s | p50 µs | p99 µs | p99.9 µs | CPU µs | CPU, ratio |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const [{ name }, row] of rows) {
    const cpu = row.server_cpu_us_per_request;
    const ratio = cpu / first.server_cpu_us_per_request;
    console.log(
      `| ${name} | ${row.requests_per_s} | ${row.p50_us} | ${row.p99_us} | ${row.p999_us} | ${
        cpu.toFixed(2)
      } | ${ratio.toFixed(2)} |`,
    );
  }
  console.log();
}

async function machine(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /model name\s*: (.*)/.exec(text)?.[1] ?? Deno.build.arch;
  return `${navigator.hardwareConcurrency} × ${model}, Deno ${Deno.version.deno}; ${rounds} rounds of ${seconds} s, medians`;
}

async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${program}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}
