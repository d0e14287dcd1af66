import { assert, assertFalse } from "@std/assert";
import { KnownPasswords } from "../../src/access/known_passwords.ts";

Deno.test("of each user the last password that was right is known, and no other", () => {
  const known = new KnownPasswords();
  known.add("web", "secret");
  known.add("job", "ö");
  assert(known.has("web", "secret"));
  assert(known.has("job", "ö"));
  for (
    const [name, password] of [
      ["web", "ö"],
      ["web", ""],
      ["job", "secret"],
      ["nobody", "secret"],
      ["", ""],
      ["__proto__", "secret"],
    ]
  ) assertFalse(known.has(name, password), `${name} ${password}`);
  known.add("web", "changed");
  assert(known.has("web", "changed"));
  assertFalse(known.has("web", "secret"));
});

Deno.test("to find that a password is not known takes the same for a name that is", () => {
  const known = new KnownPasswords();
  known.add("web", "secret");
  const timeOf = (name: string) => {
    const begun = performance.now();
    for (let n = 0; n < 500; n++) known.has(name, `guess ${n}`);
    return performance.now() - begun;
  };
  const ratios: number[] = [];
  for (let round = 0; round < 41; round++) {
    ratios.push(timeOf("web") / timeOf("nobody"));
  }
  // Without the work it would be fifty times and more.
  const median = ratios.sort((a, b) => a - b)[20];
  assert(median > 0.5 && median < 2, `${median}`);
});
