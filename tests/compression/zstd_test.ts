import { assert, assertEquals, assertRejects } from "@std/assert";
import { PackedDataError } from "../../src/compression/error.ts";
import { Xxh64 } from "../../src/compression/zstd/xxh64.ts";
import { unzstd } from "../../src/compression/zstd/zstd.ts";
import { counted, SEED } from "../figures.ts";
import { dice, mutants } from "../storage/mutate.ts";
import { inDirectory } from "../temporary.ts";
import { concat, inPieces } from "./bytes.ts";

const utf8 = new TextEncoder();
const MUTANTS = Number(Deno.env.get("ZSTD_MUTANTS") ?? 2000);

/** What the program zstd packs with, from the fastest to the smallest. */
const LEVELS = [
  ["--fast=10"],
  ["-1"],
  ["-3", "--no-check"],
  ["-6"],
  ["-12"],
  ["-19"],
  ["--ultra", "-22"],
  ["-3", "--long=27"],
  ["-3", "--no-content-size"],
  ["-1", "-B4096"],
];

const hasZstd = new Deno.Command("sh", {
  args: ["-c", "command -v zstd"],
  stdout: "null",
}).outputSync().success;

const roll = dice(1);

/** Texts of all kinds: each makes the packer choose other ways. */
const TEXTS: Record<string, Uint8Array> = {
  "nothing": new Uint8Array(0),
  "one byte": utf8.encode("x"),
  "one byte, again and again": new Uint8Array(300_000).fill(120),
  "a short text": utf8.encode("hello, hello, hello"),
  "JSON": utf8.encode(
    Array.from(
      { length: 6000 },
      (_, n) => `{"id":${n},"name":"user ${roll(5000)}","at":${roll(1e9)}}\n`,
    ).join(""),
  ),
  "random bytes": Uint8Array.from({ length: 200_000 }, () => roll(256)),
  "random digits": Uint8Array.from({ length: 200_000 }, () => 48 + roll(10)),
  "many symbols": Uint8Array.from(
    { length: 150_000 },
    () => roll(1 + roll(256)),
  ),
  "a long text that comes again": (() => {
    const long = Uint8Array.from({ length: 300_000 }, () => 97 + roll(20));
    return concat(long, utf8.encode(" and again "), long, long);
  })(),
};

