/**
 * HTTP as a transport of a serving thread.
 *
 * @module
 */

import type { HttpOptions } from "../protocol/http/app.ts";
import type { Address } from "./address.ts";
import { type HttpListener, serveHttp } from "./http_listener.ts";
import { GRACE } from "./server.ts";
import type { Certificate } from "./tls.ts";
import type { Transport } from "./transport.ts";

/** Where to serve HTTP. */
export interface HttpTransportOptions extends HttpOptions {
  /** Where to listen. */
  readonly addresses: readonly Address[];
  /** Whether others listen there, too: threads, or this one with a new certificate. */
  readonly shared: boolean;
  /** Makes it HTTPS. */
  readonly certificate?: Certificate;
}

/** Serves HTTP in the thread that made it. */
export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  #listeners: HttpListener[] = [];

  /** Prepares to serve. */
  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  /** Begins to listen and to answer; see {@linkcode Transport.start}. */
  start(): void {
    this.#listen(this.#options.certificate);
  }

  /** Ends gracefully; see {@linkcode Transport.stop}. */
  async stop(grace: number): Promise<void> {
    await Promise.all(this.#listeners.map((one) => one.stop(grace)));
  }

  /**
   * Shows another certificate; see {@linkcode Transport.renew}. `Deno.serve` ends
   * as a whole, so requests in flight are answered, but connections that wait for
   * their next request, or are still being opened, are closed.
   */
  renew(certificate: Certificate): Promise<void> {
    const former = this.#listeners;
    this.#listen(certificate);
    for (const listener of former) listener.stop(GRACE);
    return Promise.resolve();
  }

  #listen(certificate: Certificate | undefined): void {
    this.#listeners = this.#options.addresses.map((address) =>
      serveHttp({ ...this.#options, address, certificate })
    );
  }
}
