/** Pages of other origins, as browsers ask for them. */

import { assertEquals, assertMatch } from "@std/assert";
import { askingFor, fields } from "./asking.ts";

const APP = "https://app.example.com";
const PREFLIGHT = { "access-control-request-method": "GET" };

const named = ["access-control-allow-origin", "vary"];

Deno.test("without being told so, no page of another origin may read", async () => {
  const ask = askingFor({ k: "1" });
  const headers = { origin: APP };
  assertEquals(fields(await ask("/v1/db/k", { headers }), ...named), [
    null,
    null,
  ]);
  const preflight = await ask("/v1/db/k", {
    method: "OPTIONS",
    headers: { ...headers, ...PREFLIGHT },
  });
  assertEquals([preflight.status, ...fields(preflight, ...named)], [
    204,
    null,
    null,
  ]);
});

Deno.test("pages of the origins that may read are told so, whatever the answer", async () => {
  const other = "http://localhost:3000";
  const ask = askingFor({ k: "1" }, { corsOrigins: [APP, other] });
  for (const path of ["/v1/db/k", "/v1/db/nope", "/v1", "/nope", "/"]) {
    for (
      const [origin, allowed] of [
        [APP, APP],
        [other, other],
        ["https://evil.example", null],
        [`${APP}.evil.example`, null],
        ["null", null],
      ]
    ) {
      const headers = { origin: origin! };
      const response = await ask(path, { headers });
      assertEquals(fields(response, ...named), [allowed, "origin"]);
      await response.body?.cancel();
    }
    // A cache must not give this answer to a page of another origin.
    assertEquals(fields(await ask(path), ...named), [null, "origin"]);
  }
});

Deno.test("every page may read, if that is wanted, and sees the tag", async () => {
  const ask = askingFor({ k: "1" }, { corsOrigins: ["*"] });
  const headers = { origin: APP, "if-none-match": "*" };
  const response = await ask("/v1/db/k", { headers });
  assertEquals([response.status, ...fields(response, ...named)], [
    304,
    "*",
    null,
  ]);
  const [exposed] = fields(response, "access-control-expose-headers");
  assertMatch(exposed!, /\betag\b/);
});

Deno.test("a browser that asks before it sends is answered without a token", async () => {
  const ask = askingFor({ k: "1" }, {
    corsOrigins: [APP],
    tokens: { allows: () => false },
  });
  const headers = {
    origin: APP,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  const preflight = await ask("/v1/db:batchGet", {
    method: "OPTIONS",
    headers,
  });
  assertEquals([preflight.status, ...fields(preflight, ...named)], [
    204,
    APP,
    "origin",
  ]);
  const [methods, names, age] = fields(
    preflight,
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
  );
  assertMatch(methods!, /\bPOST\b/);
  assertMatch(names!, /\bauthorization\b[^]*\bcontent-type\b/);
  assertEquals(age, "86400");
  const refused = await ask("/v1/db/k", { headers: { origin: APP } });
  assertEquals([refused.status, ...fields(refused, ...named)], [
    401,
    APP,
    "origin",
  ]);
});
