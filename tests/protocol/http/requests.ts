/**
 * Odd requests, each with the least that is odd about it. Real servers and
 * clients have disagreed about every one of them.
 */

/** A request, by what is odd about it. */
export type Requests = Readonly<Record<string, string>>;

const TARGET = "/v1/default/k";
const HOST = "Host: localhost\r\n";

/** A GET with these lines in its head, and this behind it. */
function get(fields: string, body = ""): string {
  return `GET ${TARGET} HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

/** A POST with these lines in its head, and this behind it. */
function post(fields: string, body = ""): string {
  return `POST /v1/default:batchGet HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

/** A request with this line and no fields but the host. */
function line(line: string): string {
  return `${line}\r\n${HOST}\r\n`;
}

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const KEYS = '{"keys":["k"]}';
const CHUNK = `e\r\n${KEYS}\r\n`;

/** Request lines. */
export const LINES: Requests = {
  "a GET": line(`GET ${TARGET} HTTP/1.1`),
  "HTTP/1.0": line(`GET ${TARGET} HTTP/1.0`),
  "HTTP/1.0 without a host": `GET ${TARGET} HTTP/1.0\r\n\r\n`,
  "HTTP/1.2": line(`GET ${TARGET} HTTP/1.2`),
  "HTTP/1.9": line(`GET ${TARGET} HTTP/1.9`),
  "HTTP/0.9": `GET ${TARGET}\r\n`,
  "HTTP/2.0": line(`GET ${TARGET} HTTP/2.0`),
  "HTTP/3.0": line(`GET ${TARGET} HTTP/3.0`),
  "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a version in small letters": line(`GET ${TARGET} http/1.1`),
  "a version without a minor one": line(`GET ${TARGET} HTTP/1`),
  "a version with a dot at its end": line(`GET ${TARGET} HTTP/1.`),
  "a version of three digits": line(`GET ${TARGET} HTTP/1.10`),
  "a version of two digits": line(`GET ${TARGET} HTTP/11.1`),
  "a version with zeros before it": line(`GET ${TARGET} HTTP/01.1`),
  "another protocol": line(`GET ${TARGET} ICAP/1.0`),
  "a method in small letters": line(`get ${TARGET} HTTP/1.1`),
  "a method that nobody knows": line(`BREW ${TARGET} HTTP/1.1`),
  "a method with a hyphen": line(`M-SEARCH ${TARGET} HTTP/1.1`),
  "a method with a slash": line(`GE/T ${TARGET} HTTP/1.1`),
  "a method with a colon": line(`GET: ${TARGET} HTTP/1.1`),
  "a method with a control character": line(`GE\x01T ${TARGET} HTTP/1.1`),
  "no method": line(` ${TARGET} HTTP/1.1`),
  "a quote before the method": line(`"GET ${TARGET} HTTP/1.1`),
  "two spaces behind the method": line(`GET  ${TARGET} HTTP/1.1`),
  "two spaces before the version": line(`GET ${TARGET}  HTTP/1.1`),
  "a space behind the version": line(`GET ${TARGET} HTTP/1.1 `),
  "a tab behind the method": line(`GET\t${TARGET} HTTP/1.1`),
  "a tab before the version": line(`GET ${TARGET}\tHTTP/1.1`),
  "a space before the method": line(` GET ${TARGET} HTTP/1.1`),
  "a space in the target": line("GET /v1/default/a b HTTP/1.1"),
  "a word behind the version": line(`GET ${TARGET} HTTP/1.1 x`),
  "no target": line("GET HTTP/1.1"),
  "an empty target": line("GET  HTTP/1.1"),
  "a target without a slash": line("GET v1/default/k HTTP/1.1"),
  "a target with a control character": line("GET /v1/\x01 HTTP/1.1"),
  "a target with a NUL": line("GET /v1/\0 HTTP/1.1"),
  "a target with a DEL": line("GET /v1/\x7f HTTP/1.1"),
  "a target with a byte above 0x7f": line("GET /v1/\xe9 HTTP/1.1"),
  "a target with a bar": line("GET /v1/default/a|b HTTP/1.1"),
  "a target with quotes": line('GET /v1/default/"k" HTTP/1.1'),
  "a target with angle brackets": line("GET /v1/default/<k> HTTP/1.1"),
  "a target with a fragment": line(`GET ${TARGET}#a HTTP/1.1`),
  "a target with a query": line(`GET ${TARGET}?a=b HTTP/1.1`),
  "a target with a broken escape": line("GET /v1/default/%zz HTTP/1.1"),
  "a target with an escape cut short": line("GET /v1/default/%2 HTTP/1.1"),
  "a target with an escaped NUL": line("GET /v1/default/%00 HTTP/1.1"),
  "an absolute target": line(`GET http://localhost${TARGET} HTTP/1.1`),
  "an absolute target with a port": line(
    `GET http://localhost:80${TARGET} HTTP/1.1`,
  ),
  "an absolute target without a path": line("GET http://localhost HTTP/1.1"),
  "an absolute target in large letters": line(
    `GET HTTP://LOCALHOST${TARGET} HTTP/1.1`,
  ),
  "an absolute target without a host": line(`GET http://${TARGET} HTTP/1.1`),
  "an absolute target with a user": line(
    `GET http://me@localhost${TARGET} HTTP/1.1`,
  ),
  "an absolute target of another scheme": line(
    `GET ftp://localhost${TARGET} HTTP/1.1`,
  ),
  "OPTIONS *": line("OPTIONS * HTTP/1.1"),
  "GET *": line("GET * HTTP/1.1"),
  "CONNECT": line("CONNECT localhost:443 HTTP/1.1"),
  "TRACE": line(`TRACE ${TARGET} HTTP/1.1`),
  "nothing but words": "hello, is anybody there?\r\n\r\n",
  "a line that ends with LF": `GET ${TARGET} HTTP/1.1\n${HOST}\r\n`,
  "a line that ends with CR": `GET ${TARGET} HTTP/1.1\r${HOST}\r\n`,
  "a line that ends with CR CR LF": `GET ${TARGET} HTTP/1.1\r\r\n${HOST}\r\n`,
  "an empty line before it": `\r\n${get("")}`,
  "two empty lines before it": `\r\n\r\n${get("")}`,
  "an LF before it": `\n${get("")}`,
  "a CR before it": `\r${get("")}`,
  "a byte order mark before it": `\xef\xbb\xbf${get("")}`,
  "the hello of TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  "a request of Redis": "*1\r\n$4\r\nPING\r\n\r\n",
  "a request of memcached": "get k\r\n\r\n",
};

/** Header fields. */
export const FIELDS: Requests = {
  "no space behind the colon": get("X:1\r\n"),
  "many spaces and tabs around the value": get("X: \t 1 \t \r\n"),
  "an empty value": get("X:\r\n"),
  "a value of spaces": get("X:   \r\n"),
  "a name in any case": get("cOnNeCtIoN: keep-alive\r\n"),
  "a name of odd characters": get("!#$%&'*+-.^_`|~9: 1\r\n"),
  "a name with an underscore": get("X_Y: 1\r\n"),
  "a space before the colon": get("X : 1\r\n"),
  "a tab before the colon": get("X\t: 1\r\n"),
  "a space in the name": get("X Y: 1\r\n"),
  "a space before the name": get(" X: 1\r\n"),
  "a line without a colon": get("X\r\n"),
  "a line with nothing but a colon": get(":\r\n"),
  "no name": get(": 1\r\n"),
  "a quote in the name": get('"X": 1\r\n'),
  "a slash in the name": get("X/Y: 1\r\n"),
  "a control character in the name": get("X\x01Y: 1\r\n"),
  "a byte above 0x7f in the name": get("X\xe9: 1\r\n"),
  "a NUL in the name": get("X\0: 1\r\n"),
  "a NUL in the value": get("X: a\0b\r\n"),
  "a control character in the value": get("X: a\x01b\r\n"),
  "a DEL in the value": get("X: a\x7fb\r\n"),
  "a tab in the value": get("X: a\tb\r\n"),
  "a byte above 0x7f in the value": get("X: \xe9\r\n"),
  "a CR in the value": get("X: a\rb\r\n"),
  "a CR at the value's end": get("X: a\r\r\n"),
  "a field that ends with LF": get("X: 1\n"),
  "a value continued on the next line": get("X: a\r\n b\r\n"),
  "a value continued behind a tab": get("X: a\r\n\tb\r\n"),
  "the first field continued": `GET ${TARGET} HTTP/1.1\r\n b: 1\r\n${HOST}\r\n`,
  "a head that ends with LF": `GET ${TARGET} HTTP/1.1\r\n${HOST}\n`,
  "a head that ends with LF LF": `GET ${TARGET} HTTP/1.1\nHost: localhost\n\n`,
  "a head of a hundred fields": get("X: 1\r\n".repeat(100)),
  "a value of 8,000 bytes": get(`X: ${"x".repeat(8000)}\r\n`),
  "a value of 40,000 bytes": get(`X: ${"x".repeat(40_000)}\r\n`),
  "a key of 8,000 bytes": line(
    `GET /v1/default/${"x".repeat(8000)} HTTP/1.1`,
  ),
  "a key of 40,000 bytes": line(
    `GET /v1/default/${"x".repeat(40_000)} HTTP/1.1`,
  ),
};

/** Hosts. */
export const HOSTS: Requests = {
  "no host": `GET ${TARGET} HTTP/1.1\r\n\r\n`,
  "two hosts": get("Host: localhost\r\n"),
  "two hosts that differ": get("Host: other\r\n"),
  "an empty host": `GET ${TARGET} HTTP/1.1\r\nHost:\r\n\r\n`,
  "a host with a port": `GET ${TARGET} HTTP/1.1\r\nHost: localhost:80\r\n\r\n`,
  "a host with a colon": `GET ${TARGET} HTTP/1.1\r\nHost: localhost:\r\n\r\n`,
  "a host with a port that is none":
    `GET ${TARGET} HTTP/1.1\r\nHost: localhost:http\r\n\r\n`,
  "an IPv6 address": `GET ${TARGET} HTTP/1.1\r\nHost: [::1]:80\r\n\r\n`,
  "an IPv6 address cut short": `GET ${TARGET} HTTP/1.1\r\nHost: [::1\r\n\r\n`,
  "a host with a space": `GET ${TARGET} HTTP/1.1\r\nHost: a b\r\n\r\n`,
  "a host with a slash": `GET ${TARGET} HTTP/1.1\r\nHost: a/b\r\n\r\n`,
  "a host with a user": `GET ${TARGET} HTTP/1.1\r\nHost: a@b\r\n\r\n`,
  "a list of hosts": `GET ${TARGET} HTTP/1.1\r\nHost: a, b\r\n\r\n`,
};

/** Where requests end. */
export const BODIES: Requests = {
  "a body of a length": post("Content-Length: 14\r\n", KEYS),
  "a body of no length": post("Content-Length: 0\r\n"),
  "a POST that says nothing of a body": post(""),
  "a GET with a body": get("Content-Length: 3\r\n", "abc"),
  "a length with a plus": post("Content-Length: +14\r\n", KEYS),
  "a negative length": post("Content-Length: -14\r\n", KEYS),
  "an empty length": post("Content-Length:\r\n"),
  "a length in hexadecimal": post("Content-Length: 0xe\r\n", KEYS),
  "a length with a letter": post("Content-Length: 14x\r\n", KEYS),
  "a length with a space in it": post("Content-Length: 1 4\r\n", KEYS),
  "a length with zeros before it": post("Content-Length: 00014\r\n", KEYS),
  "a length beyond 64 bits": post(
    "Content-Length: 99999999999999999999\r\n",
    KEYS,
  ),
  "one length twice": post(
    "Content-Length: 14\r\nContent-Length: 14\r\n",
    KEYS,
  ),
  "two lengths": post("Content-Length: 14\r\nContent-Length: 4\r\n", KEYS),
  "a list of one length": post("Content-Length: 14, 14\r\n", KEYS),
  "a list of two lengths": post("Content-Length: 14, 4\r\n", KEYS),
  "a length and chunks": post(
    `Content-Length: 4\r\n${CHUNKED}`,
    `${CHUNK}0\r\n\r\n`,
  ),
  "chunks and a length": post(
    `${CHUNKED}Content-Length: 4\r\n`,
    `${CHUNK}0\r\n\r\n`,
  ),
  "a body in chunks": post(CHUNKED, `${CHUNK}0\r\n\r\n`),
  "a body in chunks of a byte": post(
    CHUNKED,
    [...KEYS].map((byte) => `1\r\n${byte}\r\n`).join("") + "0\r\n\r\n",
  ),
  "no chunks": post(CHUNKED, "0\r\n\r\n"),
  "chunks of a GET": get(CHUNKED, "3\r\nabc\r\n0\r\n\r\n"),
  "chunks in HTTP/1.0":
    `POST /v1/default:batchGet HTTP/1.0\r\n${HOST}${CHUNKED}\r\n${CHUNK}0\r\n\r\n`,
  "chunked in large letters": post(
    "Transfer-Encoding: CHUNKED\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "chunked with a tab around it": post(
    "Transfer-Encoding:\tchunked\t\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "chunked twice": post(`${CHUNKED}${CHUNKED}`, `${CHUNK}0\r\n\r\n`),
  "chunked twice in a list": post(
    "Transfer-Encoding: chunked, chunked\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "gzip, then chunked": post(
    "Transfer-Encoding: gzip, chunked\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "chunked, then gzip": post(
    "Transfer-Encoding: chunked, gzip\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "gzip and chunked in two fields": post(
    `Transfer-Encoding: gzip\r\n${CHUNKED}`,
    `${CHUNK}0\r\n\r\n`,
  ),
  "gzip alone": post("Transfer-Encoding: gzip\r\n", KEYS),
  "identity": post("Transfer-Encoding: identity\r\n"),
  "a coding that nobody knows": post(
    "Transfer-Encoding: xchunked\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "chunked in quotes": post(
    'Transfer-Encoding: "chunked"\r\n',
    `${CHUNK}0\r\n\r\n`,
  ),
  "chunked with a parameter": post(
    "Transfer-Encoding: chunked;a=b\r\n",
    `${CHUNK}0\r\n\r\n`,
  ),
  "an empty coding": post("Transfer-Encoding:\r\n"),
  "a size in large letters": post(CHUNKED, `E\r\n${KEYS}\r\n0\r\n\r\n`),
  "a size with zeros before it": post(
    CHUNKED,
    `000e\r\n${KEYS}\r\n000\r\n\r\n`,
  ),
  "a size with an extension": post(
    CHUNKED,
    `e;a=b;c="d"\r\n${KEYS}\r\n0;x\r\n\r\n`,
  ),
  "a size with spaces before an extension": post(
    CHUNKED,
    `e  ;a\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "a size with a space behind it": post(CHUNKED, `e \r\n${KEYS}\r\n0\r\n\r\n`),
  "a size with a space before it": post(CHUNKED, ` e\r\n${KEYS}\r\n0\r\n\r\n`),
  "a size with 0x before it": post(CHUNKED, `0xe\r\n${KEYS}\r\n0\r\n\r\n`),
  "a size with a plus": post(CHUNKED, `+e\r\n${KEYS}\r\n0\r\n\r\n`),
  "a negative size": post(CHUNKED, `-e\r\n${KEYS}\r\n0\r\n\r\n`),
  "a size with a letter behind it": post(
    CHUNKED,
    `eg\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "no size": post(CHUNKED, `\r\n${KEYS}\r\n0\r\n\r\n`),
  "a size beyond 64 bits": post(
    CHUNKED,
    `1000000000000000e\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "a size of 4 GB and a byte": post(
    CHUNKED,
    `100000001\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "a size that ends with LF": post(CHUNKED, `e\n${KEYS}\r\n0\r\n\r\n`),
  "a size that ends with CR": post(CHUNKED, `e\r${KEYS}\r\n0\r\n\r\n`),
  "an extension with a control character": post(
    CHUNKED,
    `e;\x01\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "an extension with an LF": post(CHUNKED, `e;a\nb\r\n${KEYS}\r\n0\r\n\r\n`),
  "a chunk that is longer than its size": post(
    CHUNKED,
    `d\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "a chunk that is shorter than its size": post(
    CHUNKED,
    `f\r\n${KEYS}\r\n0\r\n\r\n`,
  ),
  "a chunk that ends with LF": post(CHUNKED, `e\r\n${KEYS}\n0\r\n\r\n`),
  "a chunk without an end": post(CHUNKED, `e\r\n${KEYS}0\r\n\r\n`),
  "chunks that end with LF": post(CHUNKED, `${CHUNK}0\r\n\n`),
  "a trailer": post(CHUNKED, `${CHUNK}0\r\nX: 1\r\nY: 2\r\n\r\n`),
  "a trailer with a length": post(
    CHUNKED,
    `${CHUNK}0\r\nContent-Length: 5\r\n\r\n`,
  ),
  "a trailer that ends with LF": post(CHUNKED, `${CHUNK}0\r\nX: 1\n\r\n`),
  "a trailer with a control character": post(
    CHUNKED,
    `${CHUNK}0\r\nX: \x01\r\n\r\n`,
  ),
  "a client that asks before it sends": post(
    "Expect: 100-continue\r\nContent-Length: 14\r\n",
    KEYS,
  ),
  "a client that expects what nobody knows": post(
    "Expect: the-worst\r\nContent-Length: 14\r\n",
    KEYS,
  ),
};
