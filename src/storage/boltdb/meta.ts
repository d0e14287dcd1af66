/**
 * The meta pages: where everything begins.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
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
}

/**
 * The newer of the two meta records that is valid. Where the first is damaged,
 * the page size, and so the place of the second, has to be guessed.
 *
 * @throws {DataFileError} if there is none, or if the file is too short for it.
 */
export function readMeta(bytes: Uint8Array, path: string): Meta {
  const first = metaAt(bytes, PAGE_HEADER_SIZE);
  const sizes = first === undefined ? pageSizes() : [first.pageSize];
  let second: Meta | undefined;
  for (const size of sizes) {
    const meta = metaAt(bytes, size + PAGE_HEADER_SIZE);
    if (meta?.pageSize === size) second ??= meta;
  }
  const meta = second === undefined || first !== undefined &&
      first.txid > second.txid
    ? first
    : second;
  if (meta === undefined) throw new DataFileError(path, whyNoMeta(bytes));
  const needed = meta.highWater * meta.pageSize;
  if (needed > bytes.length) {
    throw new DataFileError(
      path,
      `the file is cut short: its meta page speaks of ${meta.highWater} pages of ${meta.pageSize} bytes, but it has ${bytes.length} bytes`,
    );
  }
  return meta;
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

function metaAt(bytes: Uint8Array, at: number): Meta | undefined {
  if (at + META_SIZE > bytes.length) return undefined;
  if (u32(bytes, at) !== MAGIC || u32(bytes, at + 4) !== VERSION) {
    return undefined;
  }
  if (checksum(bytes, at) !== storedChecksum(bytes, at)) return undefined;
  const pageSize = u32(bytes, at + 8);
  if (!pageSizes().includes(pageSize)) return undefined;
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
