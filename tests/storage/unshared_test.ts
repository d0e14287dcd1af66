import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { collectGarbage } from "../../src/storage/memory/garbage.ts";
import { libc } from "../../src/storage/memory/libc.ts";
import { unshared } from "../../src/storage/memory/shared.ts";

function shared(length: number, offset = 0): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(offset + length), offset, length);
}

const ignore = libc() === null;

Deno.test({
  name: "unshared bytes are the same bytes",
  ignore,
  fn() {
    const bytes = shared(1000, 100);
    const same = unshared(bytes);
    assert(same.buffer instanceof ArrayBuffer);
    assertEquals(same.length, 1000);
    bytes[0] = 7;
    bytes[999] = 8;
    assertEquals([same[0], same[999]], [7, 8]);
  },
});

Deno.test("what is not shared is left as it is", () => {
  const bytes = new Uint8Array(10);
  assertStrictEquals(unshared(bytes), bytes);
  const empty = shared(0);
  assertStrictEquals(unshared(empty), empty);
});

Deno.test({
  name: "shared memory lives as long as it is referred to unshared",
  ignore,
  async fn() {
    const collected: string[] = [];
    const registry = new FinalizationRegistry((name: string) =>
      collected.push(name)
    );
    const make = (name: string) => {
      const bytes = shared(1 << 20).fill(42);
      registry.register(bytes.buffer, name);
      return unshared(bytes);
    };
    const until = async (count: number) => {
      for (let n = 0; n < 1000 && collected.length < count; n++) {
        collectGarbage();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const places = [make("kept"), make("left")];
    places.pop();
    await until(1);
    assertEquals(collected, ["left"]);
    assert(places[0].every((byte) => byte === 42));
    places.pop();
    await until(2);
    assertEquals(collected, ["left", "kept"]);
  },
});
