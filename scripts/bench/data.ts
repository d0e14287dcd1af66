/**
 * The same records for every server and every storage, written by the real
 * engines' own tools; a storage whose tool is not installed is left out.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

/** Records `key-0` to `key-(count - 1)`, with values of a length in bytes. */
export interface Records {
  readonly count: number;
  readonly valueSize: number;
}

/** The value of a record. */
export function valueOf(n: number, { valueSize }: Records): string {
  return String(n).padStart(8, "0").repeat(Math.ceil(valueSize / 8))
    .slice(0, valueSize);
}

/** Writes lines to a file or to a program. */
async function pour(
  to: WritableStream<Uint8Array>,
  records: Records,
  line: (key: string, value: string, n: number) => string,
  begin = "",
  end = "",
): Promise<void> {
  const writer = to.getWriter();
  const encoder = new TextEncoder();
  let text = begin;
  for (let n = 0; n < records.count; n++) {
    text += line(`key-${n}`, valueOf(n, records), n);
    if (text.length < 1 << 20) continue;
    await writer.write(encoder.encode(text));
    text = "";
  }
  await writer.write(encoder.encode(text + end));
  await writer.close();
}

/** Feeds records to a program. @returns whether it is there and succeeded. */
async function feed(
  program: string,
  args: string[],
  records: Records,
  line: (key: string, value: string) => string,
  begin = "",
  end = "",
): Promise<boolean> {
  try {
    const child = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await pour(child.stdin, records, line, begin, end);
    return (await child.status).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Writes a file for a storage; false: its tool is missing. */
export type Build = (path: string, records: Records) => Promise<boolean>;

/** How each storage's file is made, and the flags that serve it. */
export const BUILDS: Record<string, { build: Build; flags?: string[] }> = {
  json: {
    async build(path, records) {
      using file = await Deno.create(path);
      await pour(
        file.writable,
        records,
        (key, value, n) => `${n ? "," : ""}"${key}":"${value}"`,
        "{",
        "}",
      );
      return true;
    },
  },
  boltdb: {
    async build(path, records) {
      const source = new URL("./build_bolt.go", import.meta.url).pathname;
      const { count, valueSize } = records;
      try {
        const { success } = await new Deno.Command("go", {
          args: ["run", source, path, String(count), String(valueSize)],
          env: { GO111MODULE: "off", GOPATH: "/usr/share/gocode" },
          stdout: "null",
          stderr: "null",
        }).output();
        return success;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    },
    flags: ["-bucket", "numbers"],
  },
  bdb: {
    build: (path, records) =>
      feed(
        "db5.3_load",
        ["-T", "-t", "btree", path],
        records,
        (key, value) => `${key}\n${value}\n`,
      ),
  },
  lmdb: {
    build: (path, records) =>
      feed(
        "mdb_load",
        ["-n", path],
        records,
        (key, value) => ` ${hex(key)}\n ${hex(value)}\n`,
        `VERSION=3\nformat=bytevalue\ntype=btree\nmapsize=${
          2 ** 31
        }\nHEADER=END\n`,
        "DATA=END\n",
      ),
  },
  cdb: {
    build: (path, records) =>
      feed(
        "cdb",
        ["-c", path],
        records,
        (key, value) => `+${key.length},${value.length}:${key}->${value}\n`,
        "",
        "\n",
      ),
  },
  sqlite: {
    build(path, records) {
      using database = new DatabaseSync(path);
      database.exec(
        "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT); BEGIN",
      );
      const insert = database.prepare("INSERT INTO kv VALUES (?, ?)");
      for (let n = 0; n < records.count; n++) {
        insert.run(`key-${n}`, valueOf(n, records));
      }
      database.exec("COMMIT");
      return Promise.resolve(true);
    },
  },
};

function hex(text: string): string {
  let digits = "";
  for (let i = 0; i < text.length; i++) {
    digits += text.charCodeAt(i).toString(16).padStart(2, "0");
  }
  return digits;
}
