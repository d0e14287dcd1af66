/** The package `redis`, from npm: RESP2 and RESP3. */

import { assertEquals, assertRejects } from "@std/assert";
import { createClient } from "redis";
import { servingResp } from "./resp_serving.ts";

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis reads, over RESP${RESP}`, () =>
    servingResp(false, async (port) => {
      const client = createClient({ RESP, socket: { port } });
      await client.connect();
      assertEquals(await client.get("hoge"), "hoge!");
      assertEquals(await client.get("nope"), null);
      assertEquals(await client.mGet(["k", "nope", "n"]), ["abc", null, "12"]);
      assertEquals(await client.getRange("k", 1, -1), "bc");
      assertEquals(await client.dbSize(), 12);
      const many = await Promise.all(
        Array.from({ length: 1000 }, () => client.get("k")),
      );
      assertEquals(new Set(many), new Set(["abc"]));
      await assertRejects(() => client.del("k"), Error, "READONLY");
      assertEquals(await client.ping(), "PONG");
      client.destroy();
    }));
}
