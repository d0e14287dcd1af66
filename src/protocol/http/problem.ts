/**
 * Errors as JSON (RFC 9457, problem details).
 *
 * @module
 */

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * Makes the response to a request that cannot be answered as asked.
 *
 * @param status the HTTP status.
 * @param detail what happened, to what, and what to do.
 * @param headers more header fields.
 */
export function problem(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  // The type "about:blank" says that the status tells what kind it is.
  const body = { type: "about:blank", title: TITLES[status], status, detail };
  return new Response(JSON.stringify(body) + "\n", {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}
