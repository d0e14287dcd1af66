/** Whom a request may be meant for. */

import { assertEquals, assertMatch } from "@std/assert";
import { Hosts, HostVerdict } from "../../../src/protocol/http/host.ts";
import { latin1 } from "../converse.ts";
import { askingFor } from "./asking.ts";

function judge(host: string, ...names: string[]): string {
  const bytes = latin1(`(${host})`);
  const verdict = new Hosts(names).judge(bytes, 1, bytes.length - 1);
  return HostVerdict[verdict];
}

Deno.test("an address is known, and localhost, with any port", () => {
  for (
    const host of [
      ...["127.0.0.1", "127.0.0.1:80", "0.0.0.0", "255.255.255.255:65535"],
      ...["[::1]", "[::1]:8080", "[2001:db8::a]", "[::ffff:127.0.0.1]:1"],
      ...["localhost", "localhost:", "LocalHost:80", "localhost."],
    ]
  ) assertEquals(judge(host), "Known", host);
});

Deno.test("a name is a stranger's, also one that looks like an address", () => {
  for (
    const host of [
      ...["", ":80", "example.com", "example.com:80", "localhost.example.com"],
      ...["localhostx", "xlocalhost", "sub.localhost", "localhost..", "."],
      ...[
        "127.0.0.1.example.com",
        "127.0.0.1.nip.io",
        "127.0.0",
        "127.0.0.0.1",
      ],
      ...["256.0.0.1", "127.0.0.1x", "127..0.1", "1.2.3.4.5.", "0x7f.0.0.1"],
      ...["2130706433", "127.1", "a,b", "%31"],
    ]
  ) assertEquals(judge(host), "Foreign", host);
});

Deno.test("what is no host is no name of anybody, also where any will do", () => {
  for (
    const host of [
      ...["a b", "a/b", "a@b", "a?b", "a#b", "a\\b", '"a"', "<a>", "a\tb"],
      ...["localhost:x", "localhost:80:80", "localhost:-1", "::1", "a:b"],
      ...["[::1", "[]", "[::1]x", "[::1]:x", "[g::1]", "[::1]]", "\xe9"],
    ]
  ) {
    assertEquals(judge(host), "Malformed", host);
    assertEquals(judge(host, "*"), "Malformed", host);
  }
});

Deno.test("names can be added: one, all below one, or any", () => {
  const names = ["KV.example.com", "*.internal"];
  for (
    const [host, known] of [
      ["kv.example.com", true],
      ["kv.EXAMPLE.com.:80", true],
      ["example.com", false],
      ["x.kv.example.com", false],
      ["kv.example.com.evil.org", false],
      ["a.internal", true],
      ["a.b.INTERNAL:80", true],
      ["internal", false],
      [".internal", false],
      ["xinternal", false],
      ["a.internal.evil.org", false],
      ["localhost", true],
    ] as const
  ) assertEquals(judge(host, ...names), known ? "Known" : "Foreign", host);
  assertEquals(judge("whatever.example", "*"), "Known");
});

Deno.test("a request for a stranger is told so, before it is known who asks", async () => {
  const ask = askingFor({ k: "1" }, {
    tokens: { allows: () => false },
    hosts: ["kv.example"],
  });
  const headers = (host: string) => ({ headers: { "x-host": host } });
  const foreign = await ask("/v1/db/k", headers("evil.example"));
  assertEquals(foreign.status, 421);
  assertEquals(foreign.headers.get("content-type"), "application/problem+json");
  assertMatch((await foreign.json()).detail, /-http-host NAME/);
  assertEquals((await ask("/v1/db/k", headers("kv.example"))).status, 401);
});
