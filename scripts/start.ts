/**
 * `deno task start`: serves the sample data set, and says what to try.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { run } from "../src/cli/cli.ts";
import { Signals } from "../src/cli/signals.ts";

console.log(`Serving scripts/sample.json. In another terminal, try:

  printf 'get hoge\\r\\nquit\\r\\n' | nc 127.0.0.1 11211
  printf 'get hoge fuga foo\\r\\nquit\\r\\n' | nc 127.0.0.1 11211
  printf 'stats\\r\\nquit\\r\\n' | nc 127.0.0.1 11211

Ctrl-C stops it.
`);
const sample = fileURLToPath(new URL("./sample.json", import.meta.url));
Deno.exit(await run(["-file", sample, ...Deno.args], new Signals()));
