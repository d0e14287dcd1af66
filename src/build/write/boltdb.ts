/**
 * Writes BoltDB files, as boltdb/bolt and bbolt do. The layout is told in
 * `storage/boltdb/layout.ts`.
 *
 * ```text
 * 0, 1   meta pages
 * 2      the free list: no page is free
 * 3…     the buckets' trees, one behind the other, then the tree of their names
 * ```
 *
 * @module
 */

import {
  BUCKET_HEADER_SIZE,
  BUCKET_LEAF_FLAG,
  FREELIST_PAGE_FLAG,
  MAGIC,
  META_PAGE_FLAG,
  META_SIZE,
  PAGE_HEADER_SIZE,
  VERSION,
} from "../../storage/boltdb/layout.ts";
import { checksum } from "../../storage/boltdb/meta.ts";
import { type BuildError, namespaceError, recordError } from "../error.ts";
import type { SortedRecord } from "../sort/record.ts";
import { PAGE_SIZE, writePageHeader } from "./bolt_page.ts";
import { BoltTree } from "./bolt_tree.ts";
import { OutputFile } from "./output_file.ts";
import type { Plan, Writer } from "./writer.ts";

/** The limits of bolt itself (`MaxKeySize`, `MaxValueSize`), in bytes. */
const MAX_KEY_SIZE = 32768, MAX_VALUE_SIZE = 2 ** 31 - 2;

const FREELIST = 2;

/** Writes one file. */
export class BoltWriter implements Writer {
  readonly #file: OutputFile;
  readonly #namespaced: boolean;
  readonly #names: BoltTree;
  #bucket: Uint8Array | undefined;
  #tree: BoltTree;

  /** Begins a file; without namespaces all records go into `plan.bucket`. */
  constructor(path: string, plan: Plan) {
    this.#file = new OutputFile(path);
    this.#file.write(new Uint8Array(3 * PAGE_SIZE), 0, 3 * PAGE_SIZE);
    this.#namespaced = plan.namespaced;
    this.#names = new BoltTree(this.#file);
    this.#tree = new BoltTree(this.#file);
    if (!plan.namespaced) this.begin(new TextEncoder().encode(plan.bucket));
  }

  begin(namespace: Uint8Array): void {
    if (namespace.length === 0 || namespace.length > MAX_KEY_SIZE) {
      throw namespaceError(
        namespace,
        `it has ${namespace.length} bytes, and a bucket's name in BoltDB has 1 to ${MAX_KEY_SIZE}`,
      );
    }
    this.#endBucket();
    this.#bucket = namespace;
  }

  add(record: SortedRecord): void {
    const { bytes, keyStart, valueStart, end } = record;
    const key = valueStart - keyStart, value = end - valueStart;
    if (key === 0 || key > MAX_KEY_SIZE) {
      throw this.#error(
        record,
        `it has ${key} bytes, and BoltDB takes 1 to ${MAX_KEY_SIZE}`,
      );
    }
    if (value > MAX_VALUE_SIZE) {
      throw this.#error(
        record,
        `its value has ${value} bytes, and BoltDB takes up to ${MAX_VALUE_SIZE}`,
      );
    }
    this.#tree.add(0, bytes, keyStart, valueStart, end);
  }

  finish(): void {
    this.#endBucket();
    const root = this.#names.finish();
    const pages = this.#file.position / PAGE_SIZE;
    const head = new Uint8Array(3 * PAGE_SIZE);
    writeMeta(head, 0, root, pages);
    writeMeta(head, 1, root, pages);
    const freelist = new DataView(head.buffer, FREELIST * PAGE_SIZE);
    writePageHeader(freelist, FREELIST, FREELIST_PAGE_FLAG, 0, 0);
    this.#file.overwrite(head, 0);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #error(record: SortedRecord, problem: string): BuildError {
    const namespace = this.#namespaced ? this.#bucket : undefined;
    return recordError(record.key, problem, namespace);
  }

  /** Writes the rest of the bucket's tree, and keeps its name and root. */
  #endBucket(): void {
    if (this.#bucket === undefined) return;
    const { length } = this.#bucket;
    const bytes = new Uint8Array(length + BUCKET_HEADER_SIZE);
    bytes.set(this.#bucket);
    const root = BigInt(this.#tree.finish());
    new DataView(bytes.buffer).setBigUint64(length, root, true);
    this.#names.add(BUCKET_LEAF_FLAG, bytes, 0, length, bytes.length);
    this.#tree = new BoltTree(this.#file);
  }
}

/** The meta page of a number, 0 or 1; the greater one is the newer. */
function writeMeta(
  head: Uint8Array<ArrayBuffer>,
  number: number,
  root: number,
  pages: number,
): void {
  const start = number * PAGE_SIZE;
  const page = new DataView(head.buffer, start);
  writePageHeader(page, number, META_PAGE_FLAG, 0, 0);
  const at = start + PAGE_HEADER_SIZE;
  const meta = new DataView(head.buffer, at, META_SIZE);
  meta.setUint32(0, MAGIC, true);
  meta.setUint32(4, VERSION, true);
  meta.setUint32(8, PAGE_SIZE, true);
  meta.setBigUint64(16, BigInt(root), true);
  meta.setBigUint64(32, BigInt(FREELIST), true);
  meta.setBigUint64(40, BigInt(pages), true);
  meta.setBigUint64(48, BigInt(number), true);
  meta.setBigUint64(56, checksum(head, at), true);
}
