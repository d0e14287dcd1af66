/**
 * Whether this server and nginx make the same of odd requests: both understand
 * one or both refuse it, and both see where it ends.
 */

import { assertEquals } from "@std/assert";
import { HttpProtocol } from "../../../src/protocol/http/http.ts";
import { Server } from "../../../src/server/server.ts";
import { Client } from "../../server/client.ts";
import { portOf } from "../../server/start_pool.ts";
import { inDirectory } from "../../temporary.ts";
import { dataSet } from "../converse.ts";
import { Nginx } from "./nginx.ts";
import { DIFFERENCES } from "./nginx_differences.ts";
import { BODIES, FIELDS, HOSTS, LINES } from "./requests.ts";

/** What is sent behind each request, to see where the request has ended. */
const NEXT = "GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\n" +
  "Connection: close\r\n\r\n";

/** Statuses that say that a request has not been understood. */
const REFUSALS = [400, 408, 413, 414, 417, 431, 501, 505];

/** What a server has made of a request. */
enum Outcome {
  /** It has answered it, and the next one. */
  InStep = "answered, and the next one, too",
  /** It has answered it, and closed. */
  Closed = "answered, and closed",
  /** It has said that this is no request that it understands, and closed. */
  Refused = "refused, and closed",
  /** It has closed. */
  Nothing = "closed",
}

/** Sends a request, and another one right behind it. */
async function outcome(port: number, request: string): Promise<Outcome> {
  const client = await Client.connect(port);
  let answer = "";
  try {
    await client.send(request + NEXT);
    await client.finish();
    answer = await client.receiveAll();
  } catch {
    // It has closed before it had read everything, which resets.
  }
  client.close();
  const statuses = [...answer.matchAll(/HTTP\/1\.[01] (\d{3}) [^]*?\r\n\r\n/g)]
    .map(([, status]) => Number(status)).filter((status) => status >= 200);
  if (statuses.length > 1) return Outcome.InStep;
  if (statuses.length === 0) return Outcome.Nothing;
  return REFUSALS.includes(statuses[0]) ? Outcome.Refused : Outcome.Closed;
}

Deno.test("odd requests are understood or refused as by nginx, but for a list", () =>
  inDirectory(async (directory) => {
    await using nginx = await Nginx.start(directory);
    if (nginx === undefined) {
      console.log("skipped: nginx is not installed");
      return;
    }
    const server = new Server({
      protocol: new HttpProtocol(),
      handler: { current: dataSet({ k: "abc" }) },
    });
    const port = portOf(server.listen({ hostname: "127.0.0.1", port: 0 }));
    const different: string[] = [];
    const requests = Object.entries({
      ...LINES,
      ...FIELDS,
      ...HOSTS,
      ...BODIES,
    });
    for (const [name, request] of requests) {
      const [ours, theirs] = await Promise.all([
        outcome(port, request),
        outcome(nginx.port, request),
      ]);
      if (ours === theirs) continue;
      different.push(name);
      if (!(name in DIFFERENCES)) {
        console.log(`${name}: ${ours}; nginx: ${theirs}`);
      }
    }
    await server.stop();
    console.log(
      `${requests.length} requests, ${different.length} of them not as by nginx`,
    );
    assertEquals(different.sort(), Object.keys(DIFFERENCES).sort());
  }));
