import { assert, assertEquals } from "@std/assert";
import { TokenBuckets } from "../../src/access/token_buckets.ts";

Deno.test("a bucket has a burst, then so much a second, and each key its own", () => {
  let now = 0;
  const buckets = new TokenBuckets({ burst: 3, perSecond: 2, now: () => now });
  assertEquals(buckets.take("a", 2), 0);
  assertEquals(buckets.take("a", 1), 0);
  assertEquals(buckets.take("a", 1), 0.5, "seconds to wait");
  assertEquals(buckets.take("b", 3), 0, "another's are not touched");
  now += 500;
  assertEquals(buckets.take("a", 1), 0);
  now += 60_000;
  assertEquals(buckets.take("a", 3), 0);
  assertEquals(buckets.take("a", 1), 0.5, "no more than a burst is saved");
  buckets.give("a", 100);
  assertEquals(buckets.take("a", 4), 0.5, "nor given back");
});

Deno.test("many keys take no more memory, and do not free one that is used", () => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0, now: () => 0 });
  for (let n = 0; n < 50_000; n++) {
    buckets.take(`2001:db8:0:${n.toString(16)}::/64`, 1);
    buckets.take("192.0.2.1", 1);
  }
  assert(buckets.size <= 10_000, `${buckets.size}`);
  assert(buckets.take("192.0.2.1", 1) > 0);
});
