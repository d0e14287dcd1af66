/**
 * The HTTP interface: requests in, responses out. It has no sockets and no
 * settings but those that it is given.
 *
 * ```text
 * GET, HEAD  /v1/{database}/{key}               a value
 * GET, HEAD  /v1/{database}/{namespace}/{key}   likewise
 * POST       /v1/{database}:batchGet            the values of many keys
 * GET        /v1                                the databases
 * GET        /openapi.json                      the description of all this
 * ```
 *
 * @module
 */

import { Hono } from "hono";
import type { SessionContext } from "../protocol.ts";
import { refusal, type Tokens } from "./access.ts";
import { answerBatch } from "./batch.ts";
import { listDatabases } from "./databases.ts";
import { describeApi } from "./openapi.ts";
import { PathKind, pathOf, ValuePath } from "./path.ts";
import { problem } from "./problem.ts";
import { Values } from "./value.ts";

/** The name that `-proto` takes. */
export const HTTP = "http";

/** What the values are if nothing is said: bytes. */
export const OCTET_STREAM = "application/octet-stream";

/** What the interface needs. */
export interface HttpOptions {
  /** The databases, and where requests are counted. */
  readonly context: SessionContext;
  /** The media type of the values; bytes if it is not said. */
  readonly contentType?: string;
  /** Who may ask; without it, everybody may. */
  readonly tokens?: Tokens;
}

/** Answers requests. */
export interface HttpApp {
  /** Answers one. */
  fetch(request: Request): Response | Promise<Response>;
}

/**
 * Makes the HTTP interface.
 *
 * @example
 * ```ts
 * import {
 *   createCounters,
 *   httpApp,
 *   JsonStorage,
 *   SimpleHandler,
 * } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = new SimpleHandler(new JsonStorage());
 * const app = httpApp({
 *   context: {
 *     handler,
 *     databases: [{ name: "default", handler }],
 *     counters: createCounters(),
 *     status: {
 *       version: "1",
 *       startedAt: 0,
 *       maxConnections: 1,
 *       idleTimeout: 0,
 *       transport: "none",
 *       addresses: [],
 *       threads: 1,
 *       totals: createCounters,
 *     },
 *     onDamage: console.error,
 *   },
 * });
 * const response = await app.fetch(new Request("http://127.0.0.1/v1/default/hoge"));
 * assertEquals(response.status, 503); // there are no data yet
 * ```
 */
export function httpApp(options: HttpOptions): HttpApp {
  const { context, contentType = OCTET_STREAM, tokens } = options;
  const values = new Values(context, contentType);
  const others = routes(options);
  const path = new ValuePath();
  return {
    fetch(request) {
      if (tokens !== undefined) {
        const refused = refusal(request, tokens);
        if (refused !== undefined) return refused;
      }
      // A router would decode the key as text.
      switch (path.read(pathOf(request.url))) {
        case PathKind.Value:
          return values.answer(request, path);
        case PathKind.BadEscape:
          return problem(
            400,
            "a % in a path begins an escape: %25 stands for it",
          );
        case PathKind.Other:
          return others.fetch(asGet(request));
      }
    },
  };
}

/**
 * A HEAD as a GET: who serves drops the body, and tells its length. The router
 * would drop it sooner, and the length with it.
 */
function asGet(request: Request): Request {
  const { method, url, headers } = request;
  return method === "HEAD" ? new Request(url, { headers }) : request;
}

/** Everything but the values. */
function routes(
  { context, contentType = OCTET_STREAM, tokens }: HttpOptions,
): Hono {
  const app = new Hono();
  const description = describeApi(
    context.status.version,
    contentType,
    tokens !== undefined,
  );

  app.get("/v1", () => listDatabases(context.databases));
  app.all("/v1", only("GET, HEAD"));

  app.get("/openapi.json", () => Response.json(description));
  app.all("/openapi.json", only("GET, HEAD"));

  app.all("/v1/:target", (c) => {
    const [database, action] = c.req.param("target").split(/:(?=[^:]*$)/);
    if (action !== "batchGet") return notFound();
    return c.req.method === "POST"
      ? answerBatch(c.req.raw, database, context)
      : only("POST")();
  });

  app.notFound(notFound);
  app.onError((error) => {
    throw error; // who serves tells of errors that nobody has foreseen
  });
  return app;
}

function only(allow: string): () => Response {
  return () => problem(405, `only ${allow} here`, { allow });
}

function notFound(): Response {
  return problem(
    404,
    "there is nothing here: GET /openapi.json tells what there is",
  );
}
