/**
 * The meta pages: where everything begins.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import {
  MAGIC,
  META_SIZE,
  PAGE_HEADER_SIZE,
  u32,
  u64,
  VERSION,
} from "./layout.ts";

const SMALLEST_PAGE = 512, LARGEST_PAGE = 65_536;

/** What a meta record says. */
export interface Meta {
  /** In bytes. */
  readonly pageSize: number;
  /** The offset of the bucket record whose keys are the buckets' names. */
  readonly rootBucket: number;
  /** The page with the free page ids; `undefined` if they are not synced. */
  readonly freelist: number | undefined;
  /** Pages in use have ids below this. */
  readonly highWater: number;
  /** The number of the transaction that wrote it. */
  readonly txid: number;
  /** What is wrong with the other meta page, if anything. */
  readonly other?: OtherMeta;
}

/** A meta page that cannot be used. */
export interface OtherMeta extends Fault {
  /** A commit that was cut short leaves such a page. */
  readonly isUnfinished: boolean;
}

/** A meta record by itself. */
type Record = Omit<Meta, "other">;

/**
 * The newer of the two meta records that is valid, of equal ones the first. Where the first is damaged,
 * the page size, and so the place of the second, has to be guessed.
 *
 * @throws {DataFileError} if there is none, or if the file is too short for it.
 */
export function readMeta(bytes: Uint8Array, path: string): Meta {
  const first = recordAt(bytes, PAGE_HEADER_SIZE);
  const second = typeof first === "string"
    ? searchSecond(bytes)
    : secondOf(bytes, first.pageSize);
  let meta: Meta;
  if (typeof first !== "string" && typeof second !== "string") {
    meta = second.txid > first.txid ? second : first;
  } else if (typeof first !== "string") {
    meta = { ...first, other: otherMeta(1, second as string) };
  } else if (typeof second !== "string") {
    meta = { ...second, other: otherMeta(0, first) };
  } else throw new DataFileError(path, whyNoMeta(bytes));
  const needed = meta.highWater * meta.pageSize;
  if (needed > bytes.length) {
    throw new DataFileError(
      path,
      `the file is cut short: its meta page speaks of ${meta.highWater} pages of ${meta.pageSize} bytes, but it has ${bytes.length} bytes`,
    );
  }
  return meta;
}

/** No commit writes numbers that make no sense, and their checksum with them. */
function otherMeta(page: number, problem: string): OtherMeta {
  return {
    place: `page ${page}`,
    problem: `${problem}: what the other meta page says is served`,
    isUnfinished: !problem.startsWith(SENSELESS),
  };
}

/** Whether the file begins as a BoltDB file does. */
export function isBolt(bytes: Uint8Array): boolean {
  return bytes.length >= PAGE_HEADER_SIZE + META_SIZE &&
    u32(bytes, PAGE_HEADER_SIZE) === MAGIC;
}

function pageSizes(): number[] {
  const sizes = [];
  for (let size = SMALLEST_PAGE; size <= LARGEST_PAGE; size *= 2) {
    sizes.push(size);
  }
  return sizes;
}

function secondOf(bytes: Uint8Array, pageSize: number): Record | string {
  const second = recordAt(bytes, pageSize + PAGE_HEADER_SIZE);
  if (typeof second === "string" || second.pageSize === pageSize) return second;
  return `${SENSELESS} page size of ${second.pageSize}, at byte ${pageSize}`;
}

/** The second meta page, where the first does not say how long a page is. */
function searchSecond(bytes: Uint8Array): Record | string {
  for (const size of pageSizes()) {
    const second = secondOf(bytes, size);
    if (typeof second !== "string") return second;
  }
  return "there is no second meta page";
}

const SENSELESS = "its meta record says an impossible";

/** The meta record at an offset; or what is wrong with it. */
function recordAt(bytes: Uint8Array, at: number): Record | string {
  if (at + META_SIZE > bytes.length) return "the file ends in a meta page";
  if (u32(bytes, at) !== MAGIC) return "its meta record has no magic number";
  const version = u32(bytes, at + 4);
  if (version !== VERSION) return `its meta record is of version ${version}`;
  const sum = storedChecksum(bytes, at);
  // To bbolt, 0 is no checksum.
  if (sum !== 0n && sum !== checksum(bytes, at)) {
    return "its meta record does not match its checksum";
  }
  const pageSize = u32(bytes, at + 8);
  if (!pageSizes().includes(pageSize)) {
    return `${SENSELESS} page size of ${pageSize}`;
  }
  const noFreelist = u32(bytes, at + 32) === 0xffffffff &&
    u32(bytes, at + 36) === 0xffffffff;
  return {
    pageSize,
    rootBucket: at + 16,
    freelist: noFreelist ? undefined : u64(bytes, at + 32),
    highWater: u64(bytes, at + 40),
    txid: u64(bytes, at + 48),
  };
}

/** The checksum of the meta record at an offset: 64-bit FNV-1a of the rest. */
export function checksum(bytes: Uint8Array, at: number): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = at; i < at + 56; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(bytes[i])) * 0x100000001b3n);
  }
  return hash;
}

function storedChecksum(bytes: Uint8Array, at: number): bigint {
  return BigInt(u32(bytes, at + 60)) << 32n | BigInt(u32(bytes, at + 56));
}

function whyNoMeta(bytes: Uint8Array): string {
  if (bytes.length < SMALLEST_PAGE * 2 || !isBolt(bytes)) {
    return "not a BoltDB file (no meta page with its magic number 0xED0CDAED)";
  }
  const version = u32(bytes, PAGE_HEADER_SIZE + 4);
  return version === VERSION
    ? "both meta pages are damaged (their checksums are wrong)"
    : `a BoltDB file of version ${version}; this program reads version ${VERSION}`;
}
