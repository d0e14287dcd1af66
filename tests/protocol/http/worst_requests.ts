/** What a client may ask for over HTTP, at its worst; see ../worst_requests.ts. */

import { LONG_VALUE, MANY, type Worst } from "../worst_requests.ts";

const HOST = "Host: localhost\r\n";
const TARGET = "/v1/default/key-1";

/** The longest text that has room in a head. */
const FULL = 16_000;

function get(target: string, fields = ""): string {
  return `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`;
}

function post(body: string, fields = ""): string {
  return `POST /v1/default:batchGet HTTP/1.1\r\n${HOST}${fields}` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
}

const LINES = "Content-Type: application/x-ndjson\r\n";

/** A text of 4 MB that is made of a part, with the rest of JSON around it. */
function filled(before: string, part: string, after: string): string {
  const room = 4 * 1024 * 1024 - before.length - after.length - 1;
  const text = part.repeat(Math.floor(room / part.length));
  return before + text + after;
}

/** Many requests, or as many as 4 MB have room for. */
const pipelined = (request: string) => () =>
  request.repeat(Math.min(MANY, Math.ceil(4e6 / request.length)));

const values = (fields = "") => pipelined(get(TARGET, fields));

/** By what is asked for: the names of `PathKind`. */
export const HTTP: Readonly<Record<string, Worst>> = {
  "GET": { of: ["Value"], sent: values() },
  "HEAD": {
    of: ["Value"],
    sent: pipelined(`HEAD ${TARGET} HTTP/1.1\r\n${HOST}\r\n`),
  },
  "GET of what is not there": {
    of: ["Value"],
    sent: pipelined(get("/v1/default/nope")),
  },
  "GET of long keys": {
    of: ["Value"],
    sent: pipelined(get(`/v1/default/${"k".repeat(FULL)}`)),
  },
  "GET of long keys of escapes": {
    of: ["Value"],
    sent: pipelined(get(`/v1/default/${"%ff".repeat(FULL / 3)}`)),
  },
  "GET of a database that is not there": {
    of: ["Value"],
    sent: pipelined(get(`/v1/${"d".repeat(FULL)}/k`)),
  },
  "GET of a namespace": {
    of: ["Value"],
    sent: pipelined(get("/v1/default/ns/k")),
  },
  "GET of long values": {
    of: ["Value"],
    sent: () => get("/v1/default/long").repeat(100),
  },
  "GET of parts of long values": {
    of: ["Value"],
    sent: pipelined(
      get("/v1/default/long", `Range: bytes=${LONG_VALUE - 9}-\r\n`),
    ),
  },
  "GET of ranges that are none": {
    of: ["Value"],
    sent: values(`Range: bytes=${"9".repeat(FULL - 100)}x\r\n`),
  },
  "GET of what the client has": {
    of: ["Value"],
    sent: values("If-None-Match: *\r\n"),
  },
  "GET with a long list of tags": {
    of: ["Value"],
    sent: values(`If-Match: ${'"a", '.repeat(FULL / 5)}\r\n`),
  },
  "GET with many lists of tags": {
    of: ["Value"],
    sent: values('If-None-Match: "a"\r\n'.repeat(FULL / 20)),
  },
  "GET with a long list of options": {
    of: ["Value"],
    sent: values(`Connection: ${", ".repeat(FULL / 2)}\r\n`),
  },
  "GET with many fields": {
    of: ["Value"],
    sent: values("a:\r\n".repeat(3000)),
  },
  "GET with a long field": {
    of: ["Value"],
    sent: values(`a: ${"b".repeat(FULL)}\r\n`),
  },
  "GET with a body": {
    of: ["Value"],
    sent: () =>
      get(TARGET, "Content-Length: 9999999\r\n") + "x".repeat(9999999),
  },
  "GET with chunks of a byte": {
    of: ["Value"],
    sent: () =>
      get(TARGET, "Transfer-Encoding: chunked\r\n") +
      "1\r\nx\r\n".repeat(500_000),
  },
  "PUT": {
    of: ["Value"],
    sent: pipelined(`PUT ${TARGET} HTTP/1.1\r\n${HOST}\r\n`),
  },
  "OPTIONS": {
    of: ["Value"],
    sent: pipelined(`OPTIONS ${TARGET} HTTP/1.1\r\n${HOST}\r\n`),
  },
  "OPTIONS *": {
    of: ["Nowhere"],
    sent: pipelined(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`),
  },
  "the server": { of: ["Root"], sent: pipelined(get("/")) },
  "the list of databases": { of: ["Databases"], sent: pipelined(get("/v1")) },
  "the description": {
    of: ["Description"],
    sent: pipelined(get("/openapi.json")),
  },
  "what is not there": { of: ["Nowhere"], sent: pipelined(get("/nope")) },
  "a broken escape": { of: ["BadEscape"], sent: pipelined(get("/%")) },
  "a stranger's name": {
    of: ["Value"],
    sent: pipelined(`GET ${TARGET} HTTP/1.1\r\nHost: evil.example\r\n\r\n`),
  },
  "small batches": {
    of: ["Batch"],
    sent: pipelined(post('{"keys":["key-1"]}')),
  },
  "small batches of lines": {
    of: ["Batch"],
    sent: pipelined(post('"key-1"\n', LINES)),
  },
  "a batch of 10,000 keys": {
    of: ["Batch"],
    sent: () => post(`{"keys":[${'"key-1",'.repeat(9999)}"key-1"]}`),
  },
  "a batch of a million keys": {
    of: ["Batch"],
    sent: () => post(filled('{"keys":[', '"",', '""]}')),
  },
  "a batch of objects": {
    of: ["Batch"],
    sent: () => post(filled('{"keys":[', '{"key":"k"},', '"k"]}')),
  },
  "a batch of base64": {
    of: ["Batch"],
    sent: () => post(filled('{"keys":[', '{"keyBase64":"YQ=="},', '"k"]}')),
  },
  "a batch of long keys": {
    of: ["Batch"],
    sent: () =>
      post(filled('{"keys":[', `"${"\\u0001".repeat(9999)}",`, "1]}")),
  },
  "a batch of long values": {
    of: ["Batch"],
    sent: () => post('{"keys":["long","long","long","long","long"]}'),
  },
  "a batch with what does not matter": {
    of: ["Batch"],
    sent: () => post(filled('{"a":[', "[[[[0]]]],", '0],"keys":[]}')),
  },
  "a batch with a long text that does not matter": {
    of: ["Batch"],
    sent: () => post(filled('{"a":"', "a", '","keys":[]}')),
  },
  "a batch in chunks of a byte": {
    of: ["Batch"],
    sent: () =>
      `POST /v1/default:batchGet HTTP/1.1\r\n${HOST}` +
      `Transfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(500_000)}`,
  },
};
