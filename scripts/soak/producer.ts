/**
 * A process that drops a data set for each line that it reads: the number of the
 * data set. It answers each with a line.
 *
 * ```sh
 * producer.ts TEMPLATES DATA_FILE
 * ```
 *
 * @module
 */

import { createHash } from "node:crypto";
import { STORAGES, Template } from "./templates.ts";

const [directory, file] = Deno.args;
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
const templates = STORAGES.map((storage) => new Template(directory, storage));
console.log("ready");
for await (const line of lines) {
  const number = Number(line);
  const bytes = templates[number % templates.length].withNumber(number);
  const sum = createHash("md5").update(bytes).digest("hex");
  await Deno.writeFile(`${file}.new`, bytes);
  await Deno.rename(`${file}.new`, file);
  await Deno.writeTextFile(`${file}.md5`, `${sum}\n`);
  console.log(number);
}
