/**
 * Buffers that are let go of.
 *
 * @module
 */

/** Smaller ones are left to the collector, in bytes: freeing them costs more. */
const WORTH_FREEING = 4096;

/**
 * Frees the memory of a buffer at once; every view of it is empty then. The
 * collector would do it some time: it sees no reason to run, because buffers lie
 * outside its heap.
 */
export function free({ buffer }: { buffer: ArrayBuffer }): void {
  if (buffer.byteLength > WORTH_FREEING) buffer.transfer(0);
}
