/**
 * Status codes and what they are called (RFC 9110, section 15; 421: RFC 9110,
 * section 15.5.20; 431: RFC 6585).
 *
 * @module
 */

const PHRASES: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  204: "No Content",
  206: "Partial Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** What a status is called. */
export function phraseOf(status: number): string {
  return PHRASES[status];
}

/** The first line of a response, with its end. */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${phraseOf(status)}\r\n`;
}
