/** The program `cdb` of tinycdb. */

/** Whether it is installed. */
export const hasTinycdb: boolean = (() => {
  try {
    return new Deno.Command("cdb", { args: ["-h"] }).outputSync().code === 0;
  } catch {
    return false;
  }
})();

/** Runs it. */
export function tinycdb(args: string[]): { code: number; out: string } {
  const { code, stdout } = new Deno.Command("cdb", { args }).outputSync();
  return { code, out: new TextDecoder().decode(stdout) };
}

/** Makes a file of records. */
export function makeCdb(
  path: string,
  pairs: Iterable<[Uint8Array, Uint8Array]>,
): void {
  const input = `${path}.txt`;
  const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
  const lines: string[] = [];
  for (const [key, value] of pairs) {
    lines.push(
      `+${key.length},${value.length}:${latin1(key)}->${latin1(value)}\n`,
    );
  }
  const records = lines.join("") + "\n";
  Deno.writeFileSync(
    input,
    Uint8Array.from(records, (char) => char.charCodeAt(0)),
  );
  try {
    const { code } = tinycdb(["-c", path, input]);
    if (code !== 0) throw new Error(`cdb -c: ${code}`);
  } finally {
    Deno.removeSync(input);
  }
}
