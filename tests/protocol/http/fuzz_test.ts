/** HTTP, fuzzed in pieces. */

import { dataSet } from "../converse.ts";
import type { Random } from "../differential/random.ts";
import { damaged, fuzz, type Fuzzing } from "../pieces.ts";
import { openHttp } from "./asking.ts";
import { BODIES, FIELDS, HOSTS, LINES } from "./requests.ts";

const handler = {
  current: dataSet({ k: "abc", text: "é鍵\n", bytes: "\xff\0", empty: "" }),
};

const HTTP: Fuzzing = {
  open: () => openHttp({ default: handler }),
  level: (answer) => answer.replace(/^date: .*$/gm, "date"),
};

const ODD = Object.values({ ...LINES, ...FIELDS, ...HOSTS, ...BODIES })
  .filter((request) => request.length < 5000);

const FIELD_LINES = [
  "Host: localhost",
  "Connection: close",
  "Connection: keep-alive",
  "If-None-Match: *",
  'If-Match: "x", "y"',
  "If-Range: x",
  "Range: bytes=0-1",
  "Range: bytes=-1",
  "Range: bytes=9-",
  "Accept: application/x-ndjson",
  "Content-Type: application/json",
  "Content-Type: application/x-ndjson",
  "Content-Encoding: gzip",
  "Expect: 100-continue",
  "Transfer-Encoding: chunked",
  "Content-Length: 3",
  "X: y",
];

const TARGETS = [
  "/v1/default/k",
  "/v1/default/%6b?q",
  "/v1/default/a/b",
  "/v1/default/text",
  "/v1/default/bytes",
  "/v1/default/nope",
  "/v1/default:batchGet",
  "/v1/other/k",
  "/v1",
  "/openapi.json",
  "*",
  "http://localhost/v1/default/k",
];

const METHODS = ["GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "X"];

const KEYS = [
  '"k"',
  '"text"',
  '"bytes"',
  '{"key":"k"}',
  '{"keyBase64":"aw=="}',
];

function chunks(body: string, random: Random): string {
  let text = "";
  for (let at = 0; at < body.length;) {
    const part = body.slice(at, at + 1 + random.below(20));
    text += `${part.length.toString(16)}${random.oneIn(5) ? ";x=y" : ""}\r\n` +
      `${part}\r\n`;
    at += part.length;
  }
  return `${text}0\r\n${random.oneIn(5) ? "X: y\r\n" : ""}\r\n`;
}

function batch(random: Random): string {
  const lines = random.oneIn(2);
  const keys = random.some(0, 5, () => random.pick(KEYS));
  const body = lines ? keys.join("\n") : `{"keys": [${keys}]}`;
  const type = lines ? "application/x-ndjson" : "application/json";
  const head = `POST /v1/default:batchGet HTTP/1.1\r\nHost: localhost\r\n` +
    `Content-Type: ${type}\r\n`;
  return random.oneIn(2)
    ? `${head}Content-Length: ${body.length}\r\n\r\n${body}`
    : `${head}Transfer-Encoding: chunked\r\n\r\n${chunks(body, random)}`;
}

function request(random: Random): string {
  if (random.oneIn(3)) return batch(random);
  const fields = random.some(0, 3, () => `${random.pick(FIELD_LINES)}\r\n`);
  return `${random.pick(METHODS)} ${random.pick(TARGETS)} HTTP/1.1\r\n` +
    `Host: localhost\r\n${fields.join("")}\r\n`;
}

Deno.test("requests in any pieces have one answer, and damaged ones do no harm", () => {
  fuzz("requests", HTTP, (random) =>
    damaged(
      random.some(1, 5, () =>
        random.oneIn(4) ? random.pick(ODD) : request(random)).join(""),
      random,
    ));
  fuzz(
    "requests that are sound",
    HTTP,
    (random) => random.some(1, 5, () => request(random)).join(""),
  );
  fuzz(
    "random characters",
    HTTP,
    (random) =>
      "GET / HTTP/1.1\r\nHost: localhost\r\n" +
      random.text(
        random.below(200),
        "HosTContent-Length:: \t,;chunked019\r\n\r\n\0\xff",
      ),
  );
});
