/**
 * Whether changes belong to a Berkeley DB file that are still in its environment:
 * in memory that programs share, or in the log.
 *
 * Pages are changed in a cache, and written to the file when there is need, in
 * any order. The file is whole when a program has closed it, or has made a
 * checkpoint. An environment has two kinds of files, which stay when all have
 * closed it:
 *
 * ```text
 * __db.001         begins with REGENV (dbinc/region.h), in native byte order
 *    0 magic       4 panic      8 majver   12 minver
 *   40 init_flags, and then mtx_regenv, refcnt and region_cnt; the first has the
 *      size of a pointer in newer versions. Programs that have it open are counted
 *      in refcnt, and those that have died and left the rest to db_recover
 *
 * log.0000000001   records one behind the other; the first is the header
 *    0 prev        4 len        8 checksum
 *   12 the record: rectype, txnid, the previous LSN; in the header, magic and
 *      version
 *   28 its fields (the *.src of each access method):
 *      __dbreg_register  opcode, name, uid, fileid: a file is opened or closed
 *      __txn_ckp         ckp_lsn: all that was changed before is in the files
 *      changes           fileid is the first field, or the second
 * ```
 *
 * A log sequence number (LSN) is the number of a log and an offset in it. Each
 * page begins with that of its last change. So a file is finished if nobody has
 * the environment open, and it has the page that was changed last, after the last
 * checkpoint: the end of the log itself need not have been written yet.
 *
 * A program that has closed its environment, and its file not or with DB_NOSYNC,
 * is not noticed if just that page has been written, and others not.
 *
 * @module
 */

import { dirname, join } from "node:path";
import {
  DB_BTREEMAGIC,
  DB_HASHMAGIC,
  DB_HEAPMAGIC,
  DB_QAMMAGIC,
  DBMETASIZE,
  META_MAGIC,
  META_PAGESIZE,
} from "./layout.ts";

const REGION = "__db.001";
const LOG = /^log\.\d{10}$/;

const MAGICS: ReadonlySet<number> = new Set([
  ...[DB_BTREEMAGIC, DB_HASHMAGIC, DB_QAMMAGIC, DB_HEAPMAGIC],
]);

const DB_REGION_MAGIC = 0x120897;
const INIT_FLAGS = 40;
/** Where region_cnt ends, in the newer layout. */
const REGENV_SIZE = 64;

const DB_LOGMAGIC = 0x40988;
const HEADER_SIZE = 12;
const RECORD_SIZE = 16;
/** Where the fields of a record begin. */
const FIELDS = HEADER_SIZE + RECORD_SIZE;

/** Where a database's own number is, in its first page, and how long it is. */
const META_UID = 52, UID_SIZE = 20;

/** Kinds of records, by `rectype`. */
const DBREG_REGISTER = 2, TXN_CKP = 11;
/** Those that change no page of a file: of transactions, cursors and names. */
const CHANGE_NOTHING: ReadonlySet<number> = new Set([
  ...[2, 10, 11, 12, 13, 14, 33, 34, 47, 51, 64, 65],
  ...[138, 139, 140, 141, 143, 144, 145, 146],
]);
/** Those whose second field is `fileid`; of all others it is the first. */
const FILEID_IS_SECOND: ReadonlySet<number> = new Set([
  ...[21, 22, 41, 43, 45, 85, 151],
]);

/** The opcodes of __dbreg_register for a file that is closed. */
const DBREG_OP_MASK = 0xf, DBREG_CLOSE = 2, DBREG_RCLOSE = 5;

/** So many of the newest logs are read; a log has 10 MB if nothing is said. */
const MAX_LOGS = 16;
const CHUNK = 1024 * 1024;
/** What is read of a record, in bytes: the name of a file, and its number. */
const MAX_RECORD = 8192;

/**
 * The files of an environment in a directory: the region first, whether it is there
 * or not, and then the logs.
 */
