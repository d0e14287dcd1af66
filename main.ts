/**
 * The executable: `goromdb`, or `deno run -A jsr:@goromdb/cli`. Imported, it is
 * the library; see `mod.ts`.
 *
 * @module
 */

import { run } from "./src/cli/cli.ts";

export * from "./mod.ts";

if (import.meta.main) Deno.exit(await run(Deno.args));
