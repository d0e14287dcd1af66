/** A real server for real clients. */

import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import { Server } from "../../src/server/server.ts";
import { recordsDataSet } from "../protocol/differential/records.ts";
import { Client } from "../server/client.ts";

/** Runs a test against a server with the records of the differential test. */
export async function serving(
  test: (port: number) => Promise<void>,
): Promise<void> {
  const server = new Server({
    protocol: new MemcachedProtocol(),
    handler: { current: recordsDataSet() },
  });
  const address = server.listen({ hostname: "127.0.0.1", port: 0 });
  if (!("port" in address)) throw new TypeError("not a TCP address");
  try {
    await test(address.port);
  } finally {
    await server.stop();
  }
}

/** What a program prints, and its exit code; `undefined` if there is none. */
export async function run(
  program: string,
  args: readonly string[],
): Promise<{ code: number; out: string; errors: string } | undefined> {
  try {
    const command = new Deno.Command(program, { args: [...args] });
    const { code, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), errors: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether a program can be run; says so if not. */
export async function isInstalled(
  program: string,
  args: readonly string[],
): Promise<boolean> {
  if ((await run(program, args))?.code === 0) return true;
  console.log(`skipped: ${program} ${args.join(" ")} cannot be run`);
  return false;
}

/** One figure of `stats`. */
export async function stat(port: number, name: string): Promise<number> {
  const client = await Client.connect(port);
  const stats = await client.ask("stats\r\n", "END\r\n");
  client.close();
  return Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)?.[1]);
}
