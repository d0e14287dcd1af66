/**
 * Builds a data file from inputs of any format.
 *
 * ```text
 * inputs ─> collector ─> sorter ─> unique ─> writer ─> FILE.part ─> FILE
 * ```
 *
 * @module
 */

import { dirname } from "node:path";
import type { OpenOptions } from "../storage/storage.ts";
import { identify, sameFile } from "../watcher/file_identity.ts";
import { Collector } from "./collector.ts";
import { BuildError } from "./error.ts";
import type { Fields } from "./input/fields.ts";
import type { InputFormat } from "./input/format.ts";
import { type InputOptions, readInput } from "./input/read_input.ts";
import { STDIN } from "./input/source.ts";
import { publish } from "./publish.ts";
import { decodeNamespace } from "./sort/namespace.ts";
import type { SortedRecord } from "./sort/record.ts";
import { Sorter } from "./sort/sorter.ts";
import { type Duplicates, unique } from "./sort/unique.ts";
import { OUTPUT_FORMATS } from "./write/formats.ts";
import type { Writer } from "./write/writer.ts";

/** So many records are written before timers and signals have a turn. */
const TURN = 16_384;

/** What to build, of what. */
export interface BuildOptions {
  /** The paths of the inputs, in order; `-` is standard input. */
  readonly inputs: readonly string[];
  /** The inputs' format, where they do not tell it. */
  readonly from?: InputFormat;
  /** How inputs that are data files are read, and whether there are namespaces. */
  readonly open: OpenOptions;
  /** The fields of NDJSON, CSV and TSV. */
  readonly fields: Fields;
  /** The format to build: a name in {@linkcode OUTPUT_FORMATS}. */
  readonly to: string;
  /** The path of the new file. */
  readonly out: string;
  /**
   * What to do about a key that comes again. If nobody has said, the last counts;
   * within a data file, the record that a look-up in it gives.
   */
  readonly duplicates?: Duplicates;
  /** The bucket or named database for records without namespaces. */
  readonly bucket: string;
  /** Write the file's MD5 sum beside it. */
  readonly md5: boolean;
  /** What stands between the fields of CSV; a comma, if nothing is said. */
  readonly delimiter?: string;
  /** How many bytes a packed input may unpack to; else its size says. */
  readonly maxUnpacked?: number;
  /** The memory for sorting, in bytes; 96 MiB if it is not given. */
  readonly memory?: number;
  /** Stops the build. */
  readonly signal?: AbortSignal;
}

/** What a build has made. */
export interface BuildSummary {
  /** Records of the inputs, also those that were left out. */
  readonly read: number;
  /** Records of the new file. */
  readonly written: number;
  /** How many records were left out, by the reason. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** The length of the new file, in bytes. */
  readonly bytes: number;
  /** Its MD5 sum, if it was asked for. */
  readonly md5?: string;
}

/** Is told how a build gets on. */
export interface Progress {
  /** So many bytes of the inputs were read, and so many records. */
  read(bytes: number, records: number): void;
  /** So many records of all were written. */
  written(records: number, all: number): void;
  /** Something is odd about an input, and does not matter. */
  warning(text: string): void;
}

/**
 * Builds a file. It appears under its name when it is complete; if anything
 * goes wrong nothing is left of it.
 *
 * @returns what it has come to.
 * @throws {BuildError} if the input is not as it should be, or the format
 * cannot hold it.
 */
export async function build(
  options: BuildOptions,
  progress: Progress,
): Promise<BuildSummary> {
  const { inputs, to, out, open, signal } = options;
  const duplicates = options.duplicates ?? "last";
  const part = `${out}.part`;
  const format = OUTPUT_FORMATS[to];
  await checkOut(out, inputs);
  using sorter = new Sorter(part, {
    memory: options.memory,
    laterFirst: duplicates === "last",
  });
  const joint = format.joint?.(open.separator ?? ":");
  const collector = new Collector(sorter, joint);
  const reading: InputOptions = {
    ...options,
    onRead: (bytes) => {
      signal?.throwIfAborted();
      progress.read(bytes, sorter.records);
    },
    onWarning: (text) => progress.warning(text),
  };
  for (const input of inputs) await readInput(input, reading, collector);
  try {
    const plan = {
      namespaced: open.namespaced === true && joint === undefined,
      bucket: options.bucket,
      records: sorter.records,
      bytes: sorter.bytes,
    };
    using writer = await format.create(part, plan);
    let repeated = 0;
    const records = unique(sorter.sorted(), duplicates, () => repeated++);
    const written = await write(records, writer, (count) => {
      signal?.throwIfAborted();
      progress.written(count, sorter.records);
    });
    await writer.finish();
    if (repeated > 0) {
      collector.leaveOut(
        `whose key comes again (the ${duplicates} is kept)`,
        repeated,
      );
    }
    const { size } = await Deno.stat(part);
    const md5 = await publish(part, out, options.md5, signal);
    const { leftOut } = collector;
    let read = written;
    for (const count of leftOut.values()) read += count;
    return { read, written, leftOut, bytes: size, md5 };
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

/** The file takes the place of another data set, and of nothing else. */
async function checkOut(out: string, inputs: readonly string[]): Promise<void> {
  const directory = dirname(out);
  const { isDirectory } = await Deno.stat(directory).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(`there is no directory ${directory} for ${out}`);
  });
  if (!isDirectory) throw new BuildError(`${directory} is not a directory`);
  const there = await Deno.stat(out).catch(() => undefined);
  if (there === undefined) return;
  if (there.isDirectory) throw new BuildError(`${out} is a directory`);
  if (!there.isFile) {
    throw new BuildError(`${out} is there, and is not a regular file`);
  }
  for (const input of inputs) {
    if (input === STDIN) continue;
    if (sameFile(await identify(input), await identify(out))) {
      throw new BuildError(`${out} is read: write to another file`);
    }
  }
}

async function write(
  records: Iterable<SortedRecord>,
  writer: Writer,
  onTurn: (count: number) => void,
): Promise<number> {
  let count = 0;
  const namespaces = new NamespaceChanges();
  for (const record of records) {
    if (namespaces.isNew(record)) writer.begin(namespaces.name);
    writer.add(record);
    if (++count % TURN !== 0) continue;
    onTurn(count);
    await new Promise((resolve) => setTimeout(resolve));
  }
  onTurn(count);
  return count;
}

/** Notices where the next namespace begins. */
class NamespaceChanges {
  /** The current one. */
  name: Uint8Array = new Uint8Array(0);
  #prefix: Uint8Array = new Uint8Array(0);

  isNew({ bytes, start, keyStart }: SortedRecord): boolean {
    const prefix = this.#prefix;
    if (keyStart - start === prefix.length) {
      let i = 0;
      while (i < prefix.length && prefix[i] === bytes[start + i]) i++;
      if (i === prefix.length) return false;
    }
    this.#prefix = bytes.slice(start, keyStart);
    this.name = decodeNamespace(bytes, start, keyStart);
    return true;
  }
}
