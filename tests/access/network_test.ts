import { assertEquals } from "@std/assert";
import { networkOf, plainAddress } from "../../src/access/network.ts";

Deno.test("a network is an IPv4 address, or the first 64 bits of an IPv6 address", () => {
  const networks = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::1": "0:0:0:0::/64",
    "::": "0:0:0:0::/64",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8:1:2::9": "2001:db8:1:2::/64",
    "2001:db8::3:4:5:6": "2001:db8:0:0::/64",
    "2001:db8::": "2001:db8:0:0::/64",
    "fe80::a:b:c:d": "fe80:0:0:0::/64",
    "unix": "unix",
    "unknown": "unknown",
  };
  for (const [address, network] of Object.entries(networks)) {
    assertEquals(networkOf(address), network, address);
  }
});

Deno.test("an IPv4 address on an IPv6 socket is told as what it is", () => {
  assertEquals(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(plainAddress("2001:db8::1"), "2001:db8::1");
});
