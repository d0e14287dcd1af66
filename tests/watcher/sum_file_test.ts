import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import type { SumAlgorithm } from "../../src/watcher/sum.ts";
import { readSum } from "../../src/watcher/sum_file.ts";
import { inDirectory } from "../temporary.ts";

const CONTENT = '{"a":"1"}\n';
const MD5 = digest("md5");
const SHA256 = digest("sha256");
/** A sum of something else, with letters. */
const OTHER = "0123456789abcdef".repeat(2);

function digest(algorithm: string, encoding: "hex" | "base64" = "hex"): string {
  return createHash(algorithm).update(CONTENT).digest(encoding);
}

/** Reads a text, or bytes, as the sum file of `drop/data.db`. */
async function read(
  content: string | Uint8Array,
  algorithm: SumAlgorithm = "md5",
  name = "data.db",
): Promise<string | undefined> {
  const path = await Deno.makeTempFile();
  try {
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    const said = await readSum(path, algorithm, `/srv/drop/${name}`);
    return said?.sum ?? said?.problem;
  } finally {
    await Deno.remove(path);
  }
}

/** `data.db` and others, of which programs make sums. */
const NAMES = ["other.db", "data.db", "a b.db"];

/** Programs, and the arguments before the names of files. */
const PROGRAMS: { command: string[]; sum: SumAlgorithm }[] = [
  { command: ["md5sum"], sum: "md5" },
  { command: ["md5sum", "-b"], sum: "md5" },
  { command: ["md5sum", "--tag"], sum: "md5" },
  { command: ["md5sum", "-z"], sum: "md5" },
  { command: ["sha256sum"], sum: "sha256" },
  { command: ["sha256sum", "--tag"], sum: "sha256" },
  { command: ["cksum", "-a", "md5"], sum: "md5" },
  { command: ["cksum", "-a", "sha256", "--untagged"], sum: "sha256" },
  { command: ["openssl", "dgst", "-md5"], sum: "md5" },
  { command: ["openssl", "dgst", "-md5", "-r"], sum: "md5" },
  { command: ["openssl", "dgst", "-md5", "-c"], sum: "md5" },
  { command: ["openssl", "dgst", "-sha256"], sum: "sha256" },
  { command: ["openssl", "dgst", "-sha256", "-c", "-r"], sum: "sha256" },
  { command: ["shasum", "-a", "256"], sum: "sha256" },
  { command: ["shasum", "-a", "256", "-b"], sum: "sha256" },
  { command: ["shasum", "-a", "256", "-U"], sum: "sha256" },
  { command: ["shasum", "-a", "256", "--tag"], sum: "sha256" },
  { command: ["busybox", "md5sum"], sum: "md5" },
  { command: ["busybox", "sha256sum"], sum: "sha256" },
  { command: ["gpg", "--print-md", "md5"], sum: "md5" },
  { command: ["rhash", "--md5"], sum: "md5" },
  { command: ["rhash", "--md5", "--bsd"], sum: "md5" },
  { command: ["rhash", "--md5", "--sfv"], sum: "md5" },
  { command: ["md5deep"], sum: "md5" },
  { command: ["md5deep", "-z", "-l"], sum: "md5" },
  { command: ["hashdeep", "-c", "md5,sha256"], sum: "md5" },
  { command: ["hashdeep", "-c", "md5,sha256", "-l"], sum: "sha256" },
];

/** What a program prints, or `undefined` if it is not there, or cannot do it. */
async function output(
  [program, ...args]: string[],
  cwd: string,
): Promise<Uint8Array | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      ...{ args, cwd, stderr: "null" },
      env: { GNUPGHOME: cwd },
    }).output();
    return success ? stdout : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

