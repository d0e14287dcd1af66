/** What can be wrong with a data file or its sum; see also `places_test.ts`. */

import { assertEquals } from "@std/assert";
import { md5 } from "../temporary.ts";
import { dataSet, Dropping } from "./dropping.ts";
import { fault, works } from "./fault.ts";

const SUM_OF_TWO = `${md5(dataSet(2))}  data.db\n`;

/** So many zeros take no space on the disk, and to read them takes a minute. */
const ZEROS = 2 ** 36;

fault("the sum is missing, and comes late", {
  happens: (d) => d.putData(dataSet(2)),
  told: /data\.db is here: waiting for .*data\.db\.md5/,
  mends: (d) => d.putSum(SUM_OF_TWO),
});

fault("the sum is wrong", {
  async happens(d) {
    await d.putData(dataSet(2));
    await d.putSum("0".repeat(32));
  },
  told: /has the md5 sum [0-9a-f]{32}, but .*\.md5 says 0{32}: not loaded/,
  mends: (d) => d.putSum(SUM_OF_TWO),
});

fault("the sum is that of another file", {
  async happens(d) {
    await d.putData(dataSet(2));
    await d.putSum(`${md5("something else")}  other.db\n`);
  },
  told: /not loaded; drop the right file or sum/,
  mends: (d) => d.putSum(SUM_OF_TWO),
});

fault("the sum file is as BSD's md5 and md5sum --tag print it", {
  async happens(d) {
    await d.putData(dataSet(2));
    await d.putSum(`MD5 (data.db) = ${md5(dataSet(2))}\n`);
  },
});

fault("the sum file is of several files", {
  async happens(d) {
    await d.putData(dataSet(2));
    await d.putSum(`${"0123456789abcdef".repeat(2)}  aaa.db\n${SUM_OF_TWO}`);
  },
});

fault("the sum file has two sums of the data file", {
  async happens(d) {
    await d.putData(dataSet(2));
    await d.putSum(`${"0".repeat(32)}  data.db\n${SUM_OF_TWO}`);
  },
  told: /data\.db\.md5 has different sums of data\.db: .* is left alone/,
  mends: (d) => d.putSum(SUM_OF_TWO),
});

fault("the sum is of another kind", {
  async happens(d) {
    await d.putData(dataSet(2));
    await d.putSum(`${"0".repeat(64)}  data.db\n`);
  },
  told:
    /holds no MD5 sum, but one of the kind SHA-256: start with -watch sha256/,
  mends: (d) => d.putSum(SUM_OF_TWO),
});

fault("the data file is cut short", {
  async happens(d) {
    await d.putData(dataSet(2).slice(0, 1000));
    await d.putSum(SUM_OF_TWO);
  },
  told: /has the md5 sum/,
  mends: (d) => d.putData(dataSet(2)),
});

fault("the data file grows in its place, and the sum is there already", {
  async happens(d) {
    await d.putSum(SUM_OF_TWO);
    const text = dataSet(2);
    for (let at = 0; at < text.length; at += text.length / 10) {
      const part = text.slice(at, at + text.length / 10);
      await Deno.writeTextFile(d.file, part, { append: true });
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  },
});

fault("the data file is replaced while it is verified", {
  async happens(d) {
    await Deno.writeTextFile(`${d.file}.new`, "");
    await Deno.truncate(`${d.file}.new`, ZEROS);
    await d.putSum("0".repeat(32));
    await Deno.rename(`${d.file}.new`, d.file);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await d.drop(2);
  },
});

fault("the data file does not open, though its sum is right", {
  async happens(d) {
    await d.putData("{");
    await d.putSum(md5("{"));
  },
  told: /not loaded, moved to .*rejected\/000001-data\.db/,
  mends: (d) => d.drop(2),
});

fault("a directory is in the data file's place", {
  happens: (d) => Deno.mkdir(d.file),
  told: /data\.db is not a regular file: ignored/,
  async mends(d) {
    await Deno.remove(d.file);
    await d.drop(2);
  },
});

fault("a pipe is in the data file's place", {
  async happens(d) {
    works("mkfifo", d.file);
    await d.putSum(SUM_OF_TWO);
  },
  told: /data\.db is not a regular file: ignored/,
  mends: (d) => d.drop(2),
});

fault("a symbolic link is in the data file's place", {
  async happens(d) {
    await Deno.writeTextFile(`${d.drops}/two.db`, dataSet(2));
    await Deno.symlink("two.db", d.file);
    await d.putSum(SUM_OF_TWO);
  },
  async mends(d) {
    await d.served(2);
    assertEquals(await Deno.readTextFile(`${d.drops}/two.db`), dataSet(2));
  },
});

Deno.test("of ten drops in one second the last one is served", () =>
  Dropping.run(async (d) => {
    for (let n = 2; n <= 11; n++) {
      await d.drop(n);
      await new Promise((resolve) => setTimeout(resolve, 90));
    }
    await d.served(11);
    console.log(`of data sets 2 to 11 were served: ${d.seen.slice(1)}`);
  }));
