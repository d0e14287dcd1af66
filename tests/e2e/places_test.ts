/** What can be wrong with the places that a swap touches, and with the clock. */

import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { filesBelow, md5 } from "../temporary.ts";
import { dataSet, Dropping } from "./dropping.ts";
import { fault, works } from "./fault.ts";

const SUM_OF_TWO = md5(dataSet(2));

/** Root may read everything, unless it gives that up. */
const UNPRIVILEGED = Deno.uid() !== 0 ? [] : [
  ...["setpriv", "--bounding-set=-dac_override,-dac_read_search"],
  "--inh-caps=-all",
];
const cannotGiveUp = UNPRIVILEGED.length > 0 &&
  !works(UNPRIVILEGED[0], ...UNPRIVILEGED.slice(1), "true") &&
  "setpriv is not there, and root may read everything";

function mountSmall(path: string): boolean {
  return works("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path);
}

function canMount(): boolean {
  const path = Deno.makeTempDirSync();
  const mounted = mountSmall(path);
  if (mounted) works("umount", path);
  Deno.removeSync(path);
  return mounted;
}

fault("the data file may not be read", {
  before: UNPRIVILEGED,
  skipped: cannotGiveUp,
  async happens(d) {
    await Deno.writeTextFile(`${d.file}.new`, dataSet(2));
    await Deno.chmod(`${d.file}.new`, 0);
    await Deno.rename(`${d.file}.new`, d.file);
    await d.putSum(SUM_OF_TWO);
  },
  told: /cannot read .*data\.db: Permission denied/,
  mends: (d) => Deno.chmod(d.file, 0o644),
});

fault("the slot may not be written to", {
  before: UNPRIVILEGED,
  skipped: cannotGiveUp,
  async happens(d) {
    await Deno.chmod(`${d.base}/data01`, 0o500);
    await d.drop(2);
  },
  told: /data\.db could not be taken, trying again in 5 s: Permission denied/,
  mends: (d) => Deno.chmod(`${d.base}/data01`, 0o755),
});

fault("the file system of the slots is full", {
  skipped: !canMount() && "a tmpfs cannot be mounted",
  async happens(d) {
    const slot = `${d.base}/data01`;
    assert(mountSmall(slot));
    const full = new Uint8Array(65_536 - 4096);
    await Deno.writeFile(`${slot}/filler`, full).catch(() => {});
    const text = dataSet(2).padEnd(20_000);
    await d.putData(text);
    await d.putSum(md5(text));
  },
  told:
    /data\.db could not be taken, trying again in 5 s: No space left on device/,
  async mends(d) {
    const slot = `${d.base}/data01`;
    try {
      assertEquals((await filesBelow(slot)).includes("data.db"), false);
      await Deno.remove(`${slot}/filler`);
      await d.served(2);
    } finally {
      works("umount", "--lazy", slot);
    }
  },
});

fault("the base directory is deleted, and made again", {
  async happens(d) {
    await Deno.remove(d.base, { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 250));
    await Deno.mkdir(d.base);
    await d.drop(2);
  },
});

const elsewhere = Deno.makeTempDirSync();
const isElsewhere = mountSmall(elsewhere);
addEventListener("unload", () => {
  if (isElsewhere) works("umount", elsewhere);
  Deno.removeSync(elsewhere);
});

fault("the data file is on another file system", {
  drops: elsewhere,
  skipped: !isElsewhere && "a tmpfs cannot be mounted",
  async happens(d) {
    await d.drop(2);
    await d.served(2);
    assertEquals(await filesBelow(d.drops), []);
  },
});

fault("the watched directory is renamed away, and back", {
  async happens(d) {
    await Deno.rename(d.drops, `${d.drops}.away`);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assertEquals(d.seen, [1]);
    await Deno.rename(`${d.drops}.away`, d.drops);
    await d.drop(2);
  },
});

fault("the system tells no events, for there are too many who want them", {
  before: [
    ...["unshare", "--user", "--map-root-user", "sh", "-c"],
    'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"',
    "sh",
  ],
  skipped: !works("unshare", "--user", "--map-root-user", "true") &&
    "user namespaces are not allowed",
  happens: () => Promise.resolve(),
  told: /cannot watch .*drops for events, so only look at it at intervals/,
  mends: (d) => d.drop(2),
});

Deno.test("a clock that jumps changes nothing", async () => {
  const directory = await Deno.makeTempDir();
  const source = fileURLToPath(new URL("./clock.c", import.meta.url));
  const library = `${directory}/clock.so`, offset = `${directory}/offset`;
  try {
    if (!works("cc", "-shared", "-fPIC", "-o", library, source)) {
      console.log("skipped: there is no C compiler");
      return;
    }
    await Dropping.run(async (d) => {
      for (const [n, seconds] of [[2, 86_400], [3, -86_400], [4, 0]]) {
        await Deno.writeTextFile(offset, String(seconds));
        await d.drop(n);
        await d.served(n);
      }
      assertEquals(d.complaints, []);
      const days = d.program.log.filter((line) => line.includes("serving"))
        .map((line) => Date.parse(line.split(" ")[0]) / 86_400_000);
      const jumps = days.map((day) => Math.round(day - days[0]));
      assertEquals(jumps, [0, 1, -1, 0]);
    }, { env: { LD_PRELOAD: library, CLOCK_OFFSET: offset } });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
