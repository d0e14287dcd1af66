/**
 * `deno task readme`: writes the README's reference of commands and flags from
 * the program's own table.
 *
 * @module
 */

import { COMMANDS, STANDARD_COMMAND } from "../src/cli/commands.ts";
import { describeInMarkdown } from "../src/cli/reference.ts";
import { STORAGE_FLAGS } from "../src/cli/storage_flags.ts";

const path = new URL("../README.md", import.meta.url);
const text = await Deno.readTextFile(path);
const [before, rest] = text.split("<!-- flags: begin -->");
const [, after] = rest.split("<!-- flags: end -->");
await Deno.writeTextFile(
  path,
  `${before}<!-- flags: begin -->\n\n${
    describeInMarkdown(COMMANDS, STANDARD_COMMAND, STORAGE_FLAGS)
  }\n<!-- flags: end -->${after}`,
);
