/** A short form of `deno task soak`. */

import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { counted } from "../figures.ts";

const script = fileURLToPath(new URL("../../scripts/soak.ts", import.meta.url));

Deno.test({
  name: "under load no reply mixes data sets, and none is of an older one",
  ignore: Deno.build.os !== "linux" ||
    Deno.env.get("GOROMDB_EXECUTABLE") !== undefined, // it runs the source
  async fn() {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", script, "-seconds", "5", "-size", "8"],
        ...["-pause", "100", "-load", "30", "-connections", "4"],
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    const text = decoder.decode(stdout);
    console.log(text);
    assertEquals([code, decoder.decode(stderr)], [0, ""]);
    const figures = (name: string) =>
      [...text.matchAll(new RegExp(`^\\| ${name} \\| (\\d+)`, "gm"))].map(
        ([, figure]) => Number(figure),
      );
    assertEquals(figures("replies of two data sets"), [0, 0]);
    assertEquals(figures("replies of an older data set"), [0, 0]);
    assertEquals(figures("replies without a value"), [0, 0]);
    for (const swaps of figures("swaps")) {
      assert(swaps >= 2, `${swaps} swaps`);
      counted("swaps under load", swaps);
    }
    for (const requests of figures("requests")) {
      counted("requests meanwhile, each value looked at", requests);
    }
  },
});
