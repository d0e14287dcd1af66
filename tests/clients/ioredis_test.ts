/** ioredis, from npm. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Redis } from "ioredis";
import { servingResp } from "./resp_serving.ts";

Deno.test("ioredis reads, pipelines and scans", () =>
  servingResp(false, async (port) => {
    const client = new Redis(port, "127.0.0.1", { lazyConnect: true });
    await client.connect();
    assertEquals(await client.get("hoge"), "hoge!");
    assertEquals(await client.get("nope"), null);
    assertEquals(await client.mget("k", "nope", "n"), ["abc", null, "12"]);
    assertEquals(await client.exists("k", "nope"), 1);
    const all = await client.pipeline().get("k").strlen("long").ttl("k").exec();
    assertEquals(all, [[null, "abc"], [null, 8000], [null, -1]]);
    const keys: string[] = [];
    for await (const some of client.scanStream({ match: "user:*" })) {
      keys.push(...some);
    }
    assertEquals(keys.sort(), ["user:1", "user:10", "user:2"]);
    await assertRejects(() => client.set("k", "v"), Error, "READONLY");
    assertEquals(await client.get("k"), "abc");
    client.disconnect();
  }));

Deno.test("ioredis reads hashes", () =>
  servingResp(true, async (port) => {
    const client = new Redis(port, "127.0.0.1", { lazyConnect: true });
    await client.connect();
    assertEquals(await client.hget("users", "1"), "one");
    assertEquals(await client.hmget("users", "2", "nope"), ["two", null]);
    assertEquals(await client.hlen("h"), 4);
    assertEquals((await client.hkeys("h")).sort(), ["e", "f", "long", "n"]);
    assertEquals(await client.type("users"), "hash");
    const [cursor, fields] = await client.hscan("a[b]c", 0);
    assert(cursor === "0");
    assertEquals(fields, ["x", "y"]);
    client.disconnect();
  }));
