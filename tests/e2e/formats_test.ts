import { assert, assertEquals } from "@std/assert";
import { fixturePath } from "../fixtures.ts";
import { Client } from "../server/client.ts";
import { filesBelow, inDirectory, until } from "../temporary.ts";
import { Program } from "./program.ts";

/** The same records in every format that a file tells of itself. */
const FILES = [
  "json/flat.json",
  "bdb/bt-4096-small.db",
  "cdb/small.cdb",
  "lmdb/small.mdb",
  "sqlite/text.sqlite",
  "bdb/h-small.db",
  "lmdb/v2-small.mdb",
  "json/flat.json.gz",
];

for (const transport of ["epoll", "deno"]) {
  Deno.test({
    name: `the format changes under traffic, and nobody notices (${transport})`,
    ignore: transport === "epoll" && Deno.build.os !== "linux",
    fn: () =>
      inDirectory(async (directory) => {
        const base = `${directory}/base`, file = `${directory}/data.db`;
        await Deno.mkdir(base);
        await Deno.copyFile(fixturePath(FILES[0]), file);
        await using program = await Program.start(
          ...["-file", file, "-basedir", base, "-watch", "simple"],
          ...["-transport", transport, "-workers", "2", "-memory", "map"],
        );
        await program.line(/serving .*data00\/data.db: 12 keys.* json/);

        let gets = 0, stopped = false;
        const versions = new Set<string>();
        const traffic = Promise.all(Array.from({ length: 4 }, async () => {
          const client = await Client.connect(program.port);
          while (!stopped) {
            const answer = await client.ask("gets hoge foo\r\n", "END\r\n");
            const match =
              /^VALUE hoge 0 5 (\d+)\r\nhoge!\r\nVALUE foo 0 6 (\d+)\r\nfoo!!!\r\nEND\r\n$/
                .exec(answer);
            if (match === null) throw new Error(answer);
            assertEquals(match[1], match[2]); // one data set in one answer
            versions.add(match[1]);
            gets++;
          }
          client.close();
        }));
        for (const [n, name] of FILES.entries()) {
          if (n === 0) continue;
          const before = program.log.length;
          await Deno.copyFile(fixturePath(name), `${file}.new`);
          await Deno.rename(`${file}.new`, file);
          await until(`${name} is served`, () =>
            program.log.slice(before).some((line) =>
              line.includes(": 12 keys")
            ));
        }
        await new Promise((resolve) =>
          setTimeout(resolve, 50)
        );
        stopped = true;
        await traffic;
        assertEquals(versions.size, FILES.length);
        assert(gets > 100, `${gets} gets`);
        assertEquals(await filesBelow(base), [
          "data01/data.db",
          "data01/slot.json",
          "goromdb.lock",
        ]);
        assertEquals(await program.stop(), 0);
        console.log(`${FILES.length} formats, ${gets} gets, no miss`);
      }),
  });
}
