import { assert, assertEquals } from "@std/assert";
import { Client } from "../server/client.ts";
import { filesBelow, inDirectory, md5, until } from "../temporary.ts";
import { Program, run } from "./program.ts";

async function drop(directory: string, value: string): Promise<void> {
  const text = JSON.stringify({ n: value });
  await Deno.writeTextFile(`${directory}/data.db`, text);
  await Deno.writeTextFile(`${directory}/data.db.md5`, md5(text));
}

/** Waits until every connection of many gets the value. */
async function served(program: Program, value: string): Promise<void> {
  await until(`${value} is served`, async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => Client.connect(program.port)),
    );
    const answers = await Promise.all(
      clients.map((client) => client.ask("get n\r\n", "END\r\n")),
    );
    for (const client of clients) client.close();
    return answers.every((answer) => answer.includes(`\r\n${value}\r\n`));
  });
}

const flags = (directory: string) => [
  ...["-file", `${directory}/data.db`],
  ...["-basedir", directory, "-keep-previous"],
];

Deno.test("a server rolls back, and a restart does not undo it", () =>
  inDirectory(async (directory) => {
    await using program = await Program.start(...flags(directory));
    await drop(directory, "one");
    await served(program, "one");
    await drop(directory, "two");
    await served(program, "two");

    const outcome = await run("rollback", "-basedir", directory);
    assertEquals(outcome.stderr, "");
    assertEquals(outcome.code, 0);
    const sum = md5('{"n":"one"}');
    assertEquals(
      outcome.stdout,
      `rolled back to ${directory}/data00/data.db, sum ${sum}\n`,
    );
    await served(program, "one");
    assertEquals(await filesBelow(directory), [
      "data00/data.db",
      "data00/slot.json",
      "goromdb.lock",
      "rejected/000001-data.db",
      "rejected/000001-data.db.reason.txt",
    ]);
    const again = await run("rollback", "-basedir", directory);
    assertEquals(again.code, 1);
    assert(again.stderr.includes("nothing to roll back to"), again.stderr);

    await drop(directory, "three");
    await served(program, "three");
    await program.stop();
    await using restarted = await Program.start(...flags(directory));
    await served(restarted, "three");
    await restarted.stop();
  }));

Deno.test("where a file cannot be put aside, the server says so and goes on", () =>
  inDirectory(async (directory) => {
    await using program = await Program.start(...flags(directory));
    for (const value of ["one", "two"]) {
      await drop(directory, value);
      await served(program, value);
    }
    await Deno.writeTextFile(`${directory}/rejected`, "in the way");
    const outcome = await run("rollback", "-basedir", directory);
    await program.line(/error.*cannot roll back: .*rejected/);
    assertEquals(outcome.code, 1);
    assert(outcome.stderr.includes("has not rolled back"), outcome.stderr);
    await served(program, "one");
    await drop(directory, "three");
    await served(program, "three");
    await program.stop();
  }));

Deno.test("without a server the files are rolled back", () =>
  inDirectory(async (directory) => {
    await using program = await Program.start(...flags(directory));
    for (const value of ["one", "two"]) {
      await drop(directory, value);
      await served(program, value);
    }
    await program.stop("SIGKILL");
    assertEquals((await run("rollback", "-basedir", directory)).code, 0);
    await using restarted = await Program.start(...flags(directory));
    await served(restarted, "one");
    await restarted.stop();
  }));

Deno.test("two servers never share a base directory", () =>
  inDirectory(async (directory) => {
    await using program = await Program.start(...flags(directory));
    const second = await run("-addr", "127.0.0.1:0", ...flags(directory));
    assertEquals(second.code, 1);
    assert(
      second.stderr.includes(`is in use by the process ${program.pid}`),
      second.stderr,
    );
    await program.stop();
  }));
