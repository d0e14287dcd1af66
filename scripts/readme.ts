/**
 * `deno task readme`: writes the README's table of flags from the program's own.
 *
 * @module
 */

import { describeFlagsInMarkdown } from "../src/cli/flags.ts";
import { SERVE_FLAGS } from "../src/cli/serve.ts";

const path = new URL("../README.md", import.meta.url);
const text = await Deno.readTextFile(path);
const [before, rest] = text.split("<!-- flags: begin -->");
const [, after] = rest.split("<!-- flags: end -->");
await Deno.writeTextFile(
  path,
  `${before}<!-- flags: begin -->\n\n${
    describeFlagsInMarkdown(SERVE_FLAGS)
  }\n<!-- flags: end -->${after}`,
);
