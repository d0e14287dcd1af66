import { assert, assertEquals } from "@std/assert";
import {
  groupLimit,
  machineMemory,
} from "../../../src/storage/memory/machine_memory.ts";

const GB = 1024 ** 3;

/** The limit that files with these texts set. */
function limitOf(files: Record<string, string>): number {
  return groupLimit((path) => files[path]);
}

Deno.test("a control group's limit counts, and that of each above it (version 2)", () => {
  const self = { "/proc/self/cgroup": "0::/system.slice/goromdb.service\n" };
  const at = (path: string) => `/sys/fs/cgroup${path}/memory.max`;
  assertEquals(
    limitOf({
      ...self,
      [at("/system.slice/goromdb.service")]: `${4 * GB}\n`,
      [at("/system.slice")]: "max\n",
    }),
    4 * GB,
  );
  assertEquals(
    limitOf({
      ...self,
      [at("/system.slice/goromdb.service")]: "max\n",
      [at("/system.slice")]: `${2 * GB}\n`,
    }),
    2 * GB,
  );
  assertEquals(
    limitOf({ ...self, [at("/system.slice")]: "max\n" }),
    Infinity,
  );
});

Deno.test("in a container the group is the root (version 2)", () => {
  const max = { "/sys/fs/cgroup/memory.max": "268435456\n" };
  for (const path of ["/", "/docker/0123abc"]) {
    const self = { "/proc/self/cgroup": `0::${path}\n` };
    assertEquals(limitOf({ ...self, ...max }), 256 * 1024 ** 2);
  }
});

Deno.test("a control group's limit counts (version 1)", () => {
  const self = {
    "/proc/self/cgroup":
      "9:name=systemd:/\n5:cpu,memory:/docker/0123\n3:cpuset:/\n0::/\n",
  };
  const at = (path: string) =>
    `/sys/fs/cgroup/memory${path}/memory.limit_in_bytes`;
  assertEquals(limitOf({ ...self, [at("/docker/0123")]: "1024\n" }), 1024);
  assertEquals(limitOf({ ...self, [at("")]: "2048\n" }), 2048);
  // What stands there without a limit is more than any machine has.
  const none = limitOf({ ...self, [at("")]: "9223372036854771712\n" });
  assert(none > 2 ** 62);
});

Deno.test("where there are no control groups there is no limit", () => {
  assertEquals(limitOf({}), Infinity);
  assertEquals(limitOf({ "/proc/self/cgroup": "" }), Infinity);
});

Deno.test("the machine has memory", () => {
  const memory = machineMemory();
  assert(memory > 64 * 1024 ** 2 && memory < 2 ** 50, String(memory));
});
