/**
 * What there is over HTTP, and what can be done with it.
 *
 * ```text
 * GET, HEAD  /v1/{database}/{key}               a value
 * GET, HEAD  /v1/{database}/{namespace}/{key}   likewise
 * POST       /v1/{database}:batchGet            the values of many keys
 * GET, HEAD  /v1                                the databases
 * GET, HEAD  /                                  whether there are data
 * GET, HEAD  /openapi.json                      the description of all this
 * OPTIONS    all of these, and *                what can be done there
 * ```
 *
 * @module
 */

import { WRITES_REFUSED } from "../counters.ts";
import type { SessionContext } from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { BatchGet } from "./batch/batch_get.ts";
import type { Cors } from "./cors.ts";
import { listDatabases } from "./databases.ts";
import type { LongAnswer } from "./long_answer.ts";
import { isWrite, Method } from "./method.ts";
import { describeApi } from "./openapi.ts";
import { Path, PathKind } from "./path.ts";
import type { RequestHead } from "./request_head.ts";
import type { Responder } from "./responder.ts";
import { noData, Values } from "./value.ts";

const READS = "GET, HEAD, OPTIONS", POSTS = "POST, OPTIONS";
const ALL = "GET, HEAD, POST, OPTIONS";

const JSON_FIELD = "content-type: application/json\r\n";

/** What telling of a database costs, in units of work. */
const DATABASE_WORK = 3000;

const encoder = new TextEncoder();

/** How resources are represented. */
export interface ResourceOptions {
  /** The media type of the values. */
  readonly contentType: string;
  /** How long caches may keep a value. */
  readonly cacheControl: string;
  /** Whether a token is wanted. */
  readonly secured: boolean;
  /** The pages that may read; without it, none of another origin. */
  readonly cors: Cors | undefined;
}

/** What there is, in one serving thread. */
export class Resources {
  readonly #context: SessionContext;
  readonly #values: Values;
  readonly #cors: Cors | undefined;
  readonly #root: Uint8Array;
  readonly #description: Uint8Array;
  readonly #path = new Path();

  /** Answers from the databases of the context. */
  constructor(context: SessionContext, options: ResourceOptions) {
    const { contentType, cacheControl, secured } = options;
    this.#context = context;
    this.#cors = options.cors;
    this.#values = new Values(context, contentType, cacheControl);
    const { version } = context.status;
    this.#root = encoder.encode(
      JSON.stringify({ name: "goromdb", version, api: "/openapi.json" }) + "\n",
    );
    this.#description = encoder.encode(
      JSON.stringify(describeApi(version, contentType, secured)),
    );
  }

  /** Tells what the server can do at all. */
  options(responder: Responder, reply: Reply): void {
    this.#allow(ALL, responder, reply);
  }

  /** Tells a browser what a page may do there: anything that can be done. */
  preflight(responder: Responder, reply: Reply): void {
    const fields = this.#cors?.preflightFields(ALL) ?? "";
    responder.head(reply, 204, fields, undefined);
  }

  /**
   * Answers a request for `head.bytes[start, end)`, a path and maybe a query.
   *
   * @returns what is left of a long answer; or what takes the body of the request
   * and answers then.
   */
  answer(
    head: RequestHead,
    start: number,
    end: number,
    responder: Responder,
    reply: Reply,
  ): LongAnswer | BatchGet | undefined {
    const path = this.#path;
    const { method } = head;
    const kind = path.read(head.bytes, start, end);
    switch (kind) {
      case PathKind.BadEscape:
        responder.problem(reply, {
          status: 400,
          detail: "a % in a path begins an escape: %25 stands for it",
        });
        return undefined;
      case PathKind.Nowhere:
        responder.problem(reply, {
          status: 404,
          detail:
            "there is nothing here: GET /openapi.json tells what there is",
        });
        return undefined;
    }
    const isBatch = kind === PathKind.Batch;
    if (method === Method.Options) {
      this.#allow(isBatch ? POSTS : READS, responder, reply);
      return undefined;
    }
    const isRead = method === Method.Get || method === Method.Head;
    if (isBatch ? method !== Method.Post : !isRead) {
      this.#refuse(method, kind, responder, reply);
      return undefined;
    }
    switch (kind) {
      case PathKind.Value:
        return this.#values.answer(head, path, responder, reply);
      case PathKind.Batch:
        return BatchGet.begin(
          head,
          path.database(),
          this.#context,
          responder,
          reply,
        );
      case PathKind.Root:
        this.#tell(responder, reply);
        return undefined;
      case PathKind.Databases:
        reply.work += DATABASE_WORK * this.#context.databases.length;
        responder.whole(
          reply,
          200,
          `cache-control: no-cache\r\n${JSON_FIELD}`,
          encoder.encode(listDatabases(this.#context.databases)),
        );
        return undefined;
      case PathKind.Description:
        responder.whole(reply, 200, JSON_FIELD, this.#description);
        return undefined;
    }
  }

  #allow(methods: string, responder: Responder, reply: Reply): void {
    responder.head(reply, 204, `allow: ${methods}\r\n`, undefined);
  }

  /** Tells who ask whether they can be served: load balancers, say. */
  #tell(responder: Responder, reply: Reply): void {
    const { databases } = this.#context;
    const empty = databases.find(({ handler }) =>
      handler.current === undefined
    );
    if (empty !== undefined) {
      responder.problem(reply, noData(empty.name, empty));
    } else {
      const fields = `cache-control: no-store\r\n${JSON_FIELD}`;
      responder.whole(reply, 200, fields, this.#root);
    }
  }

  /** The resource is there, and this cannot be done with it. */
  #refuse(
    method: Method,
    kind: PathKind,
    responder: Responder,
    reply: Reply,
  ): void {
    const methods = kind === PathKind.Batch ? POSTS : READS;
    let detail = `only ${methods} here`;
    if (kind === PathKind.Value) {
      if (isWrite(method)) this.#context.counters[WRITES_REFUSED]++;
      detail = "the data are read-only: GET or HEAD a value";
    }
    responder.problem(reply, {
      status: 405,
      detail,
      fields: `allow: ${methods}\r\n`,
    });
  }
}
