/** A PostgreSQL of the test's own, without a network. */

import { inDirectory, until } from "../../temporary.ts";

/** Where Debian has the programs of the server. */
const PROGRAMS: string | undefined = (() => {
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")];
    const newest = versions.map(({ name }) => name).sort().at(-1);
    return newest && `/usr/lib/postgresql/${newest}/bin`;
  } catch {
    return undefined;
  }
})();

/** Whether it is installed; as root it needs a user to run as. */
export const hasPostgres: boolean = PROGRAMS !== undefined;

/** PostgreSQL does not run as root. */
const AS_USER = Deno.uid() === 0
  ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
  : [];

/** Runs statements. */
export type Query = (sql: string, ...args: string[]) => Promise<Uint8Array>;

/** Runs a test with a server. */
export function withPostgres(
  test: (query: Query, directory: string) => Promise<void>,
): Promise<void> {
  return inDirectory(async (directory) => {
    if (Deno.uid() === 0) await run("chown", ["postgres", directory]);
    const data = `${directory}/data`;
    await asUser(
      "initdb",
      "-D",
      data,
      "-E",
      "UTF8",
      "--no-sync",
      "-A",
      "trust",
    );
    const [program, ...args] = [
      ...AS_USER,
      `${PROGRAMS}/postgres`,
      ...["-D", data, "-k", directory, "-h", "", "-F"],
    ];
    const server = new Deno.Command(program, {
      args,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const query: Query = (sql, ...args) =>
      asUser(
        "psql",
        "-X",
        "-h",
        directory,
        "-d",
        "postgres",
        ...args,
        "-c",
        sql,
      );
    try {
      await until(
        "PostgreSQL answers",
        () => query("SELECT 1").then(() => true, () => false),
        60_000,
      );
      await test(query, directory);
    } finally {
      server.kill("SIGQUIT");
      await server.status;
    }
  });
}

function asUser(program: string, ...args: string[]): Promise<Uint8Array> {
  const [first, ...rest] = [...AS_USER, `${PROGRAMS}/${program}`, ...args];
  return run(first, rest);
}

async function run(program: string, args: string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout;
}
