/**
 * The odd requests that this server and nginx 1.22 do not treat alike, with the
 * reason for each.
 */

const STRICT_LINE = "here a request line has single spaces (RFC 9112, 3)";
const LF = "here a line ends with CR LF, which leaves nothing to interpret";
const EMPTY = "here one empty line before a request is forgiven, and no more";
const CONTROL = "here there are no control characters but tabs (RFC 9110, 5.5)";
const TOKEN = "here a name is a token (RFC 9110, 5.6.2); nginx passes it over";

/** The reasons, by what is odd about a request. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  // What this server refuses, and nginx answers.
  "HTTP/0.9": "nginx answers without a head; here it is refused in HTTP/1.1",
  "two spaces behind the method": STRICT_LINE,
  "two spaces before the version": STRICT_LINE,
  "a space behind the version": STRICT_LINE,
  "a version of three digits": "a minor version is one digit (RFC 9112, 2.3)",
  "a target with a byte above 0x7f": "a URI has none (RFC 3986, 2)",
  "a target with a fragment": "it is not a part of a target (RFC 9110, 4.2.5)",
  "an absolute target of another scheme": "only http and https are served",
  "a line that ends with LF": LF,
  "a field that ends with LF": LF,
  "a head that ends with LF": LF,
  "a head that ends with LF LF": LF,
  "a CR at the value's end": LF,
  "a size that ends with LF": LF,
  "a chunk that ends with LF": LF,
  "chunks that end with LF": LF,
  "a trailer that ends with LF": LF,
  "two empty lines before it": EMPTY,
  "an LF before it": EMPTY,
  "a CR before it": EMPTY,
  "a line without a colon": TOKEN,
  "a quote in the name": TOKEN,
  "a slash in the name": TOKEN,
  "a byte above 0x7f in the name": TOKEN,
  "a control character in the value": CONTROL,
  "a DEL in the value": CONTROL,
  "an extension with a control character": CONTROL,
  "a trailer with a control character": CONTROL,
  "a host with a port that is none": "a port is a number (RFC 3986, 3.2.3)",
  "an IPv6 address cut short": "it is no host (RFC 3986, 3.2.2)",
  "a host with a user": "it is no host (RFC 9110, 7.2)",
  "a size with a space behind it":
    "a space is there only before an extension (RFC 9112, 7.1.1)",
  "a chunk that is shorter than its size":
    "nginx answers before it has read the body, and closes",
  "a size of 4 GB and a byte":
    "nginx answers before it has read the body, and closes",
  "a client that expects what nobody knows": "417 (RFC 9110, 10.1.1)",

  // What nginx refuses, and this server answers.
  "a method in small letters":
    "a method is any token; 405 says which are known",
  "a target with a broken escape":
    "the request is in step: 400, and it goes on",
  "a target with an escape cut short":
    "the request is in step: 400, and it goes on",
  "a target with an escaped NUL": "keys are any bytes",
  "OPTIONS *": "it tells what the server can do (RFC 9110, 9.3.7)",
  TRACE: "405, and the connection goes on",
  "an empty host": "it is a host (RFC 9112, 3.2), and not this one: 421",
  "chunked with a tab around it": "a tab is a space there (RFC 9110, 5.6.3)",
};