for (const { command, sum } of PROGRAMS) {
  const name = command.join(" ");
  Deno.test(`the sums of \`${name}\` are read, alone and among others`, () =>
    inDirectory(async (directory) => {
      for (const name of NAMES) {
        const content = name === "data.db" ? CONTENT : `of ${name}`;
        await Deno.writeTextFile(`${directory}/${name}`, content);
      }
      const alone = await output([...command, "data.db"], directory);
      if (alone === undefined) {
        console.log(`skipped: ${name} is not installed, or too old`);
        return;
      }
      const wanted = sum === "md5" ? MD5 : SHA256;
      assertEquals(await read(alone, sum), wanted);
      // Whatever a single sum says, it is of the data file.
      assertEquals(await read(alone, sum, "else.db"), wanted);
      const all = await output([...command, ...NAMES], directory);
      assertEquals(await read(all!, sum), wanted);
      for (const name of ["other.db", "a b.db"]) {
        const expected = createHash(sum).update(`of ${name}`).digest("hex");
        assertEquals(await read(all!, sum, name), expected);
      }
      assertEquals(
        await read(all!, sum, "none.db"),
        `has 3 ${
          sum === "md5" ? "MD5" : "SHA-256"
        } sums, and none is of none.db`,
      );
    }));
}

Deno.test("names that md5sum escapes are told apart", () =>
  inDirectory(async (directory) => {
    const names = ["new\nline.db", "back\\slash", "data.db"];
    for (const name of names) {
      await Deno.writeTextFile(`${directory}/${name}`, name);
    }
    for (const command of [["md5sum"], ["md5sum", "--tag"]]) {
      const text = await output([...command, ...names], directory);
      if (text === undefined) continue; // macOS and Windows have none
      for (const name of names) {
        const sum = createHash("md5").update(name).digest("hex");
        assertEquals(await read(text, "md5", name), sum);
      }
    }
  }));

const SPACED = MD5.replace(/..(?!$)/g, "$& ");
const upper = MD5.toUpperCase();

/** Sum files as programs write them that are not to be had here. */
const DOCUMENTED: Record<string, string> = {
  "md5 on macOS and FreeBSD": `MD5 (data.db) = ${MD5}\n`,
  "md5 of a path": `MD5 (/Users/me/out/data.db) = ${MD5}\n`,
  "md5 -r": `${MD5} data.db\n`,
  "md5 -q": `${MD5}\n`,
  "OpenBSD's md5 -b": `MD5 (data.db) = ${digest("md5", "base64")}\n`,
  "cksum --base64 --untagged": `${digest("md5", "base64")}  data.db\n`,
  "openssl dgst -md5 -binary | base64": `${digest("md5", "base64")}\n`,
  "OpenSSL 1.1 of standard input": `(stdin)= ${MD5}\n`,
  "OpenSSL 3 of standard input": `MD5(stdin)= ${MD5}\n`,
  "LibreSSL": `MD5(data.db)= ${MD5}\n`,
  "Solaris' digest -v -a md5": `md5 (data.db) = ${MD5}\n`,
  "certutil of Windows 7":
    `MD5 hash of file data.db:\r\n${SPACED}\r\nCertUtil: -hashfile command completed successfully.\r\n`,
  "certutil of Windows 10":
    `MD5 hash of data.db:\r\n${MD5}\r\nCertUtil: -hashfile command completed successfully.\r\n`,
  "certutil in German":
    `MD5-Hash von data.db:\r\n${MD5}\r\nCertUtil: -hashfile-Befehl wurde erfolgreich ausgeführt.\r\n`,
  "certutil in French":
    `Hachage MD5 de data.db :\r\n${MD5}\r\nCertUtil: -hashfile La commande s’est terminée correctement.\r\n`,
  "Get-FileHash":
    `\r\nAlgorithm       Hash                                   Path\r\n---------       ----                                   ----\r\nMD5             ${upper}       C:\\out\\data.db\r\n\r\n\r\n`,
  "Get-FileHash, whose path is cut":
    `\r\nAlgorithm       Hash                                   Path\r\n---------       ----                                   ----\r\nMD5             ${upper}       C:\\very\\lo...\r\n`,
  "Get-FileHash | Format-List":
    `\r\n\r\nAlgorithm : MD5\r\nHash      : ${upper}\r\nPath      : C:\\out\\data.db\r\n\r\n\r\n`,
  "Get-FileHash | ConvertTo-Json":
    `{\r\n    "Algorithm":  "MD5",\r\n    "Hash":  "${upper}",\r\n    "Path":  "C:\\\\out\\\\data.db"\r\n}\r\n`,
  "(Get-FileHash).Hash": `${upper}\r\n`,
  "Get-FileHash | Export-Csv":
    `#TYPE Microsoft.PowerShell.Commands.FileHashInfo\r\n"Algorithm","Hash","Path"\r\n"MD5","${upper}","C:\\out\\data.db"\r\n`,
  "Export-Csv -UseCulture":
    `"Algorithm";"Hash";"Path"\r\n"MD5";"${upper}";"C:\\out\\data.db"\r\n`,
  "Select-Object Path, Hash | Export-Csv":
    `"Path","Hash"\r\n"C:\\out\\data.db","${upper}"\r\n`,
  "fciv":
    `//\r\n// File Checksum Integrity Verifier version 2.05.\r\n//\r\n${MD5} data.db\r\n`,
  "fciv -both":
    `//\r\n// File Checksum Integrity Verifier version 2.05.\r\n//\r\n\t\tMD5\t\t\t\tSHA-1\r\n-------------------------------------------------------------------------\r\n${MD5} ${
      digest("sha1")
    } c:\\out\\data.db\r\n`,
};

