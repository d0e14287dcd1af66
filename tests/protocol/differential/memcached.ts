/** A real memcached to compare with. */

import { Client } from "../../server/client.ts";
import { until } from "../../temporary.ts";
import { fillingRequests } from "./records.ts";

/** With what GOROMDB does not have switched off. */
const FLAGS = ["-l", "127.0.0.1", "-u", "nobody", "-t", "1", "-W", "-X"];
const OPTIONS = ["-o", "no_lru_crawler,no_slab_reassign"];

/** A running memcached. */
export interface Memcached extends AsyncDisposable {
  port: number;
  version: string;
}

/** Whether there is a memcached; `GOROMDB_MEMCACHED` may name another one. */
export async function findMemcached(): Promise<string | undefined> {
  const path = Deno.env.get("GOROMDB_MEMCACHED") ?? "memcached";
  try {
    const { success } = await new Deno.Command(path, { args: ["-V"] }).output();
    return success ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a memcached and puts the records into it. */
export async function startMemcached(path: string): Promise<Memcached> {
  const port = freePort();
  const process = new Deno.Command(path, {
    args: [...FLAGS, ...OPTIONS, "-p", String(port)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let client: Client | undefined;
  await until("memcached listens", async () => {
    client = await Client.connect(port).catch(() => undefined);
    return client !== undefined;
  });
  const filled = await client!.ask(fillingRequests() + "mn\r\n", "MN\r\n");
  if (!/^((STORED|HD)\r\n)+MN\r\n$/.test(filled)) throw new Error(filled);
  const version = await client!.ask("version\r\n", "\r\n");
  client!.close();
  return {
    port,
    version: version.trim(),
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
    },
  };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