export async function environmentFiles(directory: string): Promise<string[]> {
  // A program that may read the one file alone cannot know. Deno would ask.
  const { state } = Deno.permissions.querySync({
    name: "read",
    path: directory,
  });
  if (state !== "granted") return [];
  const logs: string[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    if (LOG.test(name)) logs.push(join(directory, name));
  }
  return [join(directory, REGION), ...logs.sort()];
}

/**
 * Why a Berkeley DB file is not finished, by what lies beside it; `undefined` if
 * it is, as far as that can be known.
 *
 * @param path where the file was written.
 * @param at where its bytes are now.
 * @throws {Deno.errors.PermissionDenied} and its like if it cannot be read.
 */
export async function findEnvironment(
  path: string,
  at: string = path,
): Promise<string | undefined> {
  const [region, ...logs] = await environmentFiles(dirname(path));
  if (region === undefined) return undefined;
  if (await isOpen(region)) {
    return `its environment is open in a program, or was not closed (${region}); close it, or run db_recover`;
  }
  const newest = logs.slice(-MAX_LOGS);
  if (newest.length === 0) return undefined;
  const states = [];
  for (const file of [at, newest.at(-1)!]) {
    const { ino, size, mtime } = await Deno.stat(file);
    states.push(file, ino, size, mtime?.getTime());
  }
  const read = [...states, ...newest].join();
  if (read !== last.read) {
    const reader = new LogReader(await uidOf(at), numberOf(newest[0]) === 1);
    for (const log of newest) await reader.read(log, numberOf(log));
    const { changed } = reader;
    const isMissing = changed !== undefined && changed > await newestPage(at);
    last = { read, isMissing };
  }
  return last.isMissing
    ? `there are changes in ${
      newest.at(-1)
    }; close what writes it, or run db_recover`
    : undefined;
}

/** The last answer: logs are long, and a watcher asks twice a second. */
let last = { read: "", isMissing: false };

function numberOf(log: string): number {
  return Number(log.slice(-10));
}

/** Whether an environment is open, or cannot be told to be closed. */
async function isOpen(region: string): Promise<boolean> {
  const head = await readHead(region, REGENV_SIZE);
  if (head === undefined) return false;
  if (head.length < REGENV_SIZE) return true; // It is in System V's memory.
  const view = new DataView(head.buffer);
  const little = view.getUint32(0, true) === DB_REGION_MAGIC;
  const u32 = (at: number) => view.getUint32(at, little);
  if (u32(0) !== DB_REGION_MAGIC) return true;
  const hasWideMutex = u32(INIT_FLAGS + 4) === 0 && u32(INIT_FLAGS + 12) === 0;
  return u32(hasWideMutex ? INIT_FLAGS + 16 : INIT_FLAGS + 8) !== 0;
}

/** The greatest LSN that a page of a file has. */
async function newestPage(path: string): Promise<bigint> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const window = new Window(file, size);
  const meta = await window.at(0, META_UID);
  if (meta === undefined) return 0n;
  const little = MAGICS.has(meta.getUint32(META_MAGIC, true));
  const pageSize = meta.getUint32(META_PAGESIZE, little);
  let newest = 0n;
  for (let at = 0; pageSize >= DBMETASIZE && at < size; at += pageSize) {
    const page = await window.at(at, 8);
    if (page === undefined) break;
    const its = lsn(page.getUint32(0, little), page.getUint32(4, little));
    if (its > newest) newest = its;
  }
  return newest;
}

async function uidOf(path: string): Promise<Uint8Array> {
  const head = await readHead(path, META_UID + UID_SIZE);
  return head?.subarray(META_UID) ?? new Uint8Array(0);
}

