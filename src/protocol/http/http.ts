/**
 * HTTP/1.1, and 1.0 (RFC 9110, RFC 9112).
 *
 * @module
 */

import type { Link, Protocol, Session, SessionContext } from "../protocol.ts";
import type { Tokens } from "./access.ts";
import { Cors } from "./cors.ts";
import { Hosts } from "./host.ts";
import { PROBLEM_TYPE, problemBody } from "./problem.ts";
import { Resources } from "./resources.ts";
import { HttpSession, type Site } from "./session.ts";
import { statusLine } from "./status.ts";

/** What the values are if nothing is said: bytes. */
export const OCTET_STREAM = "application/octet-stream";

/**
 * How long caches may keep a value if nothing is said: for a second, and then for
 * another if they ask whether the data have changed.
 */
export const CACHE_CONTROL = "max-age=1";

/** What can be set for HTTP; plain data. */
export interface HttpSettings {
  /** The media type of the values; bytes if it is not said. */
  readonly contentType?: string;
  /** The `Cache-Control` of values; {@linkcode CACHE_CONTROL} if it is not said. */
  readonly cacheControl?: string;
  /**
   * The origins of the pages that may read answers in browsers, or `*` for all;
   * without it, only those of this server's own, of which there are none.
   */
  readonly corsOrigins?: readonly string[];
  /**
   * The names that clients ask by, besides addresses and `localhost`:
   * `kv.example.com`, `*.example.com` for all below it, `*` for any.
   */
  readonly hosts?: readonly string[];
}

/** How HTTP is spoken. */
export interface HttpOptions extends HttpSettings {
  /** Who may ask; without it, everybody may. */
  readonly tokens?: Tokens;
}

/**
 * Answers requests over HTTP.
 *
 * @example
 * ```ts
 * import {
 *   createCounters,
 *   HttpProtocol,
 *   JsonStorage,
 *   Reply,
 *   SimpleHandler,
 * } from "@goromdb/cli/mod";
 * import { assertMatch } from "@std/assert";
 *
 * const handler = new SimpleHandler(new JsonStorage());
 * const session = new HttpProtocol().open({
 *   handler,
 *   databases: [{ name: "default", handler }],
 *   counters: createCounters(),
 *   status: {
 *     version: "1",
 *     startedAt: 0,
 *     maxConnections: 1,
 *     idleTimeout: 0,
 *     transport: "none",
 *     addresses: [],
 *     threads: 1,
 *     totals: createCounters,
 *   },
 *   onDamage: console.error,
 * });
 * const reply = new Reply();
 * const request = new TextEncoder().encode(
 *   "GET /v1/default/hoge HTTP/1.1\r\nHost: localhost\r\n\r\n",
 * );
 * session.consume(request, 0, request.length, reply);
 * assertMatch(
 *   new TextDecoder().decode(reply.bytes.subarray(0, reply.length)),
 *   /^HTTP\/1\.1 503 /, // there are no data yet
 * );
 * ```
 */
export class HttpProtocol implements Protocol {
  /** `http` */
  readonly name = "http";
  /** A response that nobody has asked for, as servers give it. */
  readonly tooManyConnections: string = refusal(
    "there are too many connections: try again",
  );
  /** As long as other servers wait for the next request, in milliseconds. */
  readonly idleTimeout = 75_000;
  /** HTTP/1.1 alone: HTTP/2 is not spoken. */
  readonly alpn = "http/1.1";
  readonly #options: HttpOptions;
  readonly #hosts: Hosts;
  readonly #sites = new WeakMap<SessionContext, Site>();

  /** Speaks as the options say. */
  constructor(options: HttpOptions = {}) {
    this.#options = options;
    this.#hosts = new Hosts(options.hosts ?? []);
  }

  /** Begins a conversation. */
  open(context: SessionContext, link?: Link): Session {
    let site = this.#sites.get(context);
    if (site === undefined) {
      const { tokens, corsOrigins } = this.#options;
      const cors = corsOrigins && new Cors(corsOrigins);
      site = {
        context,
        resources: new Resources(context, {
          contentType: this.#options.contentType ?? OCTET_STREAM,
          cacheControl: this.#options.cacheControl ?? CACHE_CONTROL,
          secured: tokens !== undefined,
          cors,
        }),
        hosts: this.#hosts,
        cors,
        tokens,
      };
      this.#sites.set(context, site);
    }
    return new HttpSession(site, link);
  }
}

/** The text of a 503, behind which the connection ends. */
function refusal(detail: string): string {
  const status = 503;
  const body = new TextDecoder().decode(problemBody({ status, detail }));
  return `${statusLine(status)}content-type: ${PROBLEM_TYPE}\r\n` +
    `retry-after: 1\r\ncontent-length: ${body.length}\r\n` +
    `connection: close\r\n\r\n${body}`;
}
