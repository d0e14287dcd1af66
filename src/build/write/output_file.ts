/**
 * A new file that is written in large pieces, one behind the other.
 *
 * @module
 */

const BUFFER_SIZE = 1024 * 1024;

/** Writes one file. */
export class OutputFile {
  readonly #file: Deno.FsFile;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #pending = 0;
  #flushed = 0;

  /** Creates the file at `path`, or empties it. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, {
      write: true,
      create: true,
      truncate: true,
    });
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#flushed + this.#pending;
  }

  /** Writes `bytes[start, end)` behind what was written before. */
  write(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#pending + length > BUFFER_SIZE) this.flush();
    if (length > BUFFER_SIZE) {
      writeAll(this.#file, bytes.subarray(start, end));
      this.#flushed += length;
      return;
    }
    const buffer = this.#buffer;
    if (length > 64) {
      buffer.set(bytes.subarray(start, end), this.#pending);
      this.#pending += length;
    } else {
      // A view for `set` costs more than a short copy.
      while (start < end) buffer[this.#pending++] = bytes[start++];
    }
  }

  /** Writes over what was written before, at an offset. */
  overwrite(bytes: Uint8Array, at: number): void {
    this.flush();
    this.#file.seekSync(at, Deno.SeekMode.Start);
    writeAll(this.#file, bytes);
    this.#file.seekSync(this.#flushed, Deno.SeekMode.Start);
  }

  /** Hands what is in memory to the system. */
  flush(): void {
    writeAll(this.#file, this.#buffer.subarray(0, this.#pending));
    this.#flushed += this.#pending;
    this.#pending = 0;
  }

  /** Closes the file; what is in memory is lost. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += file.writeSync(bytes.subarray(at));
  }
}
