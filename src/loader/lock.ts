/**
 * The claim of one process on a base directory.
 *
 * @module
 */

import { join } from "node:path";

/** How long a lock may take that is free, in milliseconds. */
const PATIENCE = 200;

/** The directory is served by another process. */
export class InUseError extends Error {
  /** Stable: `InUseError`. */
  override readonly name = "InUseError";

  /**
   * Says who has it.
   *
   * @param directory the directory.
   * @param pid the number of the process that serves it.
   */
  constructor(readonly directory: string, readonly pid: number) {
    super(`${directory} is in use by the process ${pid}`);
  }
}

/**
 * Claims a directory for this process, for as long as the file is open: the
 * system lets go of the lock even if the process is killed.
 *
 * @returns the lock file; its owner closes it.
 * @throws {InUseError} if another process has claimed it.
 */
export async function claim(directory: string): Promise<Deno.FsFile> {
  const path = join(directory, "goromdb.lock");
  const file = await Deno.open(path, {
    read: true,
    write: true,
    create: true,
  });
  if (!await tryLock(file)) {
    // Not through the same file: it may still be waiting for the lock.
    const pid = Number.parseInt(await Deno.readTextFile(path));
    throw new InUseError(directory, pid);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

async function tryLock(file: Deno.FsFile): Promise<boolean> {
  if ("tryLock" in file) return await file.tryLock(true);
  // Older versions of Deno can only wait for it.
  const locked: Promise<void> = (file as Deno.FsFile).lock(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE);
  });
  const free = await Promise.race([locked.then(() => true), late]);
  clearTimeout(timer);
  return free;
}
