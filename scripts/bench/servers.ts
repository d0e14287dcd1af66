/**
 * The servers that are compared, each filled with the same records.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { BUILDS, type Records, valueOf } from "./data.ts";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** A server that runs. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** What `kvload --proto` takes. */
  readonly proto: "memcached" | "resp";
  stop(): Promise<void>;
}

let nextPort = 21_000;

async function start(
  name: string,
  proto: Peer["proto"],
  program: string,
  args: (port: number) => string[],
): Promise<Peer | undefined> {
  const port = nextPort++;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: args(port),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      console.error(`left out: ${program} is not installed`);
      return undefined;
    }
    throw error;
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
  };
  for (let n = 0; n < 600; n++) {
    try {
      (await Deno.connect({ port })).close();
      return { name, port, pid: child.pid, proto, stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await stop();
  throw new Error(`${name} does not listen`);
}

/** memcached with one thread, filled over its own protocol. */
export async function startMemcached(
  records: Records,
): Promise<Peer | undefined> {
  const peer = await start(
    "memcached -t 1",
    "memcached",
    "memcached",
    (port) => [
      ..."-l 127.0.0.1 -u nobody -t 1 -m 1024 -I 8m -p".split(" "),
      String(port),
    ],
  );
  await fillPeer(
    peer,
    records,
    (key, value) => `set ${key} 0 0 ${value.length} noreply\r\n${value}\r\n`,
    "mn\r\n",
  );
  return peer;
}

/** Redis, which keeps nothing on the disk here. */
export async function startRedis(records: Records): Promise<Peer | undefined> {
  const peer = await start(
    "redis",
    "resp",
    "redis-server",
    (port) =>
      `--bind 127.0.0.1 --save --appendonly no --port ${port}`.split(" "),
  );
  await fillPeer(
    peer,
    records,
    (key, value) =>
      `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`,
    "",
  );
  return peer;
}

async function fillPeer(
  peer: Peer | undefined,
  records: Records,
  command: (key: string, value: string) => string,
  last: string,
): Promise<void> {
  if (peer === undefined) return;
  const socket = await Deno.connect({ port: peer.port });
  const encoder = new TextEncoder();
  const answers = (async () => {
    let bytes = 0;
    const chunk = new Uint8Array(65_536);
    const expected = last === "" ? records.count * 5 : 4; // "+OK\r\n", "MN\r\n"
    for (let n; bytes < expected && (n = await socket.read(chunk)) !== null;) {
      bytes += n;
    }
  })();
  const send = async (text: string) => {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) {
      at += await socket.write(bytes.subarray(at));
    }
  };
  let text = "";
  for (let n = 0; n < records.count; n++) {
    text += command(`key-${n}`, valueOf(n, records));
    if (text.length < 1 << 18) continue;
    await send(text);
    text = "";
  }
  await send(text + last);
  await answers;
  socket.close();
}

/** GOROMDB with a protocol, a storage and a transport, in as many threads. */
export async function startGoromdb(
  proto: Peer["proto"],
  storage: string,
  transport: string,
  workers: number,
  records: Records,
  directory: string,
): Promise<Peer | undefined> {
  const path = `${directory}/${storage}-${records.count}-${records.valueSize}`;
  const { build, flags = [] } = BUILDS[storage];
  const there = await Deno.stat(path).then(() => true, () => false);
  if (!there && !await build(path, records)) {
    console.error(`left out: the tool that writes ${storage} is not installed`);
    return undefined;
  }
  return await start(
    `goromdb ${proto}, ${storage}, ${transport}${
      workers > 1 ? ` × ${workers}` : ""
    }`,
    proto,
    Deno.execPath(),
    (port) => [
      ...["run", "--quiet", "-A", main, "-addr", `127.0.0.1:${port}`],
      ...["-file", path, "-storage", storage, "-proto", proto],
      ...["-transport", transport, "-workers", String(workers)],
      ...flags,
    ],
  );
}
