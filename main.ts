/**
 * The executable: `goromdb`, or `deno run -A jsr:@goromdb/cli`. The library is
 * `mod.ts`.
 *
 * @module
 */

import { Signals } from "./src/cli/signals.ts";

if (import.meta.main) {
  const signals = new Signals();
  // Not before it listens: loading all modules takes a while.
  const { run } = await import("./src/cli/cli.ts");
  Deno.exit(await run(Deno.args, signals));
}
