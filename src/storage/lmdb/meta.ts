/**
 * The meta pages: the format, the page size, and the present state.
 *
 * A commit ends with the writing of one meta page, and there is no checksum in
 * it. If one of the two is damaged, the state that the other tells is whole:
 * the pages of the last state but one are not used again before the next
 * commit. So a file is refused only when both are damaged.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import {
  MAX_PAGESIZE,
  MDB_ENCRYPT,
  MDB_MAGIC,
  METASIZE,
  MIN_PAGESIZE,
  MM_FLAGS,
  MM_LAST_PG,
  MM_MAPSIZE,
  MM_PSIZE,
  MM_TXNID,
  MM_VERSION,
  MP_FLAGS,
  NUM_METAS,
  P_META,
  PAGEHDRSZ_1,
  PAGEHDRSZ_2,
} from "./layout.ts";
import { u16, u32, u64 } from "./numbers.ts";

/** The size of a page's header on machines of 32 bits. */
const PAGEHDRSZ_32BIT = 12;
/** {@linkcode MDB_MAGIC}, the most significant byte last. */
const SWAPPED_MAGIC = 0xdec0efbe;

/** One of the two meta pages. */
export interface Meta {
  /** Its number. */
  pgno: number;
  /** Where it is in the file, behind the header. */
  at: number;
  /** The data format. */
  format: 1 | 2;
  /** The size of a page. */
  pageSize: number;
  /** How many bytes liblmdb maps. */
  mapSize: number;
  /** The number of the last page. */
  lastPage: number;
  /** The number of the transaction that wrote it. */
  txnid: number;
  /** The environment's flags. */
  flags: number;
}

/**
 * Whether these first bytes of a file are those of an LMDB file, of whatever
 * format and machine.
 */
export function isLmdb(bytes: Uint8Array): boolean {
  return headerSize(bytes, 0) !== undefined || isForeign(bytes);
}

/**
 * Reads the meta pages.
 *
 * @returns the one that counts, and what is wrong with the other, if anything.
 * @throws {DataFileError} if none can be read.
 */
export function readMetas(
  bytes: Uint8Array,
  path: string,
): { meta: Meta; faults: Fault[] } {
  const first = readMeta(bytes, 0, 0);
  const second = typeof first === "string"
    ? searchSecond(bytes)
    : readMeta(bytes, first.pageSize, 1);
  if (typeof first === "string") {
    if (typeof second === "string") throw new DataFileError(path, first);
    return { meta: usable(second, path), faults: [faultOf(0, first)] };
  }
  if (bytes.length < NUM_METAS * first.pageSize) {
    throw new DataFileError(path, "the file is shorter than its meta pages");
  }
  if (typeof second === "string") {
    return { meta: usable(first, path), faults: [faultOf(1, second)] };
  }
  const meta = second.txnid > first.txnid ? second : first;
  return { meta: usable(meta, path), faults: [] };
}

/** Reads the meta page at `page`; or says why it cannot be read. */
function readMeta(
  bytes: Uint8Array,
  page: number,
  pgno: number,
): Meta | string {
  const header = headerSize(bytes, page);
  if (header === undefined) {
    return isForeign(bytes)
      ? "it was made on a machine of 32 bits or another byte order, and only files of 64-bit little-endian ones can be read"
      : "the magic number beefc0de of LMDB files is missing";
  }
  const at = page + header;
  if (at + METASIZE > bytes.length) return "the file ends in a meta page";
  if ((u16(bytes, at + MP_FLAGS) & P_META) === 0) {
    return "the meta page is not marked as one";
  }
  const format = header === PAGEHDRSZ_1 ? 1 : 2;
  // In format 2, only 16 bits are the version.
  const version = format === 1
    ? u32(bytes, at + MM_VERSION)
    : u16(bytes, at + MM_VERSION);
  if (version !== format) {
    return `data format ${version} cannot be read, only 1 and 2`;
  }
  const pageSize = u32(bytes, at + MM_PSIZE);
  if (
    pageSize < MIN_PAGESIZE || pageSize > MAX_PAGESIZE ||
    (pageSize & (pageSize - 1)) !== 0
  ) return `the meta page says an impossible page size of ${pageSize}`;
  if (pgno !== 0 && pageSize !== page) {
    return `the meta page says a page size of ${pageSize}, and is at ${page}`;
  }
  return {
    pgno,
    at,
    format,
    pageSize,
    mapSize: u64(bytes, at + MM_MAPSIZE),
    lastPage: u64(bytes, at + MM_LAST_PG),
    txnid: u64(bytes, at + MM_TXNID),
    flags: u16(bytes, at + MM_FLAGS),
  };
}

/** The second meta page, where the first does not say how long a page is. */
function searchSecond(bytes: Uint8Array): Meta | string {
  for (let size = MIN_PAGESIZE; size <= MAX_PAGESIZE; size *= 2) {
    const meta = readMeta(bytes, size, 1);
    if (typeof meta !== "string") return meta;
  }
  return "there is no second meta page";
}

/** The size of the header of a page, as the place of the magic number tells. */
function headerSize(bytes: Uint8Array, page: number): number | undefined {
  return [PAGEHDRSZ_1, PAGEHDRSZ_2].find((size) =>
    u32(bytes, page + size) === MDB_MAGIC
  );
}

/** Whether the file was made on a machine unlike ours. */
function isForeign(bytes: Uint8Array): boolean {
  return u32(bytes, PAGEHDRSZ_32BIT) === MDB_MAGIC ||
    [PAGEHDRSZ_32BIT, PAGEHDRSZ_1, PAGEHDRSZ_2].some((size) =>
      u32(bytes, size) === SWAPPED_MAGIC
    );
}

function usable(meta: Meta, path: string): Meta {
  if ((meta.flags & MDB_ENCRYPT) !== 0) {
    throw new DataFileError(
      path,
      "it is encrypted; write it without an encryption key",
    );
  }
  return meta;
}

function faultOf(pgno: number, problem: string): Fault {
  return { place: `page ${pgno}`, problem };
}
