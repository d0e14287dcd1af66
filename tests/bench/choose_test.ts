import { assert } from "@std/assert";
import { uniform, zipf } from "../../src/bench/choose.ts";

const DRAWS = 200_000;

function frequencies(choose: () => number, count: number): number[] {
  const seen = Array<number>(count).fill(0);
  for (let n = 0; n < DRAWS; n++) seen[choose()]++;
  return seen.map((times) => times / DRAWS);
}

for (const exponent of [0.5, 0.99, 1, 1.5]) {
  Deno.test(`with exponent ${exponent}, key n is asked for as Zipf's law says`, () => {
    const count = 50;
    const weights = Array.from(
      { length: count },
      (_, n) => (n + 1) ** -exponent,
    );
    const sum = weights.reduce((a, b) => a + b);
    const seen = frequencies(zipf(count, exponent), count);
    for (const [n, weight] of weights.entries()) {
      const expected = weight / sum;
      // Five standard deviations.
      const allowed = 5 * Math.sqrt(expected * (1 - expected) / DRAWS);
      assert(
        Math.abs(seen[n] - expected) < allowed,
        `${n}: ${seen[n]} instead of ${expected}`,
      );
    }
  });
}

Deno.test("a Zipf choice among ten million keys needs no table", () => {
  const choose = zipf(10_000_000, 0.99);
  let greatest = 0;
  for (let n = 0; n < DRAWS; n++) greatest = Math.max(greatest, choose());
  assert(greatest > 1_000_000 && greatest < 10_000_000, String(greatest));
});

Deno.test("without an exponent all keys are alike", () => {
  for (const share of frequencies(uniform(20), 20)) {
    assert(Math.abs(share - 0.05) < 5 * Math.sqrt(0.05 * 0.95 / DRAWS));
  }
});
