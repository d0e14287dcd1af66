import { assertEquals } from "@std/assert";
import { parseAddress } from "../../src/server/address.ts";
import { exposureOf } from "../../src/service/exposure.ts";

type Settings = Parameters<typeof exposureOf>[1];

function told(addresses: string, settings: Partial<Settings>) {
  return exposureOf(addresses.split(",").map(parseAddress), {
    proto: "memcached",
    users: undefined,
    tokens: undefined,
    "tls-cert": undefined,
    ...settings,
  });
}

Deno.test("what only this machine reaches is not told of", () => {
  for (
    const addresses of [
      "127.0.0.1:11211",
      "127.8.9.10:11211",
      "[::1]:11211",
      "[::ffff:127.0.0.1]:11211",
      "unix:/run/goromdb.sock",
      "127.0.0.1:1,[::1]:2,unix:3",
    ]
  ) assertEquals(told(addresses, { proto: "resp" }), undefined, addresses);
});

Deno.test("what other machines reach is told with what it lacks, and what to do", () => {
  const users = "users", tokens = "tokens", certificate = "cert";
  const cases: [string, Partial<Settings>, string][] = [
    [
      ":1",
      {},
      "0.0.0.0:1 without a password and without TLS: give -users and -tls-cert",
    ],
    ["[::]:1", { users }, "[::]:1 without TLS: give -tls-cert"],
    [
      "192.0.2.1:1",
      { "tls-cert": certificate },
      "192.0.2.1:1 without a password: give -users",
    ],
    [
      "127.0.0.1:1,10.0.0.1:1,unix:2,[2001:db8::1]:1",
      { "tls-cert": certificate, proto: "resp" },
      "10.0.0.1:1, [2001:db8::1]:1 without a password: give -users",
    ],
    [
      ":1",
      { proto: "http" },
      "0.0.0.0:1 without a token and without TLS: give -tokens and -tls-cert",
    ],
    [":1", { proto: "http", tokens }, "0.0.0.0:1 without TLS: give -tls-cert"],
  ];
  for (const [addresses, settings, expected] of cases) {
    assertEquals(
      told(addresses, settings),
      `other machines can reach ${expected}, or let a firewall keep strangers out`,
    );
  }
  assertEquals(told(":1", { users, "tls-cert": certificate }), undefined);
  const http = { proto: "http", tokens, "tls-cert": certificate } as const;
  assertEquals(told(":1", http), undefined);
});
