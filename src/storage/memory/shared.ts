/**
 * Shared memory for tables.
 *
 * @module
 */

import { collectGarbage } from "./garbage.ts";
import { libc } from "./libc.ts";

const HUGE_PAGE = 2 * 1024 * 1024;
const PAGE = 4096n;

/** From `madvise(2)`. */
const MADV_DONTNEED = 4, MADV_HUGEPAGE = 14;

/**
 * Makes shared memory, filled with zeros. Only what is touched takes up memory.
 *
 * A table is read at random places, and most of the time that takes goes into
 * finding the pages; so where it can, it asks the kernel for pages of 2 MiB and
 * begins at such a page. It is only advice: without it everything works, more
 * slowly.
 */
export function allocateShared(bytes: number): Uint8Array<SharedArrayBuffer> {
  const c = bytes >= HUGE_PAGE ? libc() : null;
  if (c === null) return new Uint8Array(new SharedArrayBuffer(bytes));

  const whole = Math.ceil(bytes / HUGE_PAGE) * HUGE_PAGE;
  const buffer = new SharedArrayBuffer(whole + HUGE_PAGE);
  const address = Deno.UnsafePointer.value(
    Deno.UnsafePointer.of(new Uint8Array(buffer)),
  );
  const offset = -Number(address % BigInt(HUGE_PAGE)) + HUGE_PAGE;
  c.madvise(
    Deno.UnsafePointer.create(address + BigInt(offset)),
    BigInt(whole),
    MADV_HUGEPAGE,
  );
  return new Uint8Array(buffer, offset, bytes);
}

/** A move copies so many bytes, and gives them back, before it goes on. */
const MOVED_AT_A_TIME = 64 * 1024 * 1024;

/**
 * Makes larger shared memory of shared memory that nobody refers to any more. Hardly
 * more memory is in use meanwhile than before.
 *
 * @param used what is moved: the first so many bytes.
 */
export function growShared(
  from: Uint8Array<SharedArrayBuffer>,
  used: number,
  bytes: number,
): Uint8Array<SharedArrayBuffer> {
  const to = allocateShared(bytes);
  for (let at = 0; at < used; at += MOVED_AT_A_TIME) {
    const end = Math.min(used, at + MOVED_AT_A_TIME);
    to.set(from.subarray(at, end), at);
    giveBack(from.buffer, from.byteOffset + at, from.byteOffset + end);
  }
  return to;
}

/** What keeps shared memory alive as long as it is referred to unshared. */
const owners = new WeakMap<ArrayBufferLike, ArrayBufferLike>();

/**
 * The same bytes, as memory that is not shared, where that is possible: what
 * others might write to, V8 copies word by word, and several times more slowly.
 * Nobody writes to a data set.
 */
export function unshared(bytes: Uint8Array): Uint8Array {
  const isShared = bytes.buffer instanceof SharedArrayBuffer;
  if (!isShared || bytes.length === 0 || libc() === null) return bytes;
  const pointer = Deno.UnsafePointer.of(bytes as Uint8Array<ArrayBuffer>)!;
  const same = Deno.UnsafePointerView.getArrayBuffer(pointer, bytes.length);
  owners.set(same, bytes.buffer);
  return new Uint8Array(same);
}

/**
 * Gives memory back to the system, wherever it is still referred to: it reads as
 * zeros from now on. Without the C library, that is left to the collectors of
 * all threads; see {@linkcode forgetShared}.
 */
export function releaseShared(
  ...memory: readonly ArrayBufferView<SharedArrayBuffer>[]
): void {
  for (const { buffer } of memory) giveBack(buffer, 0, buffer.byteLength);
  forgetShared();
}

/** Gives the whole pages in `buffer[start, end)` back, if that can be done. */
export function giveBack(
  buffer: SharedArrayBuffer,
  start: number,
  end: number,
): void {
  const c = releaser();
  if (c === null) return;
  const address = Deno.UnsafePointer.value(
    Deno.UnsafePointer.of(new Uint8Array(buffer)),
  );
  const from = (address + BigInt(start) + PAGE - 1n) / PAGE * PAGE;
  const to = (address + BigInt(end)) / PAGE * PAGE;
  if (to <= from) return;
  c.madvise(Deno.UnsafePointer.create(from), to - from, MADV_DONTNEED);
}

/** Lets go of what a thread does not refer to any more. */
export function forgetShared(): void {
  if (releaser() === null) collectGarbage();
}

/** On other systems the advice has another meaning, or none. */
function releaser(): ReturnType<typeof libc> {
  return Deno.build.os === "linux" ? libc() : null;
}
