import { assertEquals } from "@std/assert";
import { HeldFile } from "../../src/loader/held_file.ts";
import { inDirectory, until } from "../temporary.ts";

const linux = Deno.build.os === "linux";

function heldTest(name: string, test: (path: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !linux,
    fn: () =>
      inDirectory(async (directory) => {
        const path = `${directory}/file`;
        await Deno.writeTextFile(path, "whole");
        await test(path);
      }),
  });
}

/** A shell that does something, in its own time. */
function shell(script: string, path: string): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", script, "sh", path],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

heldTest("a file that nobody writes to is leased", async (path) => {
  using held = await HeldFile.open(path);
  assertEquals([held.leased, held.written], [false, false]);
  assertEquals(await held.lease(), "held");
  assertEquals([held.leased, held.written], [true, false]);
  // Whoever reads it, renames it or gives it other rights is not in the way.
  assertEquals(await Deno.readTextFile(path), "whole");
  await Deno.rename(path, `${path}.renamed`);
  await Deno.chmod(`${path}.renamed`, 0o600);
  await Deno.link(`${path}.renamed`, path);
  assertEquals([held.leased, held.written], [true, false]);
});

heldTest("a file that somebody has open for writing is not", async (path) => {
  for (const options of [{ write: true }, { append: true }]) {
    using _writer = await Deno.open(path, options);
    using held = await HeldFile.open(path);
    assertEquals(await held.lease(), "written");
    assertEquals([held.leased, held.written], [false, true]);
  }
  using held = await HeldFile.open(path);
  assertEquals(await held.lease(), "held");
});

for (
  const [how, script] of [
    ["opens it for writing", ': > "$1"'],
    ["appends to it", 'echo more >> "$1"'],
    ["opens it by another name", 'ln "$1" "$1.link" && : > "$1.link"'],
  ]
) {
  heldTest(`one who ${how} waits until it is let go`, async (path) => {
    const held = await HeldFile.open(path);
    await held.lease();
    const writer = shell(script, path);
    await until("it is seen", () => held.written);
    assertEquals(held.leased, false);
    assertEquals(await Deno.readTextFile(path), "whole");
    held.close();
    assertEquals((await writer.status).success, true);
    assertEquals(await Deno.readTextFile(path) === "whole", false);
  });
}

heldTest("what is held is the file, and not its path", async (path) => {
  using held = await HeldFile.open(path);
  const { ino } = await held.status();
  await Deno.remove(path);
  await Deno.writeTextFile(path, "another");
  const status = await held.status();
  assertEquals([status.ino, status.size, status.links], [ino, 5, 0]);
  const bytes = new Uint8Array(10);
  assertEquals(await held.file.read(bytes), 5);
});
