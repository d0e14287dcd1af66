/**
 * A file as bytes: mapped, or read into shared memory.
 *
 * A mapping costs nothing to open and shares the system's page cache, but it is
 * outside the garbage collector's care: reading it after
 * {@linkcode closeMemory}, or where somebody has truncated the file, ends the
 * process with a signal. So files are never written in place, no view outlives
 * the data set, and a value is copied before the next `await`.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import { errno, libc } from "./libc.ts";
import { MemoryRoom } from "./room.ts";
import { allocateShared, releaseShared, unshared } from "./shared.ts";

/** How `-memory` says a file is to become bytes. */
export type MemoryMode = "auto" | "map" | "read";

/** The names that `-memory` takes. */
export const MEMORY_MODES: readonly MemoryMode[] = ["auto", "map", "read"];

/**
 * Up to this size, in bytes, `auto` reads a file: a copy in large pages is
 * searched faster than a mapping in small ones, and costs little.
 */
const READ_LIMIT = 64 * 1024 * 1024;

/** The bytes of a file in a form that other threads can be sent. */
export type FileMemory =
  | { readonly kind: "mapped"; readonly address: bigint; readonly size: number }
  | { readonly kind: "read"; readonly bytes: Uint8Array<SharedArrayBuffer> };

// From <sys/mman.h> and <fcntl.h>; the same on Linux and macOS.
const PROT_READ = 1, MAP_SHARED = 1, O_RDONLY = 0;
const MADV_WILLNEED = 3;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const PAGE = 4096;

/**
 * Makes the file at `path` readable as bytes.
 *
 * @param mode `auto` maps it if it is large and that is possible.
 * @param used how many of its first bytes are wanted; all, if it has no more.
 * @throws {DataFileError} if it is empty, or must be mapped and cannot.
 */
export async function openMemory(
  path: string,
  mode: MemoryMode = "auto",
  used = Infinity,
): Promise<FileMemory> {
  const mapped = mode === "map" ||
    mode === "auto" &&
      Math.min(used, (await Deno.stat(path)).size) > READ_LIMIT;
  if (mapped && libc() !== null) return map(path, used);
  if (mode === "map") {
    throw new DataFileError(
      path,
      "cannot be mapped: -memory map needs --allow-ffi, on Linux or macOS",
    );
  }
  using file = await Deno.open(path);
  const size = Math.min(used, (await file.stat()).size);
  if (size === 0) throw new DataFileError(path, "the file is empty");
  const bytes = allocateShared(size);
  const room = new MemoryRoom(path);
  const chunk = new Uint8Array(1024 * 1024);
  let at = 0;
  try {
    for (let n; at < size && (n = await file.read(chunk)) !== null; at += n) {
      room.take(n);
      bytes.set(chunk.subarray(0, Math.min(n, size - at)), at);
    }
    if (at < size) throw new DataFileError(path, "it shrank while it was read");
  } catch (error) {
    releaseShared(bytes);
    throw error;
  }
  return { kind: "read", bytes };
}

/** The bytes; for a mapping, valid until {@linkcode closeMemory}. */
export function bytesOf(memory: FileMemory): Uint8Array {
  if (memory.kind === "read") return unshared(memory.bytes);
  const pointer = Deno.UnsafePointer.create(memory.address);
  if (pointer === null) throw new TypeError("a mapping has no address");
  return new Uint8Array(
    Deno.UnsafePointerView.getArrayBuffer(pointer, memory.size),
  );
}

/**
 * Lets the memory go. The caller makes sure that no thread reads it any more.
 */
export function closeMemory(memory: FileMemory): void {
  if (memory.kind === "read") return releaseShared(memory.bytes);
  const pointer = Deno.UnsafePointer.create(memory.address);
  libc()?.munmap(pointer, BigInt(memory.size));
}

/**
 * Brings the whole file into memory, so that the first requests do not wait for
 * the disk. Takes as long as reading it.
 *
 * @returns a number that depends on every page, so that nothing is left out.
 */
export function warm(memory: FileMemory): number {
  if (memory.kind === "mapped") {
    const pointer = Deno.UnsafePointer.create(memory.address);
    libc()?.madvise(pointer, BigInt(memory.size), MADV_WILLNEED);
  }
  const bytes = bytesOf(memory);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += PAGE) sum = (sum + bytes[at]) | 0;
  return sum;
}

async function map(path: string, used: number): Promise<FileMemory> {
  const c = libc()!;
  const size = Math.min(used, (await Deno.stat(path)).size);
  if (size === 0) throw new DataFileError(path, "the file is empty");
  const name = new TextEncoder().encode(`${path}\0`);
  const fd = c.open(name, O_RDONLY);
  if (fd < 0) {
    throw new DataFileError(path, `cannot be opened: errno ${errno()}`);
  }
  try {
    const pointer = c.mmap(null, BigInt(size), PROT_READ, MAP_SHARED, fd, 0n);
    const address = Deno.UnsafePointer.value(pointer);
    if (address === 0n || BigInt.asUintN(64, address) === MAP_FAILED) {
      throw new DataFileError(path, `cannot be mapped: errno ${errno()}`);
    }
    return { kind: "mapped", address, size };
  } finally {
    c.close(fd);
  }
}
