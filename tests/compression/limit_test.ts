import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PackedDataError } from "../../src/compression/error.ts";
import { limited } from "../../src/compression/limit.ts";
import { inDirectory } from "../temporary.ts";
import { concat } from "./bytes.ts";

const MB = 2 ** 20;

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(MB);
  for (let n = 0; n < count; n++) yield await Promise.resolve(piece);
}

/** How many bytes are given of an input of so many, unpacked. */
async function given(
  megabytesThere: number,
  limit: Parameters<typeof limited>[1],
): Promise<number> {
  let bytes = 0;
  for await (const piece of limited(megabytes(megabytesThere), limit)) {
    bytes += piece.length;
  }
  return bytes / MB;
}

Deno.test("an input unpacks to what is said, or to 64 times its size, within bounds", async () => {
  const packedBytes = () => 3 * MB;
  const small = () => 100;
  assertEquals(await given(192, { packedBytes }), 192);
  assertEquals(await given(64, { packedBytes: small }), 64);
  assertEquals(await given(300, { packedBytes, said: 300 * MB }), 300);
  const refused: [number, Parameters<typeof limited>[1], string][] = [
    [
      193,
      { packedBytes },
      "it unpacks to more than 201326592 bytes, from 3145728; if it is to, say -max-unpacked SIZE",
    ],
    [
      65,
      { packedBytes: small },
      "it unpacks to more than 67108864 bytes, from 100; if it is to, say -max-unpacked SIZE",
    ],
    [
      101,
      { packedBytes, most: 100 * MB },
      "it unpacks to more than 104857600 bytes, from 3145728; if it is to, say -max-unpacked SIZE",
    ],
    [
      2,
      { packedBytes, said: MB },
      "it unpacks to more than 1048576 bytes, which is what -max-unpacked says",
    ],
  ];
  for (const [count, limit, message] of refused) {
    const error = await assertRejects(
      () => given(count, limit),
      PackedDataError,
    );
    assertEquals(error.message, message);
  }
});

const script = fileURLToPath(new URL("./open_json.ts", import.meta.url));

function gzip(text: string): Uint8Array {
  return new Uint8Array(gzipSync(new TextEncoder().encode(text)));
}

/** Files of 1 or 2 MB that unpack to 2 GB of JSON: many values, and one. */
const BOMBS: Record<string, () => Uint8Array[]> = {
  "of many records": () => [
    gzip("{"),
    ...Array(512).fill(gzip(`"key":"${"x".repeat(1014)}",`.repeat(4096))),
    gzip('"last": 1}'),
  ],
  "of one value": () => [
    gzip('{"key":"'),
    ...Array(512).fill(gzip("x".repeat(4 * MB))),
    gzip('"}'),
  ],
};

for (const [name, members] of Object.entries(BOMBS)) {
  Deno.test({
    name:
      `a gzip bomb ${name} is refused, and takes no more than twice the limit`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inDirectory(async (directory) => {
        const path = `${directory}/bomb.json.gz`;
        await Deno.writeFile(path, concat(...members()));
        const maxUnpacked = 256 * MB;
        const { stdout } = await new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "--quiet", "-A", script, path, String(maxUnpacked)],
          ],
          stderr: "inherit",
        }).output();
        const { message, peak } = JSON.parse(new TextDecoder().decode(stdout));
        assertEquals(
          message,
          `${path}: it unpacks to more than ${maxUnpacked} bytes, which is what -max-unpacked says`,
        );
        // One value is held whole, in a buffer that doubles and is then copied.
        assert(peak < 2 * maxUnpacked + 64 * MB, `${peak / MB} MB`);
      }),
  });
}
