/** What JSON.parse() refuses is refused, and else all records are those it gives. */

import { JsonStorage } from "../../../src/storage/json/json.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";
import type { Engine, Line, Opinion } from "../engines.ts";
import { digestOf } from "../engines.ts";
import { assertSoundness, type Subject } from "../soundness.ts";

const NONE = new Uint8Array(0);
const utf8 = new TextEncoder();

const engine: Engine = {
  async opinions(paths) {
    const opinions: Opinion[] = [];
    for (const path of paths) {
      opinions.push(opinionOf(await Deno.readFile(path)));
    }
    return opinions;
  },
};

function opinionOf(bytes: Uint8Array): Opinion {
  try {
    const lines = stringsOf(bytes).map(([key, value]): Line => [
      NONE,
      utf8.encode(key),
      utf8.encode(value),
    ]);
    return { complaints: [], records: digestOf(lines) };
  } catch (error) {
    return { complaints: [String(error)] };
  }
}

/**
 * The members that are strings, by JSON.parse(); others are served as their text
 * in the file, spaces and all. `__proto__` it takes for what it is to it.
 */
function stringsOf(bytes: Uint8Array): [string, string][] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  // In UTF-8, halves of pairs of surrogates are all the same.
  const members = new Map(
    Object.entries(JSON.parse(text)).map((
      [key, value],
    ) => [key.toWellFormed(), value]),
  );
  return [...members].filter((member): member is [string, string] =>
    typeof member[1] === "string"
  );
}

const subjects = fixturesOf("json")
  .filter(({ valid, options }) => valid && !options.gzipped)
  .map(({ file, options }): Subject => ({
    name: file,
    file: Deno.readFileSync(fixturePath(file)),
    views: [{ namespaced: options.namespaced }],
  }))
  .filter(({ name, file }) => !name.endsWith(".gz") && file.length <= 32_768);

Deno.test("what the JSON reader accepts is found, all of it", () =>
  inDirectory(async (directory) => {
    const storage = new JsonStorage();
    const path = `${directory}/mutant.json`;
    await assertSoundness({
      name: "json",
      subjects,
      open: async (bytes, options) => {
        await Deno.writeFile(path, bytes);
        return storage.attach(await storage.open(path, options));
      },
      engine,
      lines: async (bytes) => {
        await Deno.writeFile(path, bytes);
        const snapshot = storage.attach(await storage.open(path, {}));
        const strings = new Set(stringsOf(bytes).map(([key]) => key));
        return Array.from(
          snapshot.entries(),
          ({ key, value }): Line => [NONE, key.slice(), value.slice()],
        ).filter(([, key]) => strings.has(new TextDecoder().decode(key)));
      },
    });
  }));
