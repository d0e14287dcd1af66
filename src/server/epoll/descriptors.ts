/**
 * Which file descriptors a thread has open: the C library's are not closed when
 * the thread dies, so the control thread closes them for it.
 *
 * @module
 */

import { socketLibc } from "./libc.ts";

/** A byte for each file descriptor; 1: open. */
export type Descriptors = Uint8Array<SharedArrayBuffer>;

/** As many as a process can have where nobody has raised Linux's limit. */
const MOST = 1024 * 1024;

/** Makes a table without any; untouched memory costs nothing. */
export function createDescriptors(): Descriptors {
  return new Uint8Array(new SharedArrayBuffer(MOST));
}

/** Closes all that are open. Their thread must have died. */
export function closeDescriptors(descriptors: Descriptors): void {
  for (let fd = descriptors.indexOf(1); fd !== -1;) {
    socketLibc().close(fd);
    descriptors[fd] = 0;
    fd = descriptors.indexOf(1, fd + 1);
  }
}
