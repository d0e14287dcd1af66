import { assertEquals } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { Client } from "../server/client.ts";
import { inDirectory } from "../temporary.ts";
import { Program } from "./program.ts";
import { connectAndReset } from "./resetting.ts";

/** Were each to delay the next by 50 ms, that would be ten seconds. */
const RESETS = 200;

/** The machine may be busy. */
const MOST_MS = 4000;

for (const transport of epollSupported() ? ["epoll", "deno"] : []) {
  Deno.test(`connections that are reset before they are accepted delay nobody (${transport})`, () =>
    inDirectory(async (directory) => {
      const file = `${directory}/data.json`;
      await Deno.writeTextFile(file, '{"k": "1"}');
      await Deno.utime(file, 0, 0); // nobody is writing it any more
      await using program = await Program.start(
        ...["-file", file, "-workers", "1", "-transport", transport],
      );
      const begun = performance.now();
      connectAndReset(program.port, RESETS);
      const client = await Client.connect(program.port);
      const answer = await client.ask("get k\r\n", "END\r\n");
      const took = performance.now() - begun;
      client.close();
      assertEquals(answer, "VALUE k 0 1\r\n1\r\nEND\r\n");
      assertEquals(took < MOST_MS, true, `${took} ms`);
    }));
}
