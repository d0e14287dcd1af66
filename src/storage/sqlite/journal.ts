/**
 * Whether changes belong to an SQLite file that are still beside it: without them
 * one would read old data, or half of a transaction.
 *
 * A rollback journal, `FILE-journal`, is hot
 * (https://www.sqlite.org/atomiccommit.html, "Hot Rollback Journals") if its
 * header is well formed, and it names no super-journal, or one that is there:
 *
 * ```text
 *  0  magic, 8 bytes; zeros when the transaction has been committed
 *     …
 *    the name of the super-journal, if there is one
 * -16  its length, 4 bytes   -12  the sum of its bytes, 4 bytes
 *  -8  magic, 8 bytes
 * ```
 *
 * A write-ahead log, `FILE-wal` (https://www.sqlite.org/fileformat2.html, 4), has
 * changes if a transaction in it has been committed. Frames count up to the first
 * one whose salt or checksum is not right:
 *
 * ```text
 *  0  magic, 4 bytes; the last bit: checksums are of big-endian numbers
 *  4  version   8  page size   12  checkpoint   16  salt   24  checksum
 * frame
 *  0  page   4  in the last one of a transaction: pages of the file, else 0
 *  8  salt   16  checksum of all frames so far   24  the page
 * ```
 *
 * All other numbers are big-endian. `FILE-shm` is an index of the log, and holds
 * no changes. Whether a writer lives is not asked: its journal is here then.
 *
 * @module
 */

/** What a journal begins with, and what a name of a super-journal ends with. */
const JOURNAL_MAGIC = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

const WAL_MAGIC = 0x377f0682;
const WAL_VERSION = 3_007_000;
const WAL_HEADER_SIZE = 32;
const FRAME_HEADER_SIZE = 24;

/** The longest part of a log that is read, in bytes: more of it is changes. */
const WAL_READ_LIMIT = 256 * 1024 * 1024;

/** The longest name of a super-journal, in bytes. */
const MAX_NAME = 4096;

/** What SQLite keeps beside a file. */
export function journalsOf(path: string): string[] {
  return [`${path}-wal`, `${path}-journal`];
}

/**
 * The log or the journal beside a file that has changes that are not in it, or
 * `undefined` if SQLite would read the file as it is.
 *
 * @throws {Deno.errors.PermissionDenied} and its like if one cannot be read.
 */
export async function findChanges(path: string): Promise<string | undefined> {
  const [wal, journal] = journalsOf(path);
  if (await reads(wal, hasCommit)) return wal;
  if (await reads(journal, isHot)) return journal;
}

async function reads(
  path: string,
  isSo: (file: Deno.FsFile) => Promise<boolean>,
): Promise<boolean> {
  try {
    if (!(await Deno.stat(path)).isFile) return false;
    using file = await Deno.open(path);
    return await isSo(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function isHot(file: Deno.FsFile): Promise<boolean> {
  const begin = await readAt(file, 0, JOURNAL_MAGIC.length);
  if (!isMagic(begin, 0)) return false;
  const superJournal = await superJournalOf(file);
  if (superJournal === undefined) return true;
  return await Deno.stat(superJournal).then(
    () => true,
    // Whether it is there may not be told to us: then it may be.
    (error) => !(error instanceof Deno.errors.NotFound),
  );
}

async function superJournalOf(file: Deno.FsFile): Promise<string | undefined> {
  const { size } = await file.stat();
  if (size < 16) return undefined;
  const end = await readAt(file, size - 16, 16);
  if (end.length < 16 || !isMagic(end, 8)) return undefined;
  const view = new DataView(end.buffer);
  const length = view.getUint32(0), sum = view.getUint32(4);
  if (length === 0 || length > Math.min(MAX_NAME, size - 16)) return undefined;
  const name = await readAt(file, size - 16 - length, length);
  // SQLite adds them up as signed characters.
  const bytes = new Int8Array(name.buffer, 0, name.length);
  const found = bytes.reduce((sum, byte) => (sum + byte) >>> 0, 0);
  return found === sum ? new TextDecoder().decode(name) : undefined;
}

function isMagic(bytes: Uint8Array, at: number): boolean {
  return JOURNAL_MAGIC.every((byte, i) => bytes[at + i] === byte);
}

/** Whether a transaction in a write-ahead log has been committed. */
async function hasCommit(file: Deno.FsFile): Promise<boolean> {
  const header = await readAt(file, 0, WAL_HEADER_SIZE);
  if (header.length < WAL_HEADER_SIZE) return false;
  const view = new DataView(header.buffer);
  const magic = view.getUint32(0), pageSize = view.getUint32(8);
  if ((magic & ~1) >>> 0 !== WAL_MAGIC || !isPageSize(pageSize)) return false;
  const sum = new Checksum((magic & 1) === 0);
  sum.add(view, 0, 24);
  if (!sum.is(view, 24)) return false;
  // SQLite does not read the file at all then.
  if (view.getUint32(4) !== WAL_VERSION) return true;

  const size = FRAME_HEADER_SIZE + pageSize;
  for (let at = WAL_HEADER_SIZE; at < WAL_READ_LIMIT; at += size) {
    const bytes = await readAt(file, at, size);
    if (bytes.length < size) return false;
    const frame = new DataView(bytes.buffer);
    const isNext = frame.getUint32(0) !== 0 &&
      frame.getBigUint64(8) === view.getBigUint64(16);
    if (!isNext) return false;
    sum.add(frame, 0, 8);
    sum.add(frame, FRAME_HEADER_SIZE, pageSize);
    if (!sum.is(frame, 16)) return false;
    if (frame.getUint32(4) !== 0) return true;
  }
  return true;
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

/** The running checksum of a write-ahead log. */
class Checksum {
  readonly #little: boolean;
  #s0 = 0;
  #s1 = 0;

  constructor(little: boolean) {
    this.#little = little;
  }

  add(view: DataView, start: number, length: number): void {
    let s0 = this.#s0, s1 = this.#s1;
    for (let at = start; at < start + length; at += 8) {
      s0 = (s0 + view.getUint32(at, this.#little) + s1) >>> 0;
      s1 = (s1 + view.getUint32(at + 4, this.#little) + s0) >>> 0;
    }
    this.#s0 = s0;
    this.#s1 = s1;
  }

  is(view: DataView, at: number): boolean {
    return view.getUint32(at) === this.#s0 &&
      view.getUint32(at + 4) === this.#s1;
  }
}

/** Reads so many bytes, or fewer at the end of the file. */
async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let read = 0;
  for (
    let n;
    read < length && (n = await file.read(bytes.subarray(read))) !== null;
  ) read += n;
  return bytes.subarray(0, read);
}