function zstd(text: Uint8Array, ...flags: string[]): Uint8Array {
  const directory = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${directory}/text`, text);
    const { success, stdout, stderr } = new Deno.Command("zstd", {
      args: ["-q", ...flags, "-c", `${directory}/text`],
    }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
    return stdout;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

async function unpacked(
  file: Uint8Array,
  size = 1 << 20,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of unzstd(inPieces(file, size))) {
    pieces.push(piece.slice());
  }
  return concat(...pieces);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

for (const [name, text] of Object.entries(TEXTS)) {
  Deno.test({
    name: `zstd: ${name}, packed by the program zstd at any level`,
    ignore: !hasZstd,
    async fn() {
      for (const flags of LEVELS) {
        const file = zstd(text, ...flags);
        assert(equal(await unpacked(file), text), flags.join(" "));
      }
    },
  });
}

Deno.test({
  name: "zstd: frames, and what is to be skipped, in any pieces",
  ignore: !hasZstd,
  async fn() {
    const [short, json] = [TEXTS["a short text"], TEXTS["JSON"]];
    const empty = zstd(new Uint8Array(0));
    const skipped = concat(
      Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0),
      utf8.encode("abcde"),
    );
    const file = concat(
      ...[skipped, zstd(short), empty, zstd(json), skipped, skipped],
      zstd(short, "--no-check"),
    );
    const expected = concat(short, json, short);
    for (const size of [7, 1000, 1 << 20]) {
      assert(equal(await unpacked(file, size), expected));
    }
  },
});

/** A frame with one block of five bytes, that says of its window what it likes. */
function frame(window: number): Uint8Array {
  return concat(
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, window),
    Uint8Array.of(1 | 5 << 3, 0, 0),
    utf8.encode("hello"),
  );
}

Deno.test("zstd: what a frame says of its window takes no memory, and has a limit", async () => {
  const files: [number, number | undefined][] = [
    [0, undefined], // 1 KiB
    [17 << 3, undefined], // 128 MiB
    [17 << 3 | 1, 150_994_944],
    [21 << 3, 2 ** 31],
    [31 << 3 | 7, 2 ** 41 * 15 / 8],
  ];
  for (const [window, bytes] of files) {
    if (bytes === undefined) {
      assertEquals(await unpacked(frame(window)), utf8.encode("hello"));
      continue;
    }
    const error = await assertRejects(
      () => unpacked(frame(window)),
      PackedDataError,
    );
    assertEquals(
      error.message,
      `zstd data with a window of ${bytes} bytes, and 134217728 are the most that are kept: unpack them with zstd -d --long=31`,
    );
  }
  // 10,000 frames that might each have 128 MiB.
  const many = concat(...Array<Uint8Array>(10_000).fill(frame(17 << 3)));
  const before = Deno.memoryUsage().rss;
  assertEquals((await unpacked(many)).length, 50_000);
  assert(Deno.memoryUsage().rss - before < 500 * 2 ** 20);
});

Deno.test("zstd: what cannot be unpacked is told", async () => {
  const hello = frame(0);
  const dictionary = hello.slice();
  dictionary[4] = 1;
  const reserved = hello.slice();
  reserved[4] = 8;
  const unknown = hello.slice();
  unknown[6] |= 3 << 1;
  const files: [Uint8Array, RegExp][] = [
    [dictionary, /^zstd data that need a dictionary: unpack them with zstd/],
    [reserved, /^damaged zstd data: a reserved bit is set$/],
    [unknown, /^damaged zstd data: a block is of an unknown type$/],
    [concat(hello, utf8.encode("\r\n12")), /something else stands between/],
    [concat(hello, utf8.encode("\r\n")), /unexpected end of file$/],
  ];
  for (let length = 1; length < hello.length; length++) {
    files.push([hello.subarray(0, length), /unexpected end of file$/]);
  }
  for (const [file, message] of files) {
    const error = await assertRejects(() => unpacked(file), PackedDataError);
    assert(message.test(error.message), error.message);
  }
});

Deno.test({
  name: "zstd: a wrong checksum is an error",
  ignore: !hasZstd,
  async fn() {
    for (const text of Object.values(TEXTS)) {
      const file = zstd(text, "--check");
      file[file.length - 1] ^= 1;
      const error = await assertRejects(() => unpacked(file), PackedDataError);
      assertEquals(error.message, "damaged zstd data: incorrect checksum");
    }
  },
});

Deno.test("the checksum is that of xxHash's specification, in any pieces", () => {
  // From the frames that the program zstd writes of these texts.
  const known: [string, number][] = [
    ["", 0x51d8e999],
    ['{"a": "1", "b": "2"}', 0xac6cbb7f],
  ];
  for (const [text, sum] of known) {
    const hash = new Xxh64();
    hash.update(utf8.encode(text));
    assertEquals(hash.low32(), sum);
  }
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
  for (let length = 0; length < 200; length++) {
    const whole = new Xxh64();
    whole.update(bytes.subarray(0, length));
    for (const cut of [1, 5, 31, 32, 33, 64]) {
      const parts = new Xxh64();
      for (let at = 0; at < length; at += cut) {
        parts.update(bytes.subarray(at, Math.min(length, at + cut)));
      }
      assertEquals(parts.low32(), whole.low32());
    }
  }
});

/** What the program zstd makes of files: their text, or nothing if it refuses. */
async function byZstd(
  directory: string,
  files: Uint8Array[],
): Promise<(Uint8Array | undefined)[]> {
  const names = files.map((file, n) => {
    Deno.writeFileSync(`${directory}/${n}.zst`, file);
    return `${directory}/${n}.zst`;
  });
  const to = `${directory}/out`;
  await Deno.mkdir(to);
  await new Deno.Command("zstd", {
    args: ["-dqf", "--output-dir-flat", to, ...names],
    stderr: "null",
  }).output();
  const texts = files.map((_, n) => {
    try {
      return Deno.readFileSync(`${to}/${n}`);
    } catch {
      return undefined;
    }
  });
  await Deno.remove(to, { recursive: true });
  return texts;
}

/**
 * What the specification calls damaged, and the program zstd no longer looks at in
 * streams of literals: bits that are left over, and a missing end.
 */
const STRICTER =
  /(a stream of literals has another length|a bit stream has no end)$/;

/** What a file unpacks to, or why it does not. */
async function attempt(file: Uint8Array): Promise<Uint8Array | string> {
  try {
    return await unpacked(file);
  } catch (error) {
    if (!(error instanceof PackedDataError)) throw error;
    return error.message;
  }
}

Deno.test({
  name: "zstd: a damaged file is what the program zstd makes of it",
  ignore: !hasZstd,
  fn: () =>
    inDirectory(async (directory) => {
      const texts = [
        TEXTS["JSON"].subarray(0, 3000),
        TEXTS["JSON"].subarray(0, 400),
        TEXTS["many symbols"].subarray(0, 2000),
        TEXTS["random digits"].subarray(0, 1500),
        TEXTS["one byte, again and again"],
      ];
      const flags = [["-1"], ["-19"], ["-3"], ["-1", "-B1024"]];
      const files = texts.flatMap((text) =>
        // With a checksum nearly all are refused: most are without.
        flags.map((flags, n) =>
          zstd(text, ...flags, n === 2 ? "--check" : "--no-check")
        )
      );
      files.push(concat(files[0], files[5]));
      let taken = 0, refused = 0;
      const all = [...mutants(files, SEED, MUTANTS)];
      for (let from = 0; from < all.length; from += 500) {
        const some = all.slice(from, from + 500);
        const theirs = await byZstd(directory, some);
        for (const [n, mutant] of some.entries()) {
          if (mutant.length === 0) continue; // nothing, and no error here
          const ours = await attempt(mutant);
          const their = theirs[n];
          const what = `mutant ${from + n}: ${ours}`;
          if (typeof ours === "string") {
            refused++;
            assert(their === undefined || STRICTER.test(ours), what);
          } else {
            taken++;
            assert(their !== undefined && equal(ours, their), what);
          }
        }
      }
      counted("mutants of zstd", all.length);
      assert(taken > MUTANTS / 20 && refused > MUTANTS / 20);
    }),
});
