import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DescriptorLimitError,
  shareDescriptors,
} from "../../src/server/descriptor_limit.ts";

const one = (threads: number | "auto", maxConnections: number) => [{
  threads,
  maxConnections,
}];

Deno.test("with files enough, listeners have what they are set to", () => {
  for (const limit of [Infinity, 1_048_576, 20_000]) {
    assertEquals(shareDescriptors(limit, one("auto", 1024), 8), [
      { threads: "auto", maxConnections: 1024 },
    ]);
  }
});

Deno.test("connections leave the files that threads and loads need", () => {
  const [share] = shareDescriptors(1024, one(4, 1024), 4);
  assertEquals(share.threads, 4);
  assert(share.maxConnections <= 1024 - 30 - 4 * 10 - 14);
  assert(share.maxConnections > 900);
});

Deno.test("listeners share connections in proportion to their settings", () => {
  const shares = shareDescriptors(
    500,
    [...one(1, 3000), ...one(1, 1000)],
    2,
  );
  assertEquals(
    Math.round(shares[0].maxConnections / shares[1].maxConnections),
    3,
  );
});

Deno.test("threads become fewer only where their number was left open", () => {
  assertEquals(shareDescriptors(64, one("auto", 1024), 16)[0].threads, 1);
  assertThrows(
    () => shareDescriptors(64, one(16, 1024), 16),
    DescriptorLimitError,
    "may open 64 files, and needs 212 at least",
  );
});
