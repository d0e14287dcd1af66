import { assert, assertEquals, assertMatch } from "@std/assert";
import type { DataSet } from "../../../src/handler/data_set.ts";
import { dataSet } from "../converse.ts";
import { asking, askingFor, fields, namespacedDataSet, SUM } from "./asking.ts";

Deno.test("the databases are listed, with what each serves", async () => {
  const ask = asking({
    users: { current: dataSet({ k: "1" }) },
    items: { current: await namespacedDataSet({ ns: { k: "1" } }) },
    later: { current: undefined },
  });
  const response = await ask("/v1");
  assertEquals(fields(response, "content-type"), ["application/json"]);
  const { databases } = await response.json();
  assertEquals(databases.length, 3);
  assertEquals(databases[0], {
    name: "users",
    loaded: true,
    storage: "json",
    namespaces: false,
    keys: 1,
    size: 1,
    sum: SUM,
    openedAt: "1970-01-01T00:00:00.000Z",
  });
  assertEquals([databases[1].name, databases[1].namespaces], ["items", true]);
  assertEquals(databases[2], { name: "later", loaded: false });
});

Deno.test("what is not there is a problem, and what is not done says what is", async () => {
  const ask = askingFor({});
  for (
    const [method, path, status, allow] of [
      ["GET", "/v1/db", 404, null],
      ["GET", "/v2/db/k", 404, null],
      ["POST", "/v1/db:other", 404, null],
      ["POST", "/v1", 405, "GET, HEAD, OPTIONS"],
      ["DELETE", "/openapi.json", 405, "GET, HEAD, OPTIONS"],
      ["PUT", "/v1/db:batchGet", 405, "POST, OPTIONS"],
    ] as const
  ) {
    const response = await ask(path, { method });
    assertEquals([response.status, ...fields(response, "allow")], [
      status,
      allow,
    ]);
    assertEquals((await response.json()).status, status);
  }
});

Deno.test("OPTIONS tells what can be done with what there is", async () => {
  const ask = askingFor({});
  const method = "OPTIONS";
  for (
    const [path, allow] of [
      ["/v1", "GET, HEAD, OPTIONS"],
      ["/openapi.json", "GET, HEAD, OPTIONS"],
      ["/v1/db/k", "GET, HEAD, OPTIONS"],
      ["/v1/db/ns/k", "GET, HEAD, OPTIONS"],
      ["/v1/db:batchGet", "POST, OPTIONS"],
    ]
  ) {
    const response = await ask(path, { method });
    assertEquals(
      [response.status, ...fields(response, "allow", "content-length")],
      [204, allow, null],
    );
  }
  assertEquals((await ask("/nope", { method })).status, 404);
});

Deno.test("who asks the server as such is told whether there are data", async () => {
  const users: { current: DataSet | undefined } = { current: undefined };
  const ask = asking({ users, items: { current: dataSet({}) } });
  for (const method of ["GET", "HEAD"]) {
    const early = await ask("/", { method });
    assertEquals([early.status, ...fields(early, "retry-after")], [503, "5"]);
  }
  users.current = dataSet({});
  const response = await ask("/");
  assertEquals(response.status, 200);
  assertEquals(fields(response, "content-type", "cache-control"), [
    "application/json",
    "no-store",
  ]);
  assertEquals(await response.json(), {
    name: "goromdb",
    version: "9.9.9",
    api: "/openapi.json",
  });
  assertEquals((await ask("/", { method: "HEAD" })).status, 200);
  assertEquals((await ask("/?from=probe")).status, 200);
  assertEquals((await ask("/", { method: "OPTIONS" })).status, 204);
  assertEquals((await ask("/", { method: "POST" })).status, 405);
});

