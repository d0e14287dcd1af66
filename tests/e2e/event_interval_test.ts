import { assert } from "@std/assert";
import { latin1 } from "../protocol/converse.ts";
import { RESP } from "../protocol/worst_requests.ts";
import { inDirectory } from "../temporary.ts";
import { attack } from "./attack.ts";
import { HonestClient } from "./honest_client.ts";
import { Program } from "./program.ts";

/** For how long each server is measured, in milliseconds. */
const EACH = 1500;

/**
 * How long an honest client waits beside others, in milliseconds, when nothing
 * else keeps the machine busy: one of ten answers is that quick.
 */
async function undisturbedWait(
  file: string,
  env?: Record<string, string>,
): Promise<number> {
  await using program = await Program.startIn(
    { env },
    ...["-addr", "127.0.0.1:0", "-file", file, "-proto", "resp"],
    ...["-workers", "1", "-transport", "deno"],
  );
  const { port } = program;
  await program.line(/serving /);
  using client = new HonestClient({
    port,
    request: "GET key-1\r\n",
    ending: "value-1\r\n",
    pause: 1,
  });
  const bytes = latin1(RESP["SCAN"].sent());
  await client.during(() => attack(port, bytes, 4, 300));
  const { p10 } = await client.during(() => attack(port, bytes, 4, EACH));
  await client.stop();
  return p10;
}

Deno.test("turns of others do not keep Deno from looking at sockets", {
  // An executable may have been made with a Deno that always looks.
  ignore: Deno.env.get("GOROMDB_EXECUTABLE") !== undefined,
}, () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.json`;
    const keys = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`key-${n}`, `value-${n}`]),
    );
    await Deno.writeTextFile(file, JSON.stringify(keys));
    await Deno.utime(file, 0, 0); // nobody is writing it any more
    // As it is without us.
    const rarely = await undisturbedWait(file, {
      DENO_TOKIO_EVENT_INTERVAL: "61",
    });
    const often = await undisturbedWait(file);
    console.log(
      `an honest client waits for ${often.toFixed(2)} ms, not for ${
        rarely.toFixed(2)
      } ms`,
    );
    assert(often * 3 < rarely, `${often} ms, and ${rarely} ms`);
  }));
