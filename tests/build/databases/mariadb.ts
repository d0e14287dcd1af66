/** A MariaDB of the test's own, without a network. */

import { inDirectory, until } from "../../temporary.ts";

function works(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** Whether server and client are installed. */
export const hasMariadb: boolean = ["mariadb-install-db", "mariadbd", "mariadb"]
  .every((name) => name === "mariadb-install-db" || works(name));

/** Runs the client; `arguments` are before the statement. */
export type Query = (sql: string, ...args: string[]) => Promise<Uint8Array>;

/** Runs a test with a server. */
export function withMariadb(
  test: (query: Query, directory: string) => Promise<void>,
): Promise<void> {
  return inDirectory(async (directory) => {
    const data = `${directory}/data`, socket = `${directory}/socket`;
    await run("mariadb-install-db", [
      "--no-defaults",
      `--datadir=${data}`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      `--user=${Deno.uid() === 0 ? "root" : ""}`,
    ]);
    const server = new Deno.Command("mariadbd", {
      args: [
        "--no-defaults",
        `--datadir=${data}`,
        `--socket=${socket}`,
        `--pid-file=${directory}/pid`,
        "--skip-networking",
        "--innodb-buffer-pool-size=16M",
        "--user=root",
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const query: Query = (sql, ...args) =>
      run("mariadb", [
        "--no-defaults",
        `--socket=${socket}`,
        "--default-character-set=utf8mb4",
        ...args,
        `--execute=${sql}`,
      ]);
    try {
      await until(
        "MariaDB answers",
        () => query("SELECT 1").then(() => true, () => false),
        60_000,
      );
      await test(query, directory);
    } finally {
      server.kill("SIGKILL");
      await server.status;
    }
  });
}

async function run(program: string, args: string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout;
}
