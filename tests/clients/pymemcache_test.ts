/** pymemcache, from Debian's python3-pymemcache. */

import { assertEquals } from "@std/assert";
import { isInstalled, run, serving } from "./serving.ts";

/** Debian's own Python: others do not have Debian's packages. */
const PYTHON = "/usr/bin/python3";

const SCRIPT = `
import json, sys
from pymemcache.client.base import Client
from pymemcache.client.hash import HashClient
from pymemcache.exceptions import MemcacheClientError

port = int(sys.argv[1])
said = []
for client in (
    Client(("127.0.0.1", port), timeout=5),
    HashClient([("127.0.0.1", port)], timeout=5, retry_attempts=0),
):
    for write in (
        lambda: client.set("hit:k", "x", noreply=False),
        lambda: client.add("w", "x", noreply=False),
        lambda: client.delete("hit:k", noreply=False),
        lambda: client.incr("hit:n", 1),
        lambda: client.touch("hit:k", 1, noreply=False),
    ):
        try:
            write()
            said.append("written")
        except MemcacheClientError as error:
            said.append(str(error))
        said.append(client.get("hit:k").decode())
    client.set("hit:k", "x", noreply=True)
    said.append(client.get("hit:k").decode())
    many = client.get_many(["hit:n", "none", "hit:medium", "hit:lines"])
    said.append({key: len(value) for key, value in many.items()})
    value, cas = client.gets("hit:k")
    said.append([value.decode(), cas.decode()])
    said.append(len(client.get("hit:huge")))
    said.append(client.get("none"))
one = Client(("127.0.0.1", port), timeout=5)
said.append(one.stats()[b"data_format"].decode())
said.append(one.version().decode())
print(json.dumps(said))
`;

Deno.test("pymemcache reads, and goes on after refused writes", async () => {
  if (!await isInstalled(PYTHON, ["-c", "import pymemcache"])) return;
  await serving(async (port) => {
    const ran = await run(PYTHON, ["-c", SCRIPT, String(port)]);
    assertEquals(ran?.errors, "");
    const refused = ["b'read-only'", "abc"];
    const each = [
      ...[refused, refused, refused, refused, refused].flat(),
      "abc",
      { "hit:n": 5, "hit:medium": 300, "hit:lines": 31 },
      ["abc", "1"],
      600_000,
      null,
    ];
    assertEquals(JSON.parse(ran?.out ?? ""), [
      ...each,
      ...each,
      "test",
      "2.0.0",
    ]);
  });
});
