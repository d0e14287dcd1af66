/**
 * What the program may do, and that it does no more: the README's table of
 * permissions, and what it writes and where it listens.
 */

import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Client } from "../server/client.ts";
import { inDirectory, md5, until } from "../temporary.ts";
import { works } from "./fault.ts";
import { Program } from "./program.ts";

const program = fileURLToPath(new URL("../..", import.meta.url));
const compiled = Deno.env.get("GOROMDB_EXECUTABLE") !== undefined;
const linux = Deno.build.os === "linux";

interface Places {
  drop: string;
  base: string;
  address: string;
}

/** One mode of the program. */
interface Mode {
  name: string;
  transport: "deno" | "epoll";
  slots: boolean;
  permissions: (places: Places) => string[];
}

const read = (...paths: string[]) => `--allow-read=${paths.join()}`;
const write = (...paths: string[]) => `--allow-write=${paths.join()}`;

/** The README's table. */
const MODES: Mode[] = [
  {
    name: "a file where it lies",
    transport: "deno",
    slots: false,
    permissions: ({ drop, address }) => [
      ...[read(program, drop), `--allow-net=${address}`],
    ],
  },
  {
    name: "a file where it lies, with epoll",
    transport: "epoll",
    slots: false,
    permissions: ({ drop, address }) => [
      ...[read(program, drop), `--allow-net=${address}`, "--allow-ffi"],
    ],
  },
  {
    name: "slots",
    transport: "deno",
    slots: true,
    permissions: ({ drop, base, address }) => [
      ...[read(program, drop, base), write(drop, base)],
      `--allow-net=${address}`,
    ],
  },
  {
    name: "slots, with epoll",
    transport: "epoll",
    slots: true,
    permissions: ({ drop, base, address }) => [
      ...[read(program, drop, base), write(drop, base)],
      ...[`--allow-net=${address}`, "--allow-ffi"],
    ],
  },
];

async function withPlaces(
  test: (places: Places) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    const [drop, base] = [`${directory}/drop`, `${directory}/base`];
    await Deno.mkdir(drop);
    await Deno.mkdir(base);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    await test({ drop, base, address: `127.0.0.1:${port}` });
  });
}

function flags({ transport, slots }: Mode, places: Places): string[] {
  return [
    ...["-addr", places.address, "-transport", transport, "-workers", "1"],
    ...["-file", `${places.drop}/data.db`, "-watch", "md5"],
    ...(slots ? ["-basedir", places.base, "-keep-previous"] : []),
  ];
}

async function drop({ drop }: Places, value: string): Promise<void> {
  const text = JSON.stringify({ k: value });
  await Deno.writeTextFile(`${drop}/new`, text);
  await Deno.rename(`${drop}/new`, `${drop}/data.db`);
  await Deno.writeTextFile(`${drop}/data.db.md5`, md5(text));
}

async function served({ address }: Places, value: string): Promise<void> {
  const client = await Client.connect(Number(address.split(":")[1]));
  await until(
    `${value} is served`,
    async () => (await client.ask("get k\r\n", "END\r\n")).includes(value),
  );
  client.close();
}

for (const mode of MODES) {
  const { name, permissions, transport } = mode;
  Deno.test({
    name: `permissions: ${name}`,
    ignore: compiled || transport === "epoll" && !linux,
    fn: () =>
      withPlaces(async (places) => {
        const allowed = ["--no-prompt", ...permissions(places)];
        await using server = await Program.startIn(
          { permissions: allowed },
          ...flags(mode, places),
        );
        for (const value of ["one", "two", "three"]) {
          await drop(places, value);
          await served(places, value);
        }
        assertEquals(
          server.log.filter((line) => /error|denied/i.test(line)),
          [],
        );
        assertEquals(await server.stop(), 0);
      }),
  });
}

Deno.test({
  name: "it listens on what it is told to, and on nothing else",
  ignore: !linux,
  fn: () =>
    withPlaces(async (places) => {
      await using server = await Program.startIn(
        {},
        ...flags(MODES[3], places),
      );
      const port = Number(places.address.split(":")[1]);
      const hexadecimal = port.toString(16).toUpperCase().padStart(4, "0");
      assertEquals(await listening(server.pid), [`0100007F:${hexadecimal}`]);
    }),
});

/** The addresses that a process listens on, as the kernel writes them. */
async function listening(pid: number): Promise<string[]> {
  const sockets = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`)
      .catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) sockets.add(inode);
  }
  const found: string[] = [];
  for (const table of ["tcp", "tcp6", "udp", "udp6"]) {
    const text = await Deno.readTextFile(`/proc/${pid}/net/${table}`);
    for (const line of text.trim().split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const isOpen = state === "0A" || table.startsWith("udp");
      if (isOpen && sockets.has(inode)) found.push(local);
    }
  }
  return found;
}

Deno.test({
  name: "nothing is written but below -file's directory and -basedir",
  ignore: !linux,
  fn: () =>
    withPlaces(async (places) => {
      if (!works("strace", "-f", "true")) {
        console.log("skipped: strace is not installed, or not allowed");
        return;
      }
      const trace = `${places.drop}/../trace`;
      await using server = await Program.startIn(
        { before: ["strace", "-f", "-e", "trace=%file", "-o", trace] },
        ...flags(MODES[3], places),
      );
      for (const value of ["one", "two", "three"]) {
        await drop(places, value);
        await served(places, value);
      }
      // A signal to strace ends it alone: the program is told over its pid.
      const pid = Number(/pid (\d+)/.exec(await server.line(/pid \d+/))![1]);
      Deno.kill(pid, "SIGTERM");
      await server.line(/stopped/);
      const changed = changedPaths(await Deno.readTextFile(trace));
      const strange = changed.filter((path) =>
        !path.startsWith(`${places.drop}/`) &&
        !path.startsWith(`${places.base}/`) && !HARMLESS.test(path)
      );
      assertEquals(strange, []);
      const names = new Set(changed.map((path) => path.split("/").pop()));
      // So it is known that the trace shows what there is to see.
      for (const name of ["data.db", "data.db.md5", "goromdb.lock"]) {
        assert(names.has(name), `${name} in ${[...names]}`);
      }
    }),
});

/** What is no file that anybody keeps: terminals, and Deno's own cache. */
const HARMLESS = /^\/(dev|proc|sys)\/|\/(\.cache\/deno|DENO_DIR|deno)\//;

/** The paths that a trace shows as made, written, moved or removed. */
function changedPaths(trace: string): string[] {
  const paths: string[] = [];
  for (const line of trace.split("\n")) {
    const call = /^\d+ +(\w+)\((.*)\) += (-?\d+)/.exec(line);
    if (call === null || call[3].startsWith("-")) continue;
    const [, name, args] = call;
    const named = [...args.matchAll(/"([^"]*)"/g)].map(([, path]) => path);
    const writes = /^(open|openat|creat)$/.test(name)
      ? /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(args)
      : /^(rename|renameat|renameat2|unlink|unlinkat|mkdir|mkdirat|rmdir|link|linkat|symlink|truncate|chmod|fchmodat|utimensat|mknod)$/
        .test(name);
    if (writes) paths.push(...named.filter((path) => path.startsWith("/")));
  }
  return paths;
}