Deno.test("every path and method of the description is served", async () => {
  const ask = asking({
    db: { current: await namespacedDataSet({ ns: { k: "1" } }) },
  });
  const response = await ask("/openapi.json");
  assertEquals(fields(response, "content-type"), ["application/json"]);
  const { openapi, info, paths, components } = await response.json();
  assertMatch(openapi, /^3\.1\.\d+$/);
  assertEquals(info.version, "9.9.9");
  assertEquals("securitySchemes" in components, false);

  let operations = 0;
  for (
    const [template, item] of Object.entries<Record<string, Operation>>(paths)
  ) {
    const path = template.replace("{database}", "db")
      .replace("{namespace}", "ns")
      .replace("{key}", template.includes("{namespace}") ? "k" : "ns:k");
    for (const [method, operation] of Object.entries(item)) {
      if (method === "parameters") continue;
      operations++;
      const answer = await ask(path, {
        method: method.toUpperCase(),
        ...(method === "post"
          ? {
            body: '{"keys": ["ns:k"]}',
            headers: { "content-type": "application/json" },
          }
          : {}),
      });
      assertEquals(answer.status, 200, `${method} ${path}`);
      const [kind] = (answer.headers.get("content-type") ?? "").split(";");
      const described = operation.responses["200"];
      if (described.content) {
        assert(kind in described.content, `${kind} of ${path}`);
      }
      for (const name of Object.keys(described.headers ?? {})) {
        assert(answer.headers.has(name), `${name} of ${path}`);
      }
      await answer.body?.cancel();
    }
  }
  assertEquals(operations, 8);
});

Deno.test("the parts that the description names are in it", async () => {
  const text = await (await askingFor({})("/openapi.json")).text();
  const { components, paths } = JSON.parse(text);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert(name in components.schemas, name);
  }
  const names: string[] = [];
  for (const [path, item] of Object.entries<Record<string, Operation>>(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (method === "parameters") continue;
      names.push(operation.operationId);
    }
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = (item.parameters ?? []) as unknown as Parameter[];
    assertEquals(parameters.map(({ name }) => name), inPath);
  }
  assertEquals(new Set(names).size, names.length);
});

Deno.test("the description tells the media type of the values, and of tokens", async () => {
  const ask = askingFor({}, {
    contentType: "image/png",
    tokens: { allows: () => true },
  });
  const init = { headers: { authorization: "Bearer t" } };
  const { paths, components } = await (await ask("/openapi.json", init)).json();
  const { get } = paths["/v1/{database}/{key}"];
  assertEquals(Object.keys(get.responses["200"].content), ["image/png"]);
  assertEquals(components.securitySchemes.token.scheme, "bearer");
});

Deno.test("without a token that may ask nothing is answered", async () => {
  const asked: string[] = [];
  const ask = askingFor({ k: "1" }, {
    tokens: {
      allows(token) {
        asked.push(token);
        return token === "good-token==";
      },
    },
  });
  const challenge = 'Bearer realm="goromdb"';
  for (
    const path of ["/v1/db/k", "/v1", "/openapi.json", "/nope", "/v1/db/%"]
  ) {
    const without = await ask(path);
    assertEquals(
      [without.status, ...fields(without, "www-authenticate", "content-type")],
      [401, challenge, "application/problem+json"],
    );
    await without.body?.cancel();
  }
  assertEquals(asked, []);
  for (
    const authorization of [
      "Bearer bad",
      "Bearer",
      "Basic good-token==",
      "Bearer good-token== x",
      "good-token==",
    ]
  ) {
    const refused = await ask("/v1/db/k", { headers: { authorization } });
    assertEquals([refused.status, ...fields(refused, "www-authenticate")], [
      401,
      `${challenge}, error="invalid_token"`,
    ]);
    await refused.body?.cancel();
  }
  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    const headers = { authorization: `${scheme} good-token==` };
    assertEquals(await (await ask("/v1/db/k", { headers })).text(), "1");
  }
});

/** As much of an operation as is looked at. */
interface Operation {
  operationId: string;
  responses: Record<
    string,
    { content?: Record<string, unknown>; headers?: Record<string, unknown> }
  >;
}

/** As much of a parameter. */
interface Parameter {
  name: string;
}
