/**
 * Copying a file, as cheaply as its file system can: by sharing its blocks
 * (btrfs, XFS and their like), or byte by byte, and then without its holes.
 *
 * @module
 */

import { libc } from "../storage/memory/libc.ts";
import type { HeldFile } from "./held_file.ts";
import { removeIfThere } from "./remove.ts";
import { COPY_MODE, keepRights } from "./rights.ts";

const CHUNK = 1024 * 1024;

// From <linux/fs.h>, <fcntl.h> and <unistd.h>.
const FICLONE = 0x4004_9409n;
const O_WRONLY = 1, O_CLOEXEC = 0o2000000;
const SEEK_DATA = 3, SEEK_HOLE = 4;

/**
 * Copies a file, with its time of change, and with its rights as far as we may
 * give them. It may not be on the disk yet.
 *
 * @param to what is there goes.
 */
export async function copyFile(from: HeldFile, to: string): Promise<void> {
  await removeIfThere(to); // Its mode would stay as it was.
  {
    using copy = await Deno.open(to, {
      write: true,
      createNew: true,
      mode: COPY_MODE,
    });
    if (!await shareBlocks(from, to)) await copyBytes(from, copy);
  }
  const original = await from.file.stat();
  if (original.mtime !== null) {
    await Deno.utime(to, new Date(), original.mtime);
  }
  await keepRights(to, original);
}

/** @returns false if the file system cannot, or there are two. */
async function shareBlocks({ fd }: HeldFile, to: string): Promise<boolean> {
  const c = libc();
  if (c === null || fd === undefined) return false;
  const name = new TextEncoder().encode(`${to}\0`);
  const copy = c.open(name, O_WRONLY | O_CLOEXEC);
  if (copy < 0) return false;
  try {
    return await c.ioctl(copy, FICLONE, fd) === 0;
  } finally {
    c.close(copy);
  }
}

async function copyBytes(from: HeldFile, to: Deno.FsFile): Promise<void> {
  const { size } = await from.file.stat();
  const chunk = new Uint8Array(CHUNK);
  for (let at = 0; at < size;) {
    const [begin, end] = dataBehind(from.fd, at, size);
    await from.file.seek(begin, Deno.SeekMode.Start);
    await to.seek(begin, Deno.SeekMode.Start);
    for (at = begin; at < end;) {
      const wanted = chunk.subarray(0, Math.min(CHUNK, end - at));
      const length = await from.file.read(wanted);
      if (length === null) return await to.truncate(at); // It has shrunk.
      for (let written = 0; written < length;) {
        written += await to.write(wanted.subarray(written, length));
      }
      at += length;
    }
  }
  await to.truncate(size); // The last hole.
}

/** Where the next stretch of data begins, and where it ends. */
function dataBehind(
  fd: number | undefined,
  at: number,
  size: number,
): [number, number] {
  const c = Deno.build.os === "linux" ? libc() : null;
  if (c === null || fd === undefined) return [at, size];
  const begin = Number(c.lseek(fd, BigInt(at), SEEK_DATA));
  if (begin < 0) {
    // There is none, or that cannot be told: then the end is told as a hole.
    return c.lseek(fd, BigInt(at), SEEK_HOLE) < 0 ? [at, size] : [size, size];
  }
  const end = Number(c.lseek(fd, BigInt(begin), SEEK_HOLE));
  return [begin, end < 0 ? size : Math.min(end, size)];
}
