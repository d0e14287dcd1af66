/** A process that has no descriptors left: those who are there are served. */

import { assertEquals } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { run } from "../clients/serving.ts";
import { Client } from "../server/client.ts";
import { inDirectory, until } from "../temporary.ts";
import { Program } from "./program.ts";

const HIT = "VALUE k 0 1\r\n1\r\nEND\r\n";

/** How many more files the process may open when it is short of them. */
const LEFT = 10;

const ignore = Deno.build.os !== "linux" ||
  await run("prlimit", ["--version"]) === undefined;
if (ignore) console.log("skipped: it takes Linux and prlimit");

for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
  Deno.test({
    name: `where descriptors run out no thread ends (${transport})`,
    ignore,
    fn: () =>
      inDirectory(async (directory) => {
        const file = `${directory}/data.json`;
        await Deno.writeTextFile(file, '{"k":"1"}');
        await using program = await Program.startIn(
          {},
          ...["-addr", "127.0.0.1:0,127.0.0.1:0", "-file", file],
          ...["-transport", transport, "-workers", "2"],
        );
        await program.line(/serving/);
        const line = await program.line(/listening on/);
        const ports = [...line.matchAll(/127\.0\.0\.1:(\d+)/g)]
          .map(([, port]) => Number(port));
        const witness = await Client.connect(ports[0]);
        assertEquals(await witness.ask("get k\r\n", "END\r\n"), HIT);

        const open = (await Array.fromAsync(
          Deno.readDir(`/proc/${program.pid}/fd`),
        )).length;
        await run("prlimit", [
          `--pid=${program.pid}`,
          `--nofile=${open + LEFT}:`,
        ]);
        const clients: Client[] = [];
        for (let n = 0; n < 4 * LEFT; n++) {
          clients.push(await Client.connect(ports[n % 2]));
        }
        await program.line(/cannot accept connections for now: .*open files/);
        // They are tried again and again.
        await new Promise((resolve) => setTimeout(resolve, 1500));
        assertEquals(await witness.ask("get k\r\n", "END\r\n"), HIT);
        for (const client of clients.splice(0)) client.close();
        for (const port of ports) {
          const client = await Client.connect(port);
          assertEquals(await client.ask("get k\r\n", "END\r\n"), HIT);
          client.close();
        }
        await until("all others are gone", async () =>
          (await witness.ask("stats\r\n", "END\r\n"))
            .includes("STAT curr_connections 1\r\n"));
        witness.close();
        const told = program.log.filter((line) =>
          /warning|error/.test(line)
        )
          .filter((line) => !line.includes("no data yet"));
        assertEquals(told.map((line) => /cannot accept/.test(line)), [
          ...new Array(told.length).fill(true),
        ]);
        // Once by each thread that has come to it.
        assertEquals(told.length <= 2, true, told.join("\n"));
        assertEquals(await program.stop(), 0);
      }),
  });
}
