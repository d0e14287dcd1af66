/**
 * Builds LMDB files with the real engine's `mdb_load`.
 */

/** Whether a program can be run. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    await new Deno.Command(name, { args: ["-V"], stderr: "null" }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Puts records into a file, which is made if it is not there.
 *
 * @param database its name; `undefined` for the main one.
 * @param flags in the words of a dump: `dupsort`, `reversekey`...
 * @param records keys and values: text, or bytes.
 */
export async function load(
  path: string,
  database: string | undefined,
  flags: string[],
  records: Iterable<readonly [Text, Text]>,
): Promise<void> {
  const child = new Deno.Command("mdb_load", {
    args: ["-n", path],
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const header = [
    "VERSION=3",
    "format=bytevalue",
    ...database === undefined ? [] : [`database=${database}`],
    "type=btree",
    "mapsize=1073741824",
    ...flags.map((flag) => `${flag}=1`),
    "HEADER=END",
  ];
  const utf8 = new TextEncoder();
  let lines = header.map((line) => `${line}\n`);
  for (const [key, value] of records) {
    lines.push(` ${hex(key)}\n`, ` ${hex(value)}\n`);
    if (lines.length > 10_000) {
      await writer.write(utf8.encode(lines.join("")));
      lines = [];
    }
  }
  await writer.write(utf8.encode(`${lines.join("")}DATA=END\n`));
  await writer.close();
  const { success } = await child.status;
  if (!success) throw new Error("mdb_load failed");
}

type Text = string | Uint8Array;

function hex(text: Text): string {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  return bytes.toHex();
}
