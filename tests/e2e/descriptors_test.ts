import { Client } from "../server/client.ts";
import { inDirectory, until } from "../temporary.ts";
import { Program } from "./program.ts";

for (const transport of ["epoll", "deno"]) {
  Deno.test({
    name: `ten thousand broken connections leave no descriptor (${transport})`,
    ignore: Deno.build.os !== "linux", // there is no /proc elsewhere
    fn: () =>
      inDirectory(async (directory) => {
        const file = `${directory}/data.json`;
        await Deno.writeTextFile(file, '{"k":"1"}');
        await using program = await Program.start(
          ...["-file", file, "-transport", transport, "-workers", "2"],
        );
        await program.line(/serving/);
        const descriptors = async () =>
          (await Array.fromAsync(Deno.readDir(`/proc/${program.pid}/fd`)))
            .length;
        const witness = await Client.connect(program.port);
        await witness.ask("get k\r\n", "END\r\n");
        const before = await descriptors();
        for (let round = 0; round < 100; round++) {
          const clients = await Promise.all(
            Array.from({ length: 100 }, () => Client.connect(program.port)),
          );
          await Promise.all(clients.map((client, n) =>
            n % 3 === 0
              ? client.ask("get k\r\n", "END\r\n")
              : n % 3 === 1
              ? client.send("get k\r\nget ")
              : Promise.resolve()
          ));
          for (const client of clients) {
            client.close();
          }
        }
        await until("all are closed", async () =>
          (await witness.ask("stats\r\n", "END\r\n"))
            .includes("STAT curr_connections 1\r\n"));
        // What the start had open may have gone, too.
        await until(
          "all descriptors are closed",
          async () =>
            await descriptors() <= before,
        );
        witness.close();
        await program.stop();
      }),
  });
}
