/**
 * `deno task compile`: makes the executable `dist/goromdb`.
 *
 * The executable may do what the server needs, and no more: read and write
 * files, listen, and call the C library.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const { code } = await new Deno.Command(Deno.execPath(), {
  cwd: root,
  args: [
    "compile",
    "--no-check", // `deno check` has its own step
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-ffi",
    "--allow-env=DENO_TOKIO_EVENT_INTERVAL",
    // Threads are started by name, which the compiler cannot see.
    "--include",
    "src/storage/open_worker.ts",
    "--include",
    "src/watcher/sum_worker.ts",
    "--include",
    "src/access/check_worker.ts",
    "--include",
    "src/server/serve_worker.ts",
    "--output",
    "dist/goromdb",
    ...Deno.args,
    "main.ts",
  ],
}).output().then(async ({ code, stdout, stderr }) => {
  await Deno.stdout.write(stdout);
  await Deno.stderr.write(stderr);
  return { code };
});
Deno.exit(code);
