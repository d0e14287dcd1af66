/**
 * How much memory this machine has for a process: that of the machine, or less
 * where a control group has a limit, as a container has.
 *
 * ```text
 * /proc/self/cgroup   0::/a/b         version 2: /sys/fs/cgroup/a/b/memory.max
 *                     4:memory:/a/b   version 1:
 *                       /sys/fs/cgroup/memory/a/b/memory.limit_in_bytes
 * ```
 *
 * A group's limit holds for those within it, so all from it to the root count.
 * In a container the root is often the container's own group, and the path is
 * one that is not there; then the root alone counts (`cgroups(7)`).
 *
 * @module
 */

import { libc } from "./libc.ts";

/** What is assumed where nobody may look, in bytes. */
const UNKNOWN_MEMORY = 1024 ** 3;

/** A file of the control groups is not longer than this, in bytes. */
const FILE_LIMIT = 4096;

/** `sysconf(3)` on Linux: `_SC_PAGESIZE`, `_SC_PHYS_PAGES`. */
const PAGE_SIZE = 30, PHYSICAL_PAGES = 85;

/** How much memory a process can have here, in bytes. Never asks for a permission. */
export function machineMemory(): number {
  return Math.min(physicalMemory(), groupLimit(readText));
}

/**
 * The lowest limit of the control groups that the process is in; `Infinity` if
 * there is none.
 *
 * @param read gives the text of a file, or `undefined` if it cannot.
 */
export function groupLimit(
  read: (path: string) => string | undefined,
): number {
  let limit = Infinity;
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, hierarchy, controllers, path] =
      /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    const isSecond = hierarchy === "0" && controllers === "";
    if (!isSecond && !controllers?.split(",").includes("memory")) continue;
    const [root, file] = isSecond
      ? ["/sys/fs/cgroup", "memory.max"]
      : ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"];
    for (let group = path.replace(/\/+$/, "");;) {
      const text = read(`${root}${group}/${file}`) ?? "";
      if (/^\d+\s*$/.test(text)) limit = Math.min(limit, Number(text));
      if (group === "") break;
      group = group.slice(0, group.lastIndexOf("/"));
    }
  }
  return limit;
}

/** The memory of the machine, in bytes. */
function physicalMemory(): number {
  const library = Deno.build.os === "linux" ? libc() : null;
  if (library !== null) {
    return Number(library.sysconf(PHYSICAL_PAGES) * library.sysconf(PAGE_SIZE));
  }
  const mayAsk = Deno.permissions.querySync({
    name: "sys",
    kind: "systemMemoryInfo",
  }).state === "granted";
  return mayAsk ? Deno.systemMemoryInfo().total : UNKNOWN_MEMORY;
}

/** The text of a file, read through the C library or as Deno allows it. */
function readText(path: string): string | undefined {
  const library = Deno.build.os === "linux" ? libc() : null;
  try {
    if (library === null) {
      const mayRead = Deno.permissions.querySync({ name: "read", path })
        .state === "granted";
      return mayRead ? Deno.readTextFileSync(path) : undefined;
    }
    const file = library.open(new TextEncoder().encode(`${path}\0`), 0);
    if (file < 0) return undefined;
    const bytes = new Uint8Array(FILE_LIMIT);
    const count = Number(library.read(file, bytes, BigInt(bytes.length)));
    library.close(file);
    return new TextDecoder().decode(bytes.subarray(0, Math.max(0, count)));
  } catch {
    return undefined; // it is not there, or there is more to it than a permission
  }
}
