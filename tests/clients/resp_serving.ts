/** A real server for real clients of Redis. */

import type { NamedHandler } from "../../src/protocol/protocol.ts";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { Server } from "../../src/server/server.ts";
import { flatDataSet, namespacedDataSet } from "../protocol/resp/records.ts";

/** Runs a test against a server with strings, or with hashes. */
export async function servingResp(
  namespaced: boolean,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const handler: NamedHandler["handler"] = {
    current: namespaced ? namespacedDataSet() : flatDataSet(),
  };
  const server = new Server({ protocol: new RespProtocol(), handler });
  const address = server.listen({ hostname: "127.0.0.1", port: 0 });
  if (!("port" in address)) throw new TypeError("not a TCP address");
  try {
    await test(address.port);
  } finally {
    await server.stop();
  }
}
