/** Files that are served where they lie, and what their producers do to them. */

import { assertEquals } from "@std/assert";
import { Client } from "../server/client.ts";
import { inDirectory, md5, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { Program } from "./program.ts";

const json = (value: string) => JSON.stringify({ n: value });

/** Ways to write other content into a file, with its size and times as before. */
const WAYS: Record<string, (from: string, to: string) => boolean> = {
  "cp --preserve": (from, to) => works("cp", "--preserve", from, to),
  "rsync --inplace": (from, to) =>
    works("rsync", "--times", "--inplace", "--ignore-times", from, to),
  "touch --reference": (from, to) =>
    works("dd", `if=${from}`, `of=${to}`, "conv=notrunc") &&
    works("touch", "--reference", from, to),
};

for (const [way, overwrite] of Object.entries(WAYS)) {
  for (const watch of ["simple", "md5"]) {
    Deno.test(`in place, ${watch}: ${way} is noticed`, () =>
      inDirectory(async (directory) => {
        const file = `${directory}/data.json`, next = `${directory}/next`;
        for (const [path, value] of [[file, "one"], [next, "two"]]) {
          await Deno.writeTextFile(path, json(value));
          await Deno.utime(path, 1_000_000, 1_000_000);
        }
        await Deno.writeTextFile(`${file}.md5`, md5(json("one")));
        await using program = await Program.start(
          ...["-file", file, "-watch", watch, "-interval", "100"],
        );
        const client = await Client.connect(program.port);
        const served = async (value: string) =>
          (await client.ask("get n\r\n", "END\r\n"))
            .includes(`\r\n${value}\r\n`);
        await until("one is served", () => served("one"));
        const before = await Deno.stat(file);
        if (!overwrite(next, file)) {
          client.close();
          console.log(`skipped: ${way.split(" ")[0]} is not there`);
          return;
        }
        await Deno.writeTextFile(`${file}.md5`, md5(json("two")));
        const after = await Deno.stat(file);
        assertEquals(
          [after.ino, after.size, after.mtime],
          [before.ino, before.size, before.mtime],
        );
        await until("two is served", () => served("two"));
        client.close();
        await program.stop();
      }));
  }
}
