import { assertEquals } from "@std/assert";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { Server } from "../../src/server/server.ts";
import { dataSet } from "../protocol/converse.ts";
import { withLogs } from "../logs.ts";
import { Client } from "./client.ts";

Deno.test("a web request to the Redis protocol is told with its address, once a minute", () =>
  withLogs(async (lines) => {
    const server = new Server({
      protocol: new RespProtocol(),
      handler: { current: dataSet({ k: "1" }) },
    });
    const bound = server.listen({ hostname: "127.0.0.1", port: 0 });
    if (!("port" in bound)) throw new TypeError("not a TCP address");
    for (let n = 0; n < 3; n++) {
      const client = await Client.connect(bound.port);
      await client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\nGET k\r\n");
      assertEquals(await client.receiveAll().catch(() => ""), "");
      client.close();
    }
    await server.stop();
    const told = lines.filter((line) => line.includes("web request"));
    assertEquals(told.map((line) => /from (\S+)/.exec(line)?.[1]), [
      "127.0.0.1",
    ]);
  }));
