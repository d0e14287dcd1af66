import { crc32, gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PackedDataError } from "../../src/compression/error.ts";
import { gunzip } from "../../src/compression/gzip.ts";
import { concat, inPieces } from "./bytes.ts";

const utf8 = new TextEncoder();

/** Sizes of pieces: single bytes, ends in all places, and all in one. */
const PIECES = [1, 7, 100_000, 1 << 20];

function gzip(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(utf8.encode(text)));
}

interface Unpacked {
  text: string;
  hasGarbage: boolean;
}

async function unpacked(file: Uint8Array, size: number): Promise<Unpacked> {
  let hasGarbage = false;
  let text = "";
  const decoder = new TextDecoder();
  for await (
    const piece of gunzip(inPieces(file, size), () => hasGarbage = true)
  ) text += decoder.decode(piece, { stream: true });
  return { text, hasGarbage };
}

/** What gzip(1) makes of a file. */
async function byGzip(
  file: Uint8Array,
): Promise<{ code: number; text: string; said: string }> {
  const child = new Deno.Command("gzip", {
    args: ["-dc"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    writer.write(file).then(() => writer.close()).catch(() => {}),
  ]);
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout), said: decoder.decode(stderr) };
}

/** A long text that packs well, and a short one. */
const LONG = Array.from({ length: 15_000 }, (_, n) => `line ${n}\n`).join("");
const long = gzip(LONG), short = gzip("short"), empty = gzip("");

/** A member with everything that its head can have. */
const head = concat(
  Uint8Array.of(0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3),
  Uint8Array.of(5, 0, 0x1f, 0x8b, 0, 1, 2), // extra
  utf8.encode("name\0comment\0"),
);
const headSum = crc32(head);
const adorned = concat(
  head,
  Uint8Array.of(headSum & 0xff, headSum >>> 8 & 0xff),
  gzip("adorned").subarray(10),
);

const files: Record<string, [Uint8Array, string, boolean]> = {
  "one member": [long, LONG, false],
  "several members": [concat(long, short, long), LONG + "short" + LONG, false],
  "empty members": [
    concat(empty, empty, short, empty, long, empty),
    "short" + LONG,
    false,
  ],
  "a head with a name and more": [
    concat(adorned, adorned),
    "adornedadorned",
    false,
  ],
  "zeros behind it": [concat(long, new Uint8Array(1000)), LONG, false],
  "a line end behind it": [concat(long, utf8.encode("\r\n")), LONG, true],
  "a signature behind it": [
    concat(short, long, utf8.encode("signature ".repeat(20_000))),
    "short" + LONG,
    true,
  ],
  "zeros and something else behind it": [
    concat(short, new Uint8Array(3), utf8.encode("x")),
    "short",
    true,
  ],
};

for (const [name, [file, text, hasGarbage]] of Object.entries(files)) {
  Deno.test(`gzip: ${name}: what gzip(1) gives`, async () => {
    for (const size of PIECES) {
      assertEquals(await unpacked(file, size), { text, hasGarbage });
    }
    const { text: theirs, said } = await byGzip(file);
    assert(theirs === text);
    assertEquals(said.includes("trailing garbage ignored"), hasGarbage);
  });
}

Deno.test("gzip: a member that follows zeros is read, too", async () => {
  // As tapes have it; gzip(1) calls it garbage, and gives less.
  const file = concat(short, new Uint8Array(512), long);
  assertEquals(await unpacked(file, 100), {
    text: "short" + LONG,
    hasGarbage: false,
  });
});

const wrong = long.slice();
wrong[wrong.length - 6] ^= 1;
const wrongLength = long.slice();
wrongLength[wrongLength.length - 2] ^= 1;
const otherMethod = long.slice();
otherMethod[2] = 7;

const damaged: Record<string, [Uint8Array, RegExp]> = {
  "cut in the data": [long.subarray(0, -20), /unexpected end of file/],
  "cut in the checksum": [long.subarray(0, -1), /unexpected end of file/],
  "cut in the head": [long.subarray(0, 9), /unexpected end of file/],
  "cut in the name": [adorned.subarray(0, 20), /unexpected end of file/],
  "a wrong checksum": [wrong, /incorrect checksum/],
  "a wrong length": [wrongLength, /incorrect checksum/],
  "another method": [otherMethod, /unknown method/],
  "a wrong checksum of the head": [
    concat(head, Uint8Array.of(1, 2), gzip("x").subarray(10)),
    /incorrect head checksum/,
  ],
  "cut in the second member": [
    concat(long, short.subarray(0, 12)),
    /unexpected end of file/,
  ],
};

for (const [name, [file, message]] of Object.entries(damaged)) {
  Deno.test(`gzip: ${name} is an error, as it is for gzip(1)`, async () => {
    for (const size of PIECES) {
      const error = await assertRejects(
        () => unpacked(file, size),
        PackedDataError,
      );
      assert(message.test(error.message), error.message);
    }
    assertEquals((await byGzip(file)).code, 1);
  });
}

Deno.test("gzip: where a byte has changed, it is an error or makes no difference", async () => {
  const file = concat(gzip(LONG.slice(0, 2000)), gzip("short"));
  let refused = 0;
  for (let at = 0; at < file.length; at++) {
    for (const bit of [1, 16, 128]) {
      const mutant = file.slice();
      mutant[at] ^= bit;
      try {
        const { text, hasGarbage } = await unpacked(mutant, 1 << 20);
        // In the second magic number: then it is something else behind the first.
        assert(
          text === LONG.slice(0, 2000) + (hasGarbage ? "" : "short"),
          `byte ${at}`,
        );
      } catch (error) {
        assert(error instanceof PackedDataError, `byte ${at}: ${error}`);
        refused++;
      }
    }
  }
  assert(refused > file.length * 2, `only ${refused} of ${3 * file.length}`);
});

Deno.test("gzip: what goes wrong with the input is told as it is", async () => {
  const failing = async function* () {
    yield long.subarray(0, 100);
    await Promise.resolve();
    throw new TypeError("the disk is gone");
  };
  await assertRejects(
    async () => {
      for await (const _ of gunzip(failing(), () => {}));
    },
    TypeError,
    "the disk is gone",
  );
});

Deno.test("gzip: whoever has read enough lets go of the input", async () => {
  let closed = false;
  const input = async function* () {
    try {
      for (;;) yield* inPieces(long, 1000);
    } finally {
      closed = true;
    }
  };
  for await (const _ of gunzip(input(), () => {})) break;
  assert(closed);
});
