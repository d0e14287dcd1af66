/**
 * HTTP on sockets: `Deno.serve` in a serving thread.
 *
 * `Deno.serve` keeps its connections to itself: it neither counts them nor closes
 * those that are idle, so the limits of the other protocols do not hold here.
 * Where the descriptors run out it fails, which ends the thread and frees them
 * all; the pool puts another thread in its place. (Before Deno 2.9 that is seen
 * only when the clients have gone.)
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { httpApp, type HttpOptions } from "../protocol/http/app.ts";
import { problem } from "../protocol/http/problem.ts";
import type { Address } from "./address.ts";
import type { Certificate } from "./tls.ts";

const logger = getLogger(["goromdb", "server"]);

/** What to serve, and where. */
export interface HttpListenerOptions extends HttpOptions {
  /** Where to listen. */
  readonly address: Address;
  /** Whether other threads listen there, too. */
  readonly shared?: boolean;
  /** Makes it HTTPS, with HTTP/2. */
  readonly certificate?: Certificate;
}

/** Requests are answered. */
export interface HttpListener {
  /** Where, with the port that the system chose for port 0. */
  readonly address: Address;
  /**
   * Accepts no more, closes what is idle, and lets requests in flight finish.
   * Settles when they have, or after `grace` milliseconds: those that have not
   * are at an end when the thread is.
   */
  stop(grace: number): Promise<void>;
}

/**
 * Answers requests until it is stopped.
 *
 * @throws {Deno.errors.AddrInUse} and its like if it cannot listen there.
 */
export function serveHttp(options: HttpListenerOptions): HttpListener {
  const { address, shared, certificate } = options;
  const app = httpApp(options);
  const serving = {
    onListen: () => {}, // who has asked for it tells of it
    onError: (error: unknown) => {
      logger.error("a request failed: {error}", {
        error: error instanceof Error ? error.message : String(error),
      });
      return problem(500, "this should not have happened: see the log");
    },
  };
  const handle = (request: Request) => app.fetch(request);
  const server = "path" in address
    ? Deno.serve({ ...serving, path: address.path }, handle)
    : Deno.serve({
      ...serving,
      ...address,
      ...certificate,
      ...(shared ? { reusePort: true } : {}),
    }, handle);
  return {
    address: "port" in server.addr && "hostname" in address
      ? { hostname: server.addr.hostname, port: server.addr.port }
      : address,
    async stop(grace) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, grace);
      });
      await Promise.race([server.shutdown(), late]);
      clearTimeout(timer);
    },
  };
}
