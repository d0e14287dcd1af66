/** memcached, from npm: the text protocol. */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { run, serving } from "./serving.ts";

Deno.test("node's memcached reads, and goes on after refused writes", () =>
  serving(async (port) => {
    const script = fileURLToPath(new URL("node_memcached.ts", import.meta.url));
    const flags = ["run", "-A", "--no-check", "--unsafe-proto"];
    const ran = await run(Deno.execPath(), [...flags, script, String(port)]);
    assertEquals(ran?.code, 0, ran?.errors);
    const refused = ["read-only", "abc"];
    assertEquals(JSON.parse(ran?.out ?? ""), [
      "abc",
      "a miss",
      ...[refused, refused, refused, refused, refused, refused].flat(),
      { "hit:k": "abc", "hit:n": "12345" },
      { "hit:k": "abc", cas: "1" },
    ]);
  }));
