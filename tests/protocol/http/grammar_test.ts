/** What is a request, what is none, and where each ends. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { answersTo, dataSet } from "../converse.ts";
import { openHttp } from "./asking.ts";
import { BODIES, FIELDS, HOSTS, LINES, type Requests } from "./requests.ts";

const handler = { current: dataSet({ k: "abc", "a|b": "bar", "": "empty" }) };
const open = () => openHttp({ default: handler });

const NEXT = "GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\n" +
  "Connection: close\r\n\r\n";

/** The statuses that bytes are answered with, and whether that was the end. */
function statuses(sent: string): string {
  const { answered, closed } = answersTo(open(), sent);
  const found = [...answered.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)];
  return found.map(([, status]) => status).join(" ") + (closed ? " end" : "");
}

/** Each request, and what it and one behind it are answered with. */
function check(requests: Requests, expected: Record<string, string>): void {
  const found = Object.fromEntries(
    Object.entries(requests).map((
      [name, request],
    ) => [name, statuses(request + NEXT)]),
  );
  assertEquals(found, expected);
}

const OK = "200 200 end", MISS = "404 200 end";
const BAD = "400 end", IN_STEP = "400 200 end";

Deno.test("a request line is a method, a target and a version", () =>
  check(LINES, {
    "a GET": OK,
    "HTTP/1.0": "200 end",
    "HTTP/1.0 without a host": "200 end",
    "HTTP/1.2": OK,
    "HTTP/1.9": OK,
    "HTTP/0.9": BAD,
    "HTTP/2.0": "505 end",
    "HTTP/3.0": "505 end",
    "the preface of HTTP/2": "505 end",
    "a version in small letters": BAD,
    "a version without a minor one": BAD,
    "a version with a dot at its end": BAD,
    "a version of three digits": BAD,
    "a version of two digits": BAD,
    "a version with zeros before it": BAD,
    "another protocol": BAD,
    "a method in small letters": "405 200 end",
    "a method that nobody knows": "405 200 end",
    "a method with a hyphen": "405 200 end",
    "a method with a slash": BAD,
    "a method with a colon": BAD,
    "a method with a control character": BAD,
    "no method": BAD,
    "a quote before the method": BAD,
    "two spaces behind the method": BAD,
    "two spaces before the version": BAD,
    "a space behind the version": BAD,
    "a tab behind the method": BAD,
    "a tab before the version": BAD,
    "a space before the method": BAD,
    "a space in the target": BAD,
    "a word behind the version": BAD,
    "no target": BAD,
    "an empty target": BAD,
    "a target without a slash": BAD,
    "a target with a control character": BAD,
    "a target with a NUL": BAD,
    "a target with a DEL": BAD,
    "a target with a byte above 0x7f": BAD,
    "a target with a bar": OK,
    "a target with quotes": MISS,
    "a target with angle brackets": MISS,
    "a target with a fragment": BAD,
    "a target with a query": OK,
    "a target with a broken escape": IN_STEP,
    "a target with an escape cut short": IN_STEP,
    "a target with an escaped NUL": MISS,
    "an absolute target": OK,
    "an absolute target with a port": OK,
    "an absolute target without a path": OK,
    "an absolute target in large letters": OK,
    "an absolute target without a host": BAD,
    "an absolute target with a user": BAD,
    "an absolute target of another scheme": BAD,
    "OPTIONS *": "204 200 end",
    "GET *": BAD,
    CONNECT: BAD,
    TRACE: "405 200 end",
    "nothing but words": BAD,
    "a line that ends with LF": BAD,
    "a line that ends with CR": BAD,
    "a line that ends with CR CR LF": BAD,
    "an empty line before it": OK,
    "two empty lines before it": BAD,
    "an LF before it": BAD,
    "a CR before it": BAD,
    "a byte order mark before it": BAD,
    "the hello of TLS": BAD,
    "a request of Redis": BAD,
    "a request of memcached": BAD,
  }));

Deno.test("a header field is a token, a colon and a value, in one line", () =>
  check(FIELDS, {
    "no space behind the colon": OK,
    "many spaces and tabs around the value": OK,
    "an empty value": OK,
    "a value of spaces": OK,
    "a name in any case": OK,
    "a name of odd characters": OK,
    "a name with an underscore": OK,
    "a space before the colon": BAD,
    "a tab before the colon": BAD,
    "a space in the name": BAD,
    "a space before the name": BAD,
    "a line without a colon": BAD,
    "a line with nothing but a colon": BAD,
    "no name": BAD,
    "a quote in the name": BAD,
    "a slash in the name": BAD,
    "a control character in the name": BAD,
    "a byte above 0x7f in the name": BAD,
    "a NUL in the name": BAD,
    "a NUL in the value": BAD,
    "a control character in the value": BAD,
    "a DEL in the value": BAD,
    "a tab in the value": OK,
    "a byte above 0x7f in the value": OK,
    "a CR in the value": BAD,
    "a CR at the value's end": BAD,
    "a field that ends with LF": BAD,
    "a value continued on the next line": BAD,
    "a value continued behind a tab": BAD,
    "the first field continued": BAD,
    "a head that ends with LF": BAD,
    "a head that ends with LF LF": BAD,
    "a head of a hundred fields": OK,
    "a value of 8,000 bytes": OK,
    // The end comes when the client has had time to read that.
    "a value of 40,000 bytes": "431",
    "a key of 8,000 bytes": MISS,
    "a key of 40,000 bytes": "414",
  }));

