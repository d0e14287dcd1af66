import { assert, assertEquals, assertThrows } from "@std/assert";
import type { DataSet } from "../../src/handler/data_set.ts";
import type { Handler } from "../../src/handler/handler.ts";
import { Multiplexer } from "../../src/handler/multiplexer.ts";
import { Value } from "../../src/storage/storage.ts";
import { dataSet, fromLatin1, latin1 } from "../protocol/converse.ts";

/** A handler whose data set can be changed. */
class Changing implements Handler {
  current: DataSet | undefined;

  constructor(records?: Record<string, string>, sum?: string) {
    if (records !== undefined) this.serve(records, sum);
  }

  serve(records: Record<string, string>, sum?: string): void {
    const former = this.current;
    this.current = dataSet(records, sum);
    former?.retire();
  }
}

function get(handler: Handler, key: string): string | undefined {
  // The key stands among others, as it does in a request.
  const bytes = latin1(`<<${key}>>`);
  const value = new Value();
  const { snapshot } = handler.current!;
  if (!snapshot.find(bytes, 2, bytes.length - 2, value)) return undefined;
  return fromLatin1(value.bytes.subarray(value.start, value.end));
}

Deno.test("the first separator parts the name of a database and a key", () => {
  const routes = new Multiplexer()
    .register("a", new Changing({ k: "1", "x/y": "2", "": "3" }))
    .register("ab", new Changing({ k: "4" }));
  assertEquals(get(routes, "a/k"), "1");
  assertEquals(get(routes, "a/x/y"), "2");
  assertEquals(get(routes, "ab/k"), "4");
  for (const miss of ["", "k", "a", "/k", "a:k", "b/k", "abc/k", "A/k"]) {
    assertEquals(get(routes, miss), undefined, miss);
  }
});

Deno.test("another separator may be chosen", () => {
  const routes = new Multiplexer(":").register("a", new Changing({ k: "1" }));
  assertEquals(get(routes, "a:k"), "1");
  assertEquals(get(routes, "a/k"), undefined);
  assertThrows(() => routes.register("b:c", new Changing()), RangeError);
  assertThrows(() => new Multiplexer("::"), RangeError);
});

Deno.test("a database without data is a miss, and all without are no data", () => {
  const a = new Changing(), b = new Changing();
  const routes = new Multiplexer().register("a", a).register("b", b);
  assertEquals(routes.current, undefined);
  b.serve({ k: "1" });
  assertEquals(get(routes, "b/k"), "1");
  assertEquals(get(routes, "a/k"), undefined);
});

Deno.test("the data set is another one as soon as a part changes, with another version", () => {
  const a = new Changing({ k: "1" }, "1".repeat(32));
  const b = new Changing({ k: "1" }, "1".repeat(32));
  const routes = new Multiplexer().register("a", a).register("b", b);
  const before = routes.current!;
  assert(routes.current === before);
  assertEquals(before.retiredAt, 0);
  b.serve({ k: "2" }, "2".repeat(32));
  assert(routes.current !== before);
  assertEquals(get(routes, "b/k"), "2");
  assert(fromLatin1(before.version) !== fromLatin1(routes.current!.version));
  // Who holds the old one is told that it has been replaced.
  assert(before.retiredAt > 0);
});

Deno.test("to hold it holds the parts", async () => {
  const a = new Changing({ k: "1" });
  const routes = new Multiplexer().register("a", a)
    .register("b", new Changing({ k: "2" }));
  const held = routes.current!;
  const part = a.current!;
  held.hold();
  a.serve({ k: "3" });
  let released = false;
  part.released.then(() => released = true);
  await Promise.resolve();
  assertEquals(released, false);
  held.release();
  await part.released;
});

Deno.test("entries and figures are those of all parts", () => {
  const routes = new Multiplexer()
    .register("a", new Changing({ k: "1", l: "2" }))
    .register("b", new Changing({ k: "3" }));
  const { snapshot, facts } = routes.current!;
  const entries = [...snapshot.entries()].map(({ key, value }) =>
    `${fromLatin1(key)}=${fromLatin1(value)}`
  );
  assertEquals(entries.sort(), ["a/k=1", "a/l=2", "b/k=3"]);
  assertEquals(snapshot.count(), 3);
  assertEquals(facts.keys, 3);
  assertEquals([...snapshot.check()], []);
});

Deno.test("what is looked up ahead is what is looked up", () => {
  const asked: string[] = [];
  const spied = new Changing({ k: "1" });
  spied.current!.snapshot.prefetch = (bytes, spans, count) => {
    for (let n = 0; n < count; n++) {
      asked.push(fromLatin1(bytes.subarray(spans[n * 2], spans[n * 2 + 1])));
    }
  };
  const routes = new Multiplexer().register("a", new Changing({ k: "1" }))
    .register("spied", spied);
  const text = "spied/one a/k none spied/two";
  const spans: number[] = [];
  for (const { index, 0: word } of text.matchAll(/\S+/g)) {
    spans.push(index, index + word.length);
  }
  const { snapshot } = routes.current!;
  snapshot.prefetch!(latin1(text), Int32Array.from(spans), spans.length / 2);
  assertEquals(asked, ["one", "two"]);
});