for (const [program, text] of Object.entries(DOCUMENTED)) {
  Deno.test(`the sum of ${program} is read, in any encoding`, async () => {
    for (const bytes of encodings(text)) assertEquals(await read(bytes), MD5);
  });
}

/** A text as it is, with CRLF, and as PowerShell and editors encode it. */
function encodings(text: string): Uint8Array[] {
  const utf8 = new TextEncoder();
  const crlf = text.replaceAll(/\r?\n/g, "\r\n");
  const utf16 = (text: string, little: boolean) => {
    const bytes = new Uint8Array(text.length * 2);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < text.length; i++) {
      view.setUint16(i * 2, text.charCodeAt(i), little);
    }
    return bytes;
  };
  return [
    ...[text, crlf, `\ufeff${crlf}`].map((text) => utf8.encode(text)),
    ...[utf16(`\ufeff${crlf}`, true), utf16(`\ufeff${crlf}`, false)],
    utf16(crlf, true),
  ];
}

// [the sum file, what it says]
const TEXTS: [string, string | undefined][] = [
  ["", undefined],
  [MD5, MD5],
  [`\n\n  ${upper}  data.db\r\n`, MD5],
  [`${MD5} *data.db\n`, MD5],
  [`\\${MD5}  a\\nname\n`, MD5],
  [`# made by us\n; and them\n// all\n${MD5}  data.db\n`, MD5],
  [`# ${OTHER}  data.db\n${MD5}  data.db\n`, MD5],
  [`${OTHER}  aaa.db\n${MD5}  data.db\n`, MD5],
  [`${MD5}  data.db\n${OTHER}  data.db.old\n`, MD5],
  [`${OTHER}  old-data.db\n${MD5}  ./data.db\n`, MD5],
  [`${OTHER}  Udata.db.bak\n${MD5} *out/data.db\n`, MD5],
  [`${OTHER}  C:\\out\\a.db\n${MD5}  C:\\out\\data.db\n`, MD5],
  [`${OTHER}  a/data.db\n${MD5}  drop/data.db\n`, MD5],
  [`${OTHER}  a/data.db\n${MD5}  /srv/drop/data.db\n`, MD5],
  [`${OTHER}  users/data.db\n${MD5}  data.db\n`, MD5],
  [`${MD5}  a/data.db\n${MD5}  b/data.db\n`, MD5],
  [`MD5 (${OTHER}.db) = ${MD5}\n`, MD5],
  [`MD5 (data.db) = ${MD5}\nSHA256 (data.db) = ${SHA256}\n`, MD5],
  [
    `MD5 hash of aaa.db:\n${OTHER}\nCertUtil: done\nMD5 hash of data.db:\n${MD5}\nCertUtil: done\n`,
    MD5,
  ],
  [
    `Algorithm : MD5\nHash : ${OTHER}\nPath : C:\\aaa.db\n\nAlgorithm : MD5\nHash : ${upper}\nPath : C:\\data.db\n`,
    MD5,
  ],
  [
    `"MD5","${OTHER}","C:\\aaa.db"\r\n"MD5","${upper}","C:\\a, b\\data.db"\r\n`,
    MD5,
  ],
  [
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${MD5}  data.db\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n`,
    MD5,
  ],
  [`${"x".repeat(70_000)}\n${MD5}  data.db\n`, "holds no MD5 sum"],
  [`${MD5}  data.db\n${"x".repeat(70_000)}`, MD5],
  ["\n", "holds no MD5 sum"],
  [`${MD5}0`, "holds no MD5 sum"],
  [MD5.slice(1), "holds no MD5 sum"],
  ["2342765609 9 data.db\n", "holds no MD5 sum"],
  [
    `${OTHER}  data.db\n${MD5}  data.db\n`,
    "has different sums of data.db",
  ],
  [
    `${OTHER}  a/data.db\n${MD5}  b/data.db\n`,
    "has different sums of data.db",
  ],
  [
    `${OTHER}  -\n${MD5}  else.db\n`,
    "has 2 MD5 sums, and none is of data.db",
  ],
  [
    `${SHA256}  data.db\n`,
    "holds no MD5 sum, but one of the kind SHA-256: start with -watch sha256, and name it FILE.sha256",
  ],
  [
    `SHA2-256(data.db)= ${SHA256}\n`,
    "holds no MD5 sum, but one of the kind SHA-256: start with -watch sha256, and name it FILE.sha256",
  ],
  [
    `${digest("sha1")}  data.db\n`,
    "holds no MD5 sum, but one of the kind SHA-1",
  ],
  [
    `${digest("sha512")}  data.db\n`,
    "holds no MD5 sum, but one of the kind SHA-512",
  ],
  [
    `BLAKE2b-128 (data.db) = ${OTHER}\n`,
    "holds no MD5 sum, but one of the kind BLAKE2b-128",
  ],
  [
    `HMAC-MD5(data.db)= ${OTHER}\n`,
    "holds no MD5 sum, but one of the kind HMAC-MD5",
  ],
  [
    `SHA1 hash of file data.db:\r\n${digest("sha1")}\r\nCertUtil: done\r\n`,
    "holds no MD5 sum, but one of the kind SHA1",
  ],
];

Deno.test("a sum file says which sum is meant, or why that cannot be told", async () => {
  for (const [text, expected] of TEXTS) {
    assertEquals(
      await read(text),
      expected,
      JSON.stringify(text.slice(0, 300)),
    );
  }
});

Deno.test("an MD5 sum where SHA-256 is wanted is told", async () => {
  assertEquals(
    await read(`${MD5}  data.db\n`, "sha256"),
    "holds no SHA-256 sum, but one of the kind MD5: start with -watch md5, and name it FILE.md5",
  );
  assertEquals(
    await read(`SM3 (data.db) = ${SHA256}\n`, "sha256"),
    "holds no SHA-256 sum, but one of the kind SM3",
  );
});

Deno.test("there may be no sum file, or something else in its place", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db.md5`;
    assertEquals(await readSum(path, "md5", "data.db"), undefined);
    await Deno.mkdir(path);
    assertEquals(await readSum(path, "md5", "data.db"), {
      problem: "is not a regular file",
    });
  }));

Deno.test("no text takes long to read, however it is made", async () => {
  const size = 65_000;
  const pieces = [
    ...["a", " ", "(", ")", ": ", "\\", "=", '"', ",", "-", "a ", "MD5 "],
    ...["aa:", "aa ", "(a", ") = ", `${MD5} `, `${MD5}:`, "Hash : ", "\n", "/"],
  ];
  for (const piece of pieces) {
    for (const end of ["", ` ${MD5}`, ")", ":", `) = ${MD5}`, `\n${MD5}\n`]) {
      const text = piece.repeat(size / piece.length) + end;
      const begun = performance.now();
      await read(text);
      const taken = performance.now() - begun;
      // Linear ones take some milliseconds, others would take minutes.
      assert(taken < 2000, `${taken} ms for ${piece} … ${end}`);
    }
  }
});
