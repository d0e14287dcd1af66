/** What a note in a slot says is followed only to where files are dropped. */

import { assert, assertEquals } from "@std/assert";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { withLogs } from "../logs.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

interface Place {
  /** The base directory. */
  base: string;
  /** Where files are dropped. */
  file: string;
  /** Somebody else's directory. */
  other: string;
}

function foreign(
  name: string,
  test: (place: Place, logs: string[]) => Promise<void>,
): void {
  Deno.test(name, () =>
    inDirectory((directory) =>
      withLogs(async (logs) => {
        const base = `${directory}/base`, other = `${directory}/other`;
        for (const path of [`${base}/data00`, `${directory}/drops`, other]) {
          await Deno.mkdir(path, { recursive: true });
        }
        const file = `${directory}/drops/data.db`;
        await test({ base, file, other }, logs);
      })
    ));
}

async function recover({ base, file }: Place): Promise<string[]> {
  const loader = new SlotLoader(base, { sources: [file] });
  return (await loader.recover()).map(({ path }) => path);
}

async function writeNote(
  path: string,
  text: string,
  { source, sumPath }: { source: string; sumPath?: string },
): Promise<void> {
  const [size, sum] = [text.length, md5(text)];
  const note = { sequence: 7, sum, size, mtime: 1000, source, sumPath };
  await Deno.writeTextFile(path, JSON.stringify(note));
}

for (const note of ["slot.json", "slot.json.unopened", "slot.json.new"]) {
  foreign(
    `what lies in a slot is not moved to where ${note} says`,
    async (place, logs) => {
      const { base, other } = place;
      for (const source of [`${other}/crontab`, `${other}/../other/new`]) {
        await Deno.writeTextFile(`${base}/data00/data.db.new`, "harm");
        await writeNote(`${base}/data00/${note}`, "something else", { source });
        assertEquals(await recover(place), []);
        assertEquals(await filesBelow(other), []);
      }
      const aside = await filesBelow(`${base}/rejected`);
      assertEquals(aside.filter((name) => name.endsWith("-data.db")).length, 2);
      assertEquals(logs.length, 2, logs.join("\n"));
      assert(logs[0].includes("rejected/000001-data.db was being loaded"));
    },
  );
}

foreign(
  "a file that opens is served, whatever its note says",
  async (place, logs) => {
    const { base, other } = place;
    const next = `${base}/data00/data.db.new`;
    await Deno.writeTextFile(next, "text");
    await Deno.utime(next, 1, 1);
    await writeNote(`${base}/data00/slot.json.new`, "text", {
      source: `${other}/crontab`,
      sumPath: `${other}/sums`,
    });
    await Deno.writeTextFile(`${other}/sums`, md5("text"));
    await Deno.writeTextFile(`${other}/sums.taken`, "mine");
    await Deno.writeTextFile(`${other}/crontab.taken`, "mine");
    assertEquals(await recover(place), [next]);
    assertEquals(await filesBelow(other), [
      "crontab.taken",
      "sums",
      "sums.taken",
    ]);
    assertEquals(logs.length, 1, logs.join("\n"));
    assert(logs[0].includes(`dropped as ${other}/crontab, and files are`));
  },
);

foreign("no sum is removed but that of the dropped file", async (place) => {
  const { base, file, other } = place;
  for (const sumPath of [`${other}/sums`, `${file}.sha1`, `${file}/../x.md5`]) {
    const data = `${base}/data00/data.db`;
    await Deno.writeTextFile(data, "text");
    await Deno.utime(data, 1, 1);
    await writeNote(`${base}/data00/slot.json`, "text", {
      source: file,
      sumPath,
    });
    const path = sumPath.replace("data.db/../", "");
    await Deno.writeTextFile(path, md5("text"));
    assertEquals(await recover(place), [data]);
    assertEquals(await Deno.readTextFile(path), md5("text"));
  }
});

foreign("notes of any shape are survived", async (place) => {
  const { base } = place;
  await Deno.writeTextFile(`${base}/data00/data.db`, "text");
  for (
    const note of [
      ...["null", "[]", "7", '"x"', "{}", '{"sequence":1,"sum":"x"}'],
      ...['{"sequence":1,"sum":7,"source":{}}', "\0\0", "{"],
      `{"sequence":1e99,"sum":"${md5("text")}","source":"","size":4,"mtime":0}`,
      `{"sequence":1,"sum":"${md5("text")}","source":"","size":"4","mtime":[]}`,
    ]
  ) {
    await Deno.writeTextFile(`${base}/data00/slot.json`, note);
    await Deno.writeTextFile(`${base}/data00/slot.json.new`, note);
    await Deno.writeTextFile(`${base}/data00/slot.json.unopened`, note);
    assertEquals(await recover(place), [`${base}/data00/data.db`], note);
    assertEquals(await filesBelow(base), [
      "data00/data.db",
      "data00/slot.json",
    ]);
  }
});

foreign(
  "without a place where files are dropped, nothing leaves the directory",
  async ({ base, file }) => {
    await Deno.writeTextFile(`${base}/data00/data.db.new`, "text");
    await writeNote(`${base}/data00/slot.json.unopened`, "text", {
      source: file,
    });
    await new SlotLoader(base).recover();
    assertEquals(await filesBelow(`${base}/../drops`), []);
    assert((await filesBelow(base)).includes("rejected/000001-data.db"));
  },
);
