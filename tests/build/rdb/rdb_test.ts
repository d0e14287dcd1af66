/** Dumps of a real Redis, and the compact forms that old ones had. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Crc64 } from "../../../src/build/input/rdb/crc64.ts";
import {
  listpack,
  ziplist,
  zipmap,
} from "../../../src/build/input/rdb/hash_encodings.ts";
import { unpackLzf } from "../../../src/build/input/rdb/lzf.ts";
import { BuildError } from "../../../src/build/error.ts";
import { fromLatin1, latin1 } from "../../protocol/converse.ts";
import { command } from "../../protocol/resp/records.ts";
import { inDirectory, until } from "../../temporary.ts";
import { buildQuietly, readBack } from "../building.ts";

const hasRedis = (() => {
  try {
    return new Deno.Command("redis-server", { args: ["--version"] })
      .outputSync().success;
  } catch {
    return false;
  }
})();

/** Runs commands in a Redis. @returns its dump. */
async function dump(
  directory: string,
  commands: readonly string[],
  ...settings: string[]
): Promise<Uint8Array<ArrayBuffer>> {
  const socket = `${directory}/redis.sock`;
  const redis = new Deno.Command("redis-server", {
    args: [
      ...["--port", "0", "--unixsocket", socket, "--save", ""],
      ...["--dir", directory, "--dbfilename", "dump.rdb", ...settings],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    let connection: Deno.Conn | undefined;
    await until("Redis listens", async () => {
      connection = await Deno.connect({ transport: "unix", path: socket })
        .catch(() => undefined);
      return connection !== undefined;
    });
    using client = connection!;
    const buffer = new Uint8Array(65536);
    for (const bytes of [...commands, command("SAVE")]) {
      for (let at = 0; at < bytes.length;) {
        at += await client.write(latin1(bytes.slice(at, at + 60_000)));
      }
      const length = await client.read(buffer) ?? 0;
      const answer = fromLatin1(buffer.subarray(0, length));
      assert(!answer.startsWith("-"), answer);
    }
    return await Deno.readFile(`${directory}/dump.rdb`);
  } finally {
    redis.kill("SIGKILL");
    await redis.status;
  }
}

/** Values of each encoding, by the length and the number that they are. */
const VALUES: Readonly<Record<string, string>> = {
  empty: "",
  text: "value",
  tiny: "7",
  negative: "-128",
  short: "12345",
  long: "-2147483648",
  "too long for a number": "123456789012",
  "no number": "007",
  packed: "abc".repeat(5000),
  "packed far": Array.from({ length: 9000 }, (_, i) => i % 1000).join(),
  binary: fromLatin1(Uint8Array.from({ length: 256 }, (_, i) => i)),
  "14 bits": "x1".repeat(100),
  "32 bits": fromLatin1(crypto.getRandomValues(new Uint8Array(20_000))),
};

const strings = Object.entries(VALUES).map(([key, value]) =>
  command("SET", key, value)
);

const others = [
  command("RPUSH", "a list", "1", "two", "x".repeat(10_000)),
  command("SADD", "numbers", "1", "2"),
  command("SADD", "a set", "one", "2"),
  command("ZADD", "scores", "1.5", "a", "-inf", "b"),
  command("XADD", "stream", "*", "field", "value"),
  command("XGROUP", "CREATE", "stream", "group", "0"),
  command("XREADGROUP", "GROUP", "group", "me", "STREAMS", "stream", ">"),
];

for (
  const settings of [[], ["--rdbcompression", "no", "--rdbchecksum", "no"]]
) {
  Deno.test({
    name: `strings of a Redis dump are records, others are counted ${settings}`,
    ignore: !hasRedis,
  }, () =>
    inDirectory(async (directory) => {
      const file = await dump(directory, [
        ...strings,
        ...others,
        command("HSET", "hash", "field", "value"),
        command("SET", "for a while", "1", "PX", "1"),
        command("SET", "for long", "2", "EX", "100000"),
        command("SELECT", "1"),
        command("SET", "elsewhere", "3"),
      ], ...settings);
      await Deno.writeFile(`${directory}/in.rdb`, file);
      const build = (options: Record<string, string> = {}) =>
        buildQuietly({
          ...{ inputs: [`${directory}/in.rdb`], to: "cdb" },
          ...{ out: `${directory}/data.cdb`, open: options },
        });
      const { leftOut } = await build();
      assertEquals(
        Object.fromEntries(await readBack(`${directory}/data.cdb`, "cdb")),
        { ...VALUES, "for long": "2" },
      );
      assertEquals(
        Object.fromEntries(
          [...leftOut].filter(([why]) => !/expired/.test(why)),
        ),
        {
          "that are lists": 1,
          "that are sets": 2,
          "that are sorted sets": 1,
          "that are streams": 1,
          "that are hashes (-handler namespaced takes them)": 1,
          "of other databases than 0 (-from-bucket)": 1,
        },
      );
      await build({ bucket: "1" });
      assertEquals(
        Object.fromEntries(await readBack(`${directory}/data.cdb`, "cdb")),
        { elsewhere: "3" },
      );
    }));
}

Deno.test({
  name: "hashes of a Redis dump are namespaces, in each of their forms",
  ignore: !hasRedis,
}, () =>
  inDirectory(async (directory) => {
    const fields = [...Object.entries(VALUES), ["300", "-5"], ["-1", "70000"]];
    const large = Array.from(
      { length: 2000 },
      (_, i): [string, string] => [`f${i}`, `v${i}`],
    );
    const file = await dump(directory, [
      // In a listpack, as its elements are short.
      command("HSET", "small", "a", "1", "b", "x".repeat(60), "300", "-5"),
      command("HSET", "numbers", "a", "4000", "b", "-70000", "c", "8388607"),
      command("HSET", "numbers", "d", "2147483648", "e", "-1", "f", "127"),
      command("HSET", "any", ...fields.flat()),
      command("HSET", "large", ...large.flat()),
      command("SET", "string", "1"),
    ]);
    const input = `${directory}/in.rdb`, out = `${directory}/data.bolt`;
    await Deno.writeFile(input, file);
    const { leftOut } = await buildQuietly({
      ...{ inputs: [input], to: "boltdb", out, open: { namespaced: true } },
    });
    const found = await readBack(out, "boltdb", true);
    const expected = [
      ...Object.entries({ a: "1", b: "x".repeat(60), "300": "-5" })
        .map(([key, value]) => [`small:${key}`, value]),
      ...Object.entries({
        ...{ a: "4000", b: "-70000", c: "8388607" },
        ...{ d: "2147483648", e: "-1", f: "127" },
      }).map(([key, value]) => [`numbers:${key}`, value]),
      ...fields.map(([key, value]) => [`any:${key}`, value]),
      ...large.map(([key, value]) => [`large:${key}`, value]),
    ];
    assertEquals([...found].sort(), expected.sort());
    assertEquals([...leftOut], [["that are strings", 1]]);
  }));

Deno.test({
  name: "a dump that is cut or damaged is refused with its place",
  ignore: !hasRedis,
}, () =>
  inDirectory(async (directory) => {
    const file = await dump(directory, strings);
    const input = `${directory}/in.rdb`, out = `${directory}/data.cdb`;
    const refused = async (bytes: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(input, bytes);
      const error = await assertRejects(
        () => buildQuietly({ inputs: [input], to: "cdb", out, from: "rdb" }),
        BuildError,
      );
      return error.message;
    };
    for (const length of [0, 5, 9, 20, file.length - 8, file.length - 1]) {
      const message = await refused(file.slice(0, length));
      assert(/in\.rdb, byte [\d,]+: the file ends here/.test(message), message);
    }
    const changed = file.slice();
    changed[fromLatin1(file).indexOf("value")] ^= 1;
    assert(/CRC-64/.test(await refused(changed)));
    const newer = file.slice();
    newer.set(latin1("0099"), 5);
    assert(/its version is 99/.test(await refused(newer)));
  }));

Deno.test("the CRC-64 is that of Redis' own test", () => {
  const crc = new Crc64();
  crc.update(latin1("123456789"), 0, 9);
  assertEquals(crc.value, 0xe9c6d914c4b8d9can); // crc64.c, crc64Test
});

Deno.test("compact forms are read as their sources' comments have them", () => {
  const texts = (elements: Iterable<Uint8Array>) =>
    Array.from(elements, fromLatin1);
  // ziplist.c: the integers 2 and 5, and "Hello World" behind them.
  assertEquals(
    texts(ziplist(latin1(
      "\x1c\0\0\0\x0e\0\0\0\x03\0\0\xf3\x02\xf6\x02\x0bHello World\xff",
    ))),
    ["2", "5", "Hello World"],
  );
  // zipmap.c: "foo" => "bar", "hello" => "world".
  assertEquals(
    texts(zipmap(latin1("\x02\x03foo\x03\0bar\x05hello\x05\0world\xff"))),
    ["foo", "bar", "hello", "world"],
  );
  // listpack.c and its specification: 7 bits, 13 bits, 6-bit and 12-bit strings.
  assertEquals(
    texts(listpack(latin1(
      "\x13\0\0\0\x04\0\x05\x01\xdf\xff\x02\x82ab\x03\xe0\x01c\x03\xff",
    ))),
    ["5", "-1", "ab", "c"],
  );
});

Deno.test("damaged LZF is told", () => {
  assertEquals(
    fromLatin1(unpackLzf(latin1("\x02abc\xe0\x04\x02"), 16)!),
    "abc".repeat(5) + "a",
  );
  assertEquals(unpackLzf(latin1("\x02ab"), 3), undefined);
  assertEquals(unpackLzf(latin1("\x20\x05"), 3), undefined);
  assertEquals(unpackLzf(latin1("\x02abc"), 4), undefined);
});
