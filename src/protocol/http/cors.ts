/**
 * Which pages may read what browsers are answered (the Fetch standard, "CORS
 * protocol").
 *
 * @module
 */

import { Field } from "./field_names.ts";
import type { Fields } from "./problem.ts";
import type { RequestHead } from "./request_head.ts";

/** What a page may read of a response besides what every page may. */
const EXPOSED =
  "access-control-expose-headers: etag, content-length, content-range, accept-ranges, date, retry-after, www-authenticate\r\n";

/** What a page may send besides what every page may. */
const ALLOWED =
  "access-control-allow-headers: authorization, content-type, accept, if-match, if-none-match, if-range, range\r\n";

/** A browser need not ask again for so many seconds. */
const MAX_AGE_S = 86_400;

/** The pages that may read, by their origin. */
export class Cors {
  readonly #origins: readonly string[];

  /**
   * Lets these read.
   *
   * @param origins such as `https://app.example.com`; `*` for all.
   */
  constructor(origins: readonly string[]) {
    this.#origins = origins;
  }

  /** What each response to such a request says. */
  fieldsFor(head: RequestHead): Fields {
    if (this.#origins.includes("*")) {
      return `access-control-allow-origin: *\r\n${EXPOSED}`;
    }
    const vary = "vary: origin\r\n";
    if (!head.has(Field.Origin)) return vary;
    const origin = head.text(Field.Origin)!;
    return this.#origins.includes(origin)
      ? `access-control-allow-origin: ${origin}\r\n${EXPOSED}${vary}`
      : vary;
  }

  /**
   * Whether a browser asks what a page may send. It does so without the page's
   * token.
   */
  isPreflight(head: RequestHead): boolean {
    return head.has(Field.Origin) &&
      head.has(Field.AccessControlRequestMethod);
  }

  /** What the answer to that says besides. */
  preflightFields(methods: string): Fields {
    return `access-control-allow-methods: ${methods}\r\n${ALLOWED}` +
      `access-control-max-age: ${MAX_AGE_S}\r\n`;
  }
}