Deno.test("a request is for one host, which is an address or a name", () =>
  check(HOSTS, {
    "no host": BAD,
    "two hosts": BAD,
    "two hosts that differ": BAD,
    "an empty host": "421 200 end",
    "a host with a port": OK,
    "a host with a colon": OK,
    "a host with a port that is none": BAD,
    "an IPv6 address": OK,
    "an IPv6 address cut short": BAD,
    "a host with a space": BAD,
    "a host with a slash": BAD,
    "a host with a user": BAD,
    "a list of hosts": BAD,
  }));

Deno.test("a body ends where its length or its chunks say, or nobody knows", () =>
  check(BODIES, {
    "a body of a length": OK,
    "a body of no length": IN_STEP,
    "a POST that says nothing of a body": IN_STEP,
    "a GET with a body": OK,
    "a length with a plus": BAD,
    "a negative length": BAD,
    "an empty length": BAD,
    "a length in hexadecimal": BAD,
    "a length with a letter": BAD,
    "a length with a space in it": BAD,
    "a length with zeros before it": OK,
    "a length beyond 64 bits": "413",
    "one length twice": BAD,
    "two lengths": BAD,
    "a list of one length": BAD,
    "a list of two lengths": BAD,
    "a length and chunks": BAD,
    "chunks and a length": BAD,
    "a body in chunks": OK,
    "a body in chunks of a byte": OK,
    "no chunks": IN_STEP,
    "chunks of a GET": OK,
    "chunks in HTTP/1.0": BAD,
    "chunked in large letters": OK,
    "chunked with a tab around it": OK,
    "chunked twice": BAD,
    "chunked twice in a list": BAD,
    "gzip, then chunked": "501 end",
    "chunked, then gzip": "501 end",
    "gzip and chunked in two fields": "501 end",
    "gzip alone": "501 end",
    identity: "501 end",
    "a coding that nobody knows": "501 end",
    "chunked in quotes": "501 end",
    "chunked with a parameter": "501 end",
    "an empty coding": "501 end",
    "a size in large letters": OK,
    "a size with zeros before it": OK,
    "a size with an extension": OK,
    "a size with spaces before an extension": OK,
    "a size with a space behind it": BAD,
    "a size with a space before it": BAD,
    "a size with 0x before it": BAD,
    "a size with a plus": BAD,
    "a negative size": BAD,
    "a size with a letter behind it": BAD,
    "no size": BAD,
    "a size beyond 64 bits": BAD,
    "a size of 4 GB and a byte": "413",
    "a size that ends with LF": BAD,
    "a size that ends with CR": BAD,
    "an extension with a control character": BAD,
    "an extension with an LF": BAD,
    "a chunk that is longer than its size": BAD,
    "a chunk that is shorter than its size": BAD,
    "a chunk that ends with LF": BAD,
    "a chunk without an end": BAD,
    "chunks that end with LF": BAD,
    "a trailer": OK,
    "a trailer with a length": OK,
    "a trailer that ends with LF": BAD,
    "a trailer with a control character": BAD,
    "a client that asks before it sends": "100 200 200 end",
    "a client that expects what nobody knows": "417",
  }));

Deno.test("a request is answered alike, wherever it is cut", () => {
  const requests = { ...LINES, ...FIELDS, ...HOSTS, ...BODIES };
  const level = (sent: string, cut?: number) => {
    const { answered, closed } = answersTo(open(), sent, cut);
    return answered.replace(/^date: .*$/gm, "date") + (closed ? "end" : "");
  };
  for (const [name, request] of Object.entries(requests)) {
    const whole = level(request + NEXT);
    for (const cut of [1, 2, 3, 7, 100]) {
      assert(level(request + NEXT, cut) === whole, `${name}, cut by ${cut}`);
    }
  }
});

Deno.test("a refusal is a problem that says what is wrong", () => {
  for (
    const request of [LINES["HTTP/2.0"], FIELDS["a space before the colon"]]
  ) {
    const { answered } = answersTo(open(), request);
    const [head, body] = answered.split("\r\n\r\n");
    assertMatch(head, /^content-type: application\/problem\+json$/m);
    assertMatch(head, /^connection: close$/m);
    assertMatch(head, new RegExp(`^content-length: ${body.length}$`, "m"));
    const { status, title, detail } = JSON.parse(body);
    assertMatch(head, new RegExp(`^HTTP/1.1 ${status} ${title}\r\n`));
    assert(detail.length > 20);
  }
});

Deno.test("bytes that can begin no request are refused before their line has ended", () => {
  for (const bytes of ["\x16\x03\x01", "\0", "{", "\xff", " ", "\r\r", "\n"]) {
    const { answered, closed } = answersTo(open(), bytes);
    assertMatch(answered, /^HTTP\/1\.1 400 /);
    assertEquals(closed, true);
  }
});

Deno.test("a line without an end is refused when it is too long, and no sooner", () => {
  const line = `GET /v1/default/${"k".repeat(16 * 1024)}`;
  const most = answersTo(open(), line.slice(0, 16 * 1024));
  assertEquals([most.answered, most.closed], ["", false]);
  const more = answersTo(open(), line.slice(0, 16 * 1024 + 1));
  assertMatch(more.answered, /^HTTP\/1\.1 414 /);
});
