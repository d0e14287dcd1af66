import { assertEquals } from "@std/assert";
import { Figures } from "../../scripts/torture/figures.ts";

Deno.test("figures of several rounds are added up, and of the worst the worst is kept", () => {
  const figures = new Figures();
  figures.read(
    "running\nfigure: mutants of cdb = 1500\nfigure: p99 = 3.4 ms at most\n",
  );
  figures.read(
    "figure: mutants of cdb = 1500\nno figure: x = 1\nfigure: p99 = 2.0 ms at most\n",
  );
  assertEquals(
    figures.table(),
    [
      "| what | figure |",
      "| --- | ---: |",
      "| mutants of cdb | 3,000 |",
      "| p99 | 3.4 ms at most |",
    ].join("\n"),
  );
});
