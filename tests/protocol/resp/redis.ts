/** A real Redis to compare with. */

import { Client } from "../../server/client.ts";
import { until } from "../../temporary.ts";
import { command, HASHES, STRINGS } from "./records.ts";

/** A running Redis. */
export interface Redis extends AsyncDisposable {
  port: number;
  version: string;
}

/** Starts a Redis with strings, or with hashes; none if it is not installed. */
export async function startRedis(
  namespaced: boolean,
): Promise<Redis | undefined> {
  const port = freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", ""];
  let process: Deno.ChildProcess;
  try {
    process = new Deno.Command("redis-server", {
      // As many databases as there are here, and writes that are refused.
      args: [...args, "--databases", "1", "--replica-read-only", "yes"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      cwd: "/tmp",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  let client: Client | undefined;
  await until("redis listens", async () => {
    client = await Client.connect(port).catch(() => undefined);
    return client !== undefined;
  });
  for (const request of namespaced ? fillHashes() : fillStrings()) {
    await client!.ask(request, "\r\n");
  }
  // A replica whose master is nowhere serves what it has.
  const replica = await client!.ask("REPLICAOF 127.0.0.1 1\r\n", "\r\n");
  if (replica !== "+OK\r\n") throw new Error(replica);
  const info = await client!.ask("INFO server\r\n", "\r\n");
  client!.close();
  return {
    port,
    version: /redis_version:(\S+)/.exec(info)![1],
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
    },
  };
}

function fillStrings(): string[] {
  return [...STRINGS].map(([key, value]) => command("SET", key, value));
}

function fillHashes(): string[] {
  return [...HASHES].flatMap(([name, fields]) =>
    Object.entries(fields).map(([field, value]) =>
      command("HSET", name, field, value)
    )
  );
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