async function readHead(
  path: string,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    if (!(await Deno.stat(path)).isFile) return undefined;
    using file = await Deno.open(path);
    const head = new Uint8Array(length);
    return head.subarray(0, await file.read(head) ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Goes through logs, from the oldest to the newest. */
class LogReader {
  /** The LSN of the last change that may not be in the file. */
  changed: bigint | undefined;
  readonly #uid: Uint8Array;
  /** The numbers that the file is open under, once by each that uses it. */
  readonly #open = new Set<number>();
  /** Whether all such numbers are known. */
  #allKnown: boolean;

  /** @param isWhole whether there is no log before the first that is read. */
  constructor(uid: Uint8Array, isWhole: boolean) {
    this.#uid = uid;
    this.#allKnown = isWhole;
  }

  /**
   * Reads a log.
   *
   * @param number the one in its name: the upper half of its LSNs.
   */
  async read(path: string, number: number): Promise<void> {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    if (size === 0) return;
    const window = new Window(file, size);
    const first = await window.at(0, FIELDS);
    const magic = first?.getUint32(HEADER_SIZE, true);
    const little = magic === DB_LOGMAGIC;
    if (first?.getUint32(HEADER_SIZE, little) !== DB_LOGMAGIC) {
      this.changed = lsn(number, 0); // Encrypted, or of no version that we know.
      return;
    }
    let at = first.getUint32(4, little);
    for (let head; (head = await window.at(at, FIELDS)) !== undefined;) {
      const length = head.getUint32(4, little);
      // The end, where a log is made long at once; or a record without an end.
      if (length < FIELDS || at + length > size) return;
      const record = await window.at(at, Math.min(length, MAX_RECORD));
      this.#add(record!, lsn(number, at), little);
      at += length;
    }
  }

  #add(record: DataView, at: bigint, little: boolean): void {
    const type = record.getUint32(HEADER_SIZE, little);
    if (type === DBREG_REGISTER) this.#register(record, little);
    else if (type === TXN_CKP && record.byteLength >= FIELDS + 8) {
      const file = record.getUint32(FIELDS, little);
      const done = lsn(file, record.getUint32(FIELDS + 4, little));
      if (this.changed !== undefined && this.changed < done) {
        this.changed = undefined;
      }
      // All that is open is told before each checkpoint.
      this.#allKnown = true;
    } else if (!CHANGE_NOTHING.has(type)) {
      const field = FIELDS + (FILEID_IS_SECOND.has(type) ? 4 : 0);
      if (record.byteLength < field + 4) return;
      const isOurs = this.#open.has(record.getInt32(field, little));
      if (isOurs || !this.#allKnown) this.changed = at;
    }
  }

  #register(record: DataView, little: boolean): void {
    if (record.byteLength < FIELDS + 8) return;
    const opcode = record.getUint32(FIELDS, little) & DBREG_OP_MASK;
    const uid = FIELDS + 8 + record.getUint32(FIELDS + 4, little) + 4;
    const id = uid + UID_SIZE;
    if (id + 4 > record.byteLength) return;
    if (!this.#uid.every((byte, i) => record.getUint8(uid + i) === byte)) {
      return;
    }
    const number = record.getInt32(id, little);
    if (opcode !== DBREG_CLOSE && opcode !== DBREG_RCLOSE) {
      this.#open.add(number);
      return;
    }
    this.#open.delete(number);
    // Before the last one closes it, all of it is written.
    if (this.#open.size === 0 && this.#allKnown) this.changed = undefined;
  }
}

/** A number that grows along the logs. */
function lsn(file: number, offset: number): bigint {
  return BigInt(file) << 32n | BigInt(offset);
}

/** A part of a file, which moves on. */
class Window {
  readonly #file: Deno.FsFile;
  readonly #size: number;
  #bytes = new Uint8Array(0);
  #start = 0;

  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** So many bytes, or `undefined` if the file has not so many. */
  async at(offset: number, length: number): Promise<DataView | undefined> {
    if (offset + length > this.#size) return undefined;
    if (offset + length > this.#start + this.#bytes.length) {
      const wanted = Math.min(Math.max(length, CHUNK), this.#size - offset);
      const bytes = new Uint8Array(wanted);
      await this.#file.seek(offset, Deno.SeekMode.Start);
      let read = 0;
      while (read < wanted) {
        const n = await this.#file.read(bytes.subarray(read));
        if (n === null) break;
        read += n;
      }
      if (read < length) return undefined;
      this.#bytes = bytes.subarray(0, read);
      this.#start = offset;
    }
    return new DataView(
      this.#bytes.buffer,
      offset - this.#start,
      length,
    );
  }
}
