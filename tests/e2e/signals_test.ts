/** What signals do, from the first moment of a process to its last. */

import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { inDirectory, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { Program } from "./program.ts";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
const sample = fileURLToPath(
  new URL("../../scripts/sample.json", import.meta.url),
);
const SERVE = ["-file", sample, "-addr", "127.0.0.1:0"];

async function ask(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(1024);
  return new TextDecoder().decode(
    answer.subarray(0, await connection.read(answer) ?? 0),
  );
}

/** Whether somebody accepts connections there. */
async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("SIGHUP without a configuration file reads users again, and the server stays", () =>
  inDirectory(async (directory) => {
    const users = `${directory}/users`;
    await Deno.writeTextFile(
      users,
      // `openssl passwd -6 -salt salt one`
      "web:$6$salt$EEXGAjibyFMeVKZQ.hqu21bZxtPAcDsUycKljM8jLB3WNLnS6rQvoVxQYYXX132xHBSnvrJvxwgAJs3leXs5p/\n",
    );
    await using program = await Program.start("-file", sample, "-users", users);
    await Deno.writeTextFile(users, "nonsense\n");
    Deno.kill(program.pid, "SIGHUP");
    await program.line(/not reloaded, serving as before: .*users/);
    assertEquals(
      await ask(program.port, "version\r\n"),
      "CLIENT_ERROR unauthenticated\r\n",
    );
    assertEquals(await program.stop(), 0);
  }));

Deno.test("SIGHUP without anything to read again is answered, and the server stays", async () => {
  await using program = await Program.start("-file", sample);
  Deno.kill(program.pid, "SIGHUP");
  await program.line(/SIGHUP: .* in force; looking for new data/);
  assertEquals(
    await ask(program.port, "get hoge\r\n"),
    "VALUE hoge 0 5\r\nhoge!\r\nEND\r\n",
  );
  assertEquals(await program.stop(), 0);
});

Deno.test("a command that serves nothing ends by a signal as any program does", async () => {
  // It waits for somebody who never answers.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", main, "bench"],
      ...[`127.0.0.1:${listener.addr.port}`, "-connections", "1"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  using _connection = await listener.accept();
  child.kill("SIGTERM");
  const { code, signal } = await child.status;
  assertEquals([code, signal], [143, "SIGTERM"]);
});

const canBeFirst = works("unshare", "--pid", "--fork", "--mount-proc", "true");

Deno.test({
  name:
    "the first process of a container stops at a SIGTERM as soon as it listens for it",
  ignore: !canBeFirst,
  async fn() {
    const child = new Deno.Command("unshare", {
      args: [
        ...["--pid", "--fork", "--kill-child", "--mount-proc"],
        ...[Deno.execPath(), "run", "--quiet", "-A", main, ...SERVE],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const TERMINATE = 1n << 14n;
    let first = 0;
    await until("it listens for SIGTERM", async () => {
      first ||= await childOf(child.pid);
      return first !== 0 && (await caught(first) & TERMINATE) !== 0n;
    });
    Deno.kill(first, "SIGTERM");
    const { code, stderr } = await child.output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  },
});

/** The first child of a process; 0 if it has none yet. */
async function childOf(pid: number): Promise<number> {
  const path = `/proc/${pid}/task/${pid}/children`;
  return Number.parseInt(await Deno.readTextFile(path).catch(() => "0")) || 0;
}

/** The signals that a process has handlers for (proc(5), `SigCgt`). */
async function caught(pid: number): Promise<bigint> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
}

Deno.test({
  name: "a server that npx has started ends with npx",
  ignore: Deno.build.os !== "linux" || !works("npx", "--version"),
  async fn() {
    const npx = new Deno.Command("npx", {
      args: ["-c", [Deno.execPath(), "run", "-A", main, ...SERVE].join(" ")],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines = npx.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let log = "";
    while (!/listening on \S+:\d+/.test(log)) {
      const { value, done } = await lines.read();
      assert(!done, log);
      log += value;
    }
    const port = Number(/listening on \S+:(\d+)/.exec(log)![1]);
    assert(await listens(port));
    npx.kill("SIGTERM");
    await npx.status;
    await until("it has ended", async () => !await listens(port), 20_000);
    await lines.cancel();
  },
});

Deno.test({
  name: "a server ends with its terminal",
  ignore: !works("script", "--version"),
  async fn() {
    const terminal = new Deno.Command("script", {
      args: [
        ...["--quiet", "--flush", "--command"],
        [Deno.execPath(), "run", "-A", main, ...SERVE].join(" "),
        "/dev/null",
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = terminal.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    let log = "";
    while (!/listening on \S+:\d+/.test(log)) {
      const { value, done } = await lines.read();
      assert(!done, log);
      log += value;
    }
    const port = Number(/listening on \S+:(\d+)/.exec(log)![1]);
    terminal.kill("SIGKILL");
    await terminal.status;
    await until("it has ended", async () => !await listens(port), 20_000);
    await lines.cancel();
  },
});
