/** memjs, from npm: the binary protocol. */

import { assertEquals, assertRejects } from "@std/assert";
import memjs from "memjs";
import { HUGE } from "../protocol/differential/records.ts";
import { serving, stat } from "./serving.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("memjs reads, and goes on after refused writes", () =>
  serving(async (port) => {
    const client = memjs.Client.create(`127.0.0.1:${port}`, {
      retries: 1,
      logger: { log: () => {} },
    });
    const hit = await client.get("hit:k");
    assertEquals([text(hit.value), [...hit.flags]], ["abc", [0, 0, 0, 7]]);
    assertEquals((await client.get("none")).value, null);
    assertEquals((await client.get("hit:empty")).value.length, 0);
    assertEquals(text((await client.get(HUGE.key)).value) === HUGE.value, true);

    const writes = [
      () => client.set("hit:k", "x", {}),
      () => client.add("w", "x", {}),
      () => client.replace("hit:k", "x", {}),
      () => client.append("hit:k", "x"),
      () => client.delete("hit:k"),
      () => client.increment("hit:n", 1, {}),
      () => client.touch("hit:k", 1),
    ];
    for (const write of writes) {
      await assertRejects(write, Error, "Item not stored");
      assertEquals(text((await client.get("hit:k")).value), "abc");
    }
    const pipelined = Array.from({ length: 100 }, async () => {
      assertEquals(text((await client.get("hit:n")).value), "12345");
    });
    await Promise.all(pipelined);
    const stats = await new Promise<Record<string, string>>((resolve) =>
      client.stats((_error: Error, _server: string, stats: never) =>
        resolve(stats)
      )
    );
    assertEquals(stats.data_format, "test");
    // One for memjs all the time, and one for this question.
    assertEquals(await stat(port, "total_connections"), 2);
    client.close();
  }));
