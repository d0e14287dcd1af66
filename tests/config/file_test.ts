import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ConfigurationError,
  parseConfiguration,
} from "../../src/config/file.ts";
import { printConfiguration } from "../../src/config/print.ts";
import { jsonSchema } from "../../src/config/schema.ts";
import { SERVE_FLAGS } from "../../src/cli/serve.ts";

const PATH = "/etc/goromdb/goromdb.jsonc";

/** The problems of a file, without its path. */
function problemsOf(text: string): string[] {
  const error: ConfigurationError = assertThrows(
    () => parseConfiguration(text, PATH),
    ConfigurationError,
  );
  return error.problems.map((problem) => {
    assert(problem.startsWith(`${PATH}:`), problem);
    return problem.slice(PATH.length + 1);
  });
}

Deno.test("one database is enough; all else has a value", () => {
  const { databases, listeners, ...rest } = parseConfiguration(
    '{ "databases": { "users": { "file": "users.db" } } }',
    PATH,
  );
  assertEquals(databases.length, 1);
  const [{ name, file, basedir, interval, storage }] = databases;
  assertEquals([name, file, basedir, interval, storage], [
    "users",
    "/etc/goromdb/users.db",
    undefined,
    5000,
    "auto",
  ]);
  assertEquals(listeners.length, 1);
  assertEquals(listeners[0].addr, [{ hostname: "127.0.0.1", port: 11211 }]);
  assertEquals(listeners[0].databases, ["users"]);
  assertEquals(rest, { "log-format": "text" });
});

Deno.test("comments, trailing commas, numbers, arrays and paths are read", () => {
  const { databases, listeners } = parseConfiguration(
    `{
      // two databases
      "$schema": "goromdb.schema.json",
      "databases": {
        "a": { "file": "/a.db", "basedir": "base/a", "warm": true, },
        "b": { "file": "../b.db", "interval": 100, "watch": "sha256" },
      },
      "listeners": [
        { "addr": ["[::1]:1", "unix:run/kv"], "workers": 2 },
        { "addr": ":2,unix:/kv", "databases": ["a"], "workers": "auto" },
      ],
    }`,
    PATH,
  );
  assertEquals(databases.map(({ name }) => name), ["a", "b"]);
  assertEquals(databases[0].basedir, "/etc/goromdb/base/a");
  assertEquals(databases[0].warm, true);
  assertEquals(databases[1].file, "/etc/b.db");
  assertEquals(databases[1].watch, "sha256");
  assertEquals(listeners[0].addr, [
    { hostname: "::1", port: 1 },
    { path: "/etc/goromdb/run/kv" },
  ]);
  assertEquals(listeners[0].workers, 2);
  assertEquals(listeners[0].databases, ["a", "b"]);
  assertEquals(listeners[1].addr, [
    { hostname: "0.0.0.0", port: 2 },
    { path: "/kv" },
  ]);
  assertEquals(listeners[1].databases, ["a"]);
});

Deno.test("every problem is told, with its line, its key and what to do", () => {
  assertEquals(
    problemsOf(`{
  "databases": {
    "users": { "file": "u.db", "intervall": 3 },
    "items": { "watch": "md4" }, "a b": { "file": "c.db" },
    "c": { "file": "c.db", "interval": "often", "warm": "yes" }
  },
  "listeners": [
    { "addr": "nonsense", "workers": 0 },
    { "databases": [], "max-conns": 1.5 }
  ],
  "listener": []
}`).sort(),
    [
      "11: listener: there is no such key; did you mean listeners?",
      "3: databases.users.intervall: there is no such key; did you mean interval?",
      "4: databases.items.watch: it must be simple, md5 or sha256",
      "4: databases.items: the key file is missing",
      "4: databases.a b: a name has 1 to 64 letters, digits, dots, underscores or hyphens",
      "5: databases.c.interval: it must be a number from 10 to 86400000",
      "5: databases.c.warm: it must be true or false",
      '8: listeners[0].addr: "nonsense" is not an address: write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH',
      "8: listeners[0].workers: it must be auto or a number from 1 to 999",
      "9: listeners[1].databases: name one, or leave it out for all",
      "9: listeners[1].max-conns: it must be a number from 1 to 1000000",
    ].sort(),
  );
});

