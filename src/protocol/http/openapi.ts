/**
 * The description of the HTTP interface, in OpenAPI 3.1.
 *
 * @module
 */

import { LARGEST_BATCH, MOST_KEYS } from "./batch/batch_request.ts";

/** An object of a description. */
type Part = Readonly<Record<string, unknown>>;

/**
 * Describes the interface.
 *
 * @param version this program's version.
 * @param contentType what the values are, as a media type.
 * @param secured whether a bearer token is wanted.
 */
export function describeApi(
  version: string,
  contentType: string,
  secured: boolean,
): Part {
  return {
    openapi: "3.1.0",
    info: {
      title: "GOROMDB",
      version,
      summary: "A read-only key/value server over a file-based database",
      license: { name: "Unlicense", identifier: "Unlicense" },
    },
    servers: [{ url: "/" }],
    security: secured ? [{ token: [] }] : [],
    paths: {
      "/": { get: ROOT },
      "/v1": { get: LIST },
      "/v1/{database}/{key}": valuePath(
        "getValue",
        [DATABASE, KEY],
        contentType,
      ),
      "/v1/{database}/{namespace}/{key}": valuePath(
        "getValueOfNamespace",
        [DATABASE, NAMESPACE, KEY],
        contentType,
      ),
      "/v1/{database}:batchGet": { parameters: [DATABASE], post: BATCH },
      "/openapi.json": {
        get: {
          operationId: "describe",
          summary: "This description",
          responses: {
            200: json("The description", { type: "object" }),
            ...COMMON,
          },
        },
      },
    },
    components: {
      schemas: SCHEMAS,
      ...(secured
        ? { securitySchemes: { token: { type: "http", scheme: "bearer" } } }
        : {}),
    },
  };
}

const DATABASE = parameter("database", "path", "the name of a database");
const NAMESPACE = parameter(
  "namespace",
  "path",
  "a namespace, as percent-encoded bytes",
);
const KEY = parameter(
  "key",
  "path",
  "a key, as percent-encoded bytes: any byte, a slash as %2F; batchGet takes the keys . and .., which clients take for directories",
);

const COMMON = {
  "4XX": problem("What is wrong with the request, as a problem (RFC 9457)"),
  "5XX": problem("What is wrong with the server, likewise"),
};

const ETAG = {
  ETag: {
    description: "the sum of the data set, which changes when the data do",
    schema: { type: "string" },
  },
};

const ROOT = {
  operationId: "getServer",
  summary: "Whether all databases have data",
  responses: {
    200: json("They have", {
      type: "object",
      required: ["name", "version", "api"],
      properties: {
        name: { type: "string" },
        version: { type: "string" },
        api: { type: "string", description: "where this description is" },
      },
    }),
    ...COMMON,
  },
};

const LIST = {
  operationId: "listDatabases",
  summary: "The databases, and what each serves",
  responses: {
    200: json("The databases", {
      type: "object",
      required: ["databases"],
      properties: { databases: { type: "array", items: ref("Database") } },
    }),
    ...COMMON,
  },
};

const BATCH = {
  operationId: "batchGet",
  summary: "The values of many keys, in their order, from one data set",
  description:
    `At most ${MOST_KEYS} keys in ${LARGEST_BATCH} bytes. The answer is of the kind that Accept names, or that was sent.`,
  requestBody: {
    required: true,
    content: {
      "application/json": {
        schema: {
          type: "object",
          required: ["keys"],
          properties: {
            keys: { type: "array", maxItems: MOST_KEYS, items: ref("Key") },
          },
        },
      },
      "application/x-ndjson": { schema: ref("Key") },
    },
  },
  responses: {
    200: {
      description: "A result for each key, also for those that are not there",
      headers: ETAG,
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["dataSet", "results"],
            properties: {
              dataSet: { type: "string", description: "its sum" },
              results: { type: "array", items: ref("Result") },
            },
          },
        },
        "application/x-ndjson": { schema: ref("Result") },
      },
    },
    ...COMMON,
  },
};

const BASE64 = { type: "string", contentEncoding: "base64" };

const NAMESPACED = {
  namespace: { type: "string" },
  namespaceBase64: BASE64,
};

const SCHEMAS = {
  Database: {
    type: "object",
    required: ["name", "loaded"],
    properties: {
      name: { type: "string" },
      loaded: { type: "boolean", description: "whether it has data yet" },
      storage: { type: "string", description: "the format of the file" },
      namespaces: { type: "boolean" },
      keys: { type: "integer", description: "where that is known" },
      size: { type: "integer", description: "of the file, in bytes" },
      sum: { type: "string", description: "of the file" },
      openedAt: { type: "string", format: "date-time" },
    },
  },
  Key: {
    oneOf: [
      { type: "string" },
      named("key", { key: { type: "string" } }),
      named("keyBase64", { keyBase64: BASE64 }),
    ],
  },
  Result: {
    type: "object",
    description: "The key as it was sent, and its value",
    required: ["found"],
    properties: {
      key: { type: "string" },
      keyBase64: BASE64,
      ...NAMESPACED,
      found: { type: "boolean" },
      value: { type: "string", description: "where it is UTF-8" },
      valueBase64: {
        type: "string",
        contentEncoding: "base64",
        description: "where it is not",
      },
    },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status", "detail"],
    properties: {
      type: { type: "string", format: "uri-reference" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
    },
  },
};

/** The operations on a value. */
function valuePath(
  operationId: string,
  parameters: Part[],
  contentType: string,
): Part {
  const conditions = [
    parameter("If-None-Match", "header", "304 if the data are still these"),
    parameter("If-Match", "header", "412 if the data are not these"),
  ];
  const partly = [
    parameter("Range", "header", "a part of the value, as bytes=FIRST-LAST"),
    parameter("If-Range", "header", "the whole if the data are not these"),
  ];
  const bytes = { [contentType]: {} };
  const unchanged = {
    304: { description: "The data have not changed", headers: ETAG },
  };
  return {
    parameters,
    get: {
      operationId,
      summary: "A value",
      parameters: [...conditions, ...partly],
      responses: {
        200: { description: "The value", headers: ETAG, content: bytes },
        206: { description: "A part of it", headers: ETAG, content: bytes },
        ...unchanged,
        ...COMMON,
      },
    },
    head: {
      operationId: `${operationId}Head`,
      summary: "Whether there is a value, and how long it is",
      parameters: conditions,
      responses: {
        200: { description: "It is there", headers: ETAG },
        ...unchanged,
        ...COMMON,
      },
    },
  };
}

function parameter(name: string, place: string, description: string): Part {
  const schema = { type: "string" };
  return { name, in: place, required: place === "path", description, schema };
}

/** A key that is an object. */
function named(key: string, properties: Part): Part {
  return {
    type: "object",
    required: [key],
    properties: { ...properties, ...NAMESPACED },
  };
}

function problem(description: string): Part {
  const content = { "application/problem+json": { schema: ref("Problem") } };
  return { description, content };
}

function json(description: string, schema: Part): Part {
  return { description, content: { "application/json": { schema } } };
}

function ref(name: string): Part {
  return { $ref: `#/components/schemas/${name}` };
}