Deno.test("what cannot be together is told", () => {
  assertEquals(
    problemsOf(`{
  "databases": {
    "users": { "file": "u.db", "basedir": "base" },
    "items": { "file": "i.db", "basedir": "base" },
    "others": { "file": "u.db", "keep-previous": true }
  },
  "listeners": [
    { "addr": "127.0.0.1:1" },
    { "addr": ["127.0.0.1:2", "127.0.0.1:1"],
      "databases": ["user", "items", "items"] },
    { "addr": "127.0.0.1:3", "route-separator": "e" }
  ]
}`),
    [
      "4: databases.items.basedir: the database users has /etc/goromdb/base already: give each its own",
      "5: databases.others.keep-previous: it needs a basedir to keep a file in",
      "5: databases.others.file: the database users has /etc/goromdb/u.db already: give each its own",
      '10: listeners[1].databases: there is no database "user"; did you mean users?',
      "10: listeners[1].databases: a database is named twice",
      "9: listeners[1].addr: 127.0.0.1:1 is taken already: give each listener its own",
      '11: listeners[2]: the name users has the route-separator "e" in it',
      '11: listeners[2]: the name items has the route-separator "e" in it',
      '11: listeners[2]: the name others has the route-separator "e" in it',
    ],
  );
});

Deno.test("a file that is not JSON is told by its line", () => {
  assertEquals(problemsOf('{\n  "databases" {}\n}'), [
    "2: not JSON with comments: colon expected",
  ]);
  assertEquals(problemsOf(""), [
    "1: not JSON with comments: value expected",
  ]);
  assertEquals(problemsOf("[]"), ["1: it must be an object"]);
  assertEquals(
    problemsOf(
      '{ "databases": { "a": { "file": "x" },\n "a": { "file": "y" } } }',
    ),
    ["2: databases.a: the key is there twice"],
  );
  assertEquals(
    problemsOf('{ "databases": { "__proto__": { "file": "x" } } }'),
    ["1: databases.__proto__: there can be no such key"],
  );
});

Deno.test("a file that is printed says the same", () => {
  const configuration = parseConfiguration(
    `{
      "databases": {
        "a": { "file": "a.db", "basedir": "base", "keep-previous": true,
               "handler": "namespaced", "ns-separator": "|", "memory": "map" },
        "b": { "file": "b.db", "storage": "sqlite", "table": "t",
               "max-unpacked": "64M" },
        "c": { "file": "c.db", "max-unpacked": 5000 }
      },
      "listeners": [
        { "addr": ["127.0.0.1:1", "unix:s"], "idle-timeout": 5, "workers": 3 },
        { "databases": ["b"], "route-separator": ":", "transport": "deno" }
      ],
      "log-format": "json"
    }`,
    PATH,
  );
  assertEquals(
    configuration.databases.map((database) => database["max-unpacked"]),
    [undefined, 64 * 2 ** 20, 5000],
  );
  const printed = printConfiguration(configuration);
  assertEquals(parseConfiguration(printed, "/elsewhere/f"), configuration);
});

Deno.test("every flag of serve is a key of the schema, with the same help", () => {
  const { properties } = jsonSchema() as { properties: Properties };
  const keys: Properties = {
    ...properties.databases.additionalProperties!.properties,
    ...properties.listeners.items!.properties,
    ...properties,
  };
  for (const [name, { help, choices }] of Object.entries(SERVE_FLAGS)) {
    if (name === "config") continue;
    assertEquals(keys[name]?.description, help, name);
    const { enum: words, anyOf } = keys[name];
    const listed = words ?? anyOf?.find((one) => one.enum)?.enum;
    assertEquals(listed, choices && [...choices], name);
  }
});

interface Property {
  description?: string;
  enum?: string[];
  anyOf?: Property[];
  properties?: Properties;
  additionalProperties?: Property;
  items?: Property;
}

type Properties = Record<string, Property>;
