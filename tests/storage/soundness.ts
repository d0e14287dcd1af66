/**
 * What "sound" must mean: where the check of a format finds nothing wrong, every
 * key that a walk gives is found with the same value, in every way that there is
 * to look it up, and no other key is; and the real engine has nothing to say of
 * the file either.
 *
 * Files that real engines have made are damaged, most of them a little, in one
 * place. How many mutants a format has, the environment variable
 * `GOROMDB_MUTANTS` says.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  DataFileError,
  type OpenOptions,
  type Snapshot,
} from "../../src/storage/storage.ts";
import { counted, SEED } from "../figures.ts";
import type { Engine, Exception, Opinion } from "./engines.ts";
import { digestOf, FAILED, type Line } from "./engines.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import { mutants, slightMutants } from "./mutate.ts";
import { assertFindsAll, assertServed, keysNear } from "./routes.ts";

/** Mutants of a format, unless `GOROMDB_MUTANTS` says another number. */
const STANDARD = 1000;

/** One mutant in so many is damaged much. */
const MUCH = 4;

/** One sound mutant in so many is opened as the server opens its files. */
const SERVED = 8;

/** So many sound mutants are given to the engine at once. */
const BATCH = 200;

/** After so many failures there is no need of more. */
const FAILURES_TOLD = 10;

/** The longest part of what an engine says that is shown. */
const COMPLAINT_SHOWN = 500;

/** A file that an engine has made, and the ways to look into it. */
export interface Subject {
  /** What it is called in messages. */
  readonly name: string;
  /** Its bytes. */
  readonly file: Uint8Array;
  /** How it is opened: in each of these ways. */
  readonly views: readonly OpenOptions[];
  /** The engine cannot read it. */
  readonly isForeign?: boolean;
}

/** A format under test. */
export interface Format {
  /** The storage's name. */
  readonly name: string;
  /** Of several kinds of files, which one. */
  readonly kind?: string;
  /** The files that are damaged. */
  readonly subjects: readonly Subject[];
  /** Opens the bytes of a file. */
  open(bytes: Uint8Array, options: OpenOptions): Snapshot | Promise<Snapshot>;
  /** Makes checksums right again, so that what is behind them is met. */
  heal?(bytes: Uint8Array): void;
  /** The real engine. */
  readonly engine?: Engine;
  /**
   * The records that the engine's program gives of a file.
   *
   * @returns nothing if some cannot be read here.
   */
  lines?(
    bytes: Uint8Array,
  ): Iterable<Line> | undefined | Promise<Iterable<Line>>;
}

/** A mutant. */
interface Mutant {
  readonly number: number;
  readonly subject: Subject;
  readonly bytes: Uint8Array;
}

/** Damages the files of a format, and holds its check to its word. */
export async function assertSoundness(format: Format): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "goromdb_sound_" });
  try {
    await new Trial(format, directory).run();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

class Trial {
  readonly #format: Format;
  readonly #directory: string;
  readonly #strangers = new Map<Subject, Uint8Array[]>();
  readonly #counts = { refused: 0, faulty: 0, sound: 0 };
  readonly #excepted = new Map<Exception, number>();
  readonly #failures: string[] = [];
  #isAsked = false;

  constructor(format: Format, directory: string) {
    this.#format = format;
    this.#directory = directory;
  }

  async run(): Promise<void> {
    const { subjects } = this.#format;
    for (const subject of subjects) {
      this.#strangers.set(subject, await this.#keysOf(subject));
    }
    const pristine = subjects.map((subject) => ({
      number: -1,
      subject,
      bytes: subject.file,
    }));
    for (const mutant of pristine) {
      assertEquals(await this.#examine(mutant), "sound", mutant.subject.name);
      this.#throwFailures();
    }
    await this.#ask(pristine);
    // Only mutants count.
    this.#excepted.clear();

    const count = Number(Deno.env.get("GOROMDB_MUTANTS") ?? STANDARD);
    let sound: Mutant[] = [];
    for (const mutant of this.#mutants(count)) {
      const outcome = await this.#examine(mutant);
      this.#counts[outcome]++;
      if (outcome !== "sound") continue;
      if (this.#counts.sound % SERVED === 0) await this.#serve(mutant);
      sound.push(mutant);
      if (sound.length < BATCH) continue;
      await this.#ask(sound);
      sound = [];
      if (this.#failures.length >= FAILURES_TOLD) break;
    }
    await this.#ask(sound);
    this.#tell(count);
    this.#throwFailures();
  }

  /** Keys to look for besides those that are there. */
  async #keysOf(subject: Subject): Promise<Uint8Array[]> {
    const keys: Uint8Array[] = [];
    for (const options of subject.views) {
      const snapshot = await this.#format.open(subject.file, options);
      keys.push(...keysNear(snapshot));
      snapshot.close?.();
    }
    return keys;
  }

  *#mutants(count: number): Iterable<Mutant> {
    const { subjects, heal } = this.#format;
    const files = subjects.map(({ file }) => file);
    const slight = slightMutants(files, 2 * SEED, count)[Symbol.iterator]();
    const much = mutants(files, 2 * SEED + 1, count)[Symbol.iterator]();
    for (let number = 0; number < count; number++) {
      // Both take the files in turn.
      const little = slight.next().value, large = much.next().value;
      if (little === undefined || large === undefined) return;
      const round = Math.floor(number / files.length);
      const bytes = round % MUCH === 0 ? large : little;
      if (round % 2 === 0) heal?.(bytes);
      yield { number, subject: subjects[number % files.length], bytes };
    }
  }

  /** Opens a mutant, checks it, and if that finds nothing, looks keys up. */
  async #examine(mutant: Mutant): Promise<"refused" | "faulty" | "sound"> {
    const { subject, bytes } = mutant;
    let opened = false;
    for (const options of subject.views) {
      let snapshot: Snapshot;
      try {
        snapshot = await this.#format.open(bytes, options);
      } catch (error) {
        if (error instanceof DataFileError) continue;
        this.#fail(mutant, error);
        return "sound";
      }
      try {
        // It checks the whole file, in whichever way that is opened.
        if (!opened) { for (const _ of snapshot.check()) return "faulty"; }
        opened = true;
        assertFindsAll(snapshot, this.#strangers.get(subject) ?? []);
      } catch (error) {
        this.#fail(mutant, error);
      } finally {
        snapshot.close?.();
      }
    }
    return opened ? "sound" : "refused";
  }

  /** The same through the storage, from a file. */
  async #serve(mutant: Mutant): Promise<void> {
    const path = `${this.#directory}/served`;
    await Deno.writeFile(path, mutant.bytes);
    for (const options of mutant.subject.views) {
      try {
        await assertServed(this.#format.name, path, options);
      } catch (error) {
        this.#fail(mutant, error);
      }
    }
  }

  /** Asks the engine what it says of files that we call sound. */
  async #ask(sound: Mutant[]): Promise<void> {
    const { engine, lines } = this.#format;
    const mutants = sound.filter(({ subject }) => !subject.isForeign);
    if (engine === undefined || mutants.length === 0) return;
    const paths = mutants.map((_, n) => `${this.#directory}/${n}`);
    for (const [n, { bytes }] of mutants.entries()) {
      await Deno.writeFile(paths[n], bytes);
    }
    const opinions = await engine.opinions(paths);
    if (opinions === undefined) return;
    this.#isAsked = true;
    for (const [n, opinion] of opinions.entries()) {
      const mutant = mutants[n];
      try {
        await this.#weigh(mutant, opinion);
        const records = await lines?.(mutant.bytes);
        if (records === undefined || opinion.records === undefined) continue;
        assertEquals(digestOf(records), opinion.records, "the records");
      } catch (error) {
        this.#fail(mutant, error);
      }
    }
  }

  /** Each complaint must be one of those that are listed. */
  async #weigh(mutant: Mutant, { complaints }: Opinion): Promise<void> {
    const met = new Set<Exception>();
    const notes = complaints.length > 0 ? await this.#notes(mutant) : [];
    for (const complaint of complaints) {
      if (complaint === FAILED) continue;
      const exception = EXCEPTIONS[this.#format.name]?.find(({ says, note }) =>
        says.test(complaint) &&
        (note === undefined || notes.some((text) => note.test(text)))
      );
      if (exception === undefined) {
        const all = complaints.join("; ");
        throw new Error(`the engine says: ${all.slice(0, COMPLAINT_SHOWN)}`);
      }
      met.add(exception);
    }
    if (complaints.length > 0 && met.size === 0) {
      throw new Error(`the engine says: ${complaints.join("; ")}`);
    }
    for (const exception of met) {
      this.#excepted.set(exception, (this.#excepted.get(exception) ?? 0) + 1);
    }
  }

  /** What the check tells of a mutant, though it is sound. */
  async #notes({ subject, bytes }: Mutant): Promise<string[]> {
    const notes: string[] = [];
    for (const options of subject.views) {
      let snapshot: Snapshot;
      try {
        snapshot = await this.#format.open(bytes, options);
      } catch {
        continue;
      }
      for (const _ of snapshot.check(({ problem }) => notes.push(problem)));
      snapshot.close?.();
    }
    return notes;
  }

  /** Keeps a mutant that is not what it should be, to be looked at. */
  #fail({ number, subject, bytes }: Mutant, error: unknown): void {
    const { name } = this.#format;
    const path = Deno.makeTempFileSync({ prefix: `${name}_${number}_` });
    Deno.writeFileSync(path, bytes);
    const isDataFileError = error instanceof DataFileError;
    const why = isDataFileError || !(error instanceof Error)
      ? String(error)
      : error.stack ?? error.message;
    this.#failures.push(
      `mutant ${number} of ${subject.name}, kept in ${path}: ${why}`,
    );
  }

  #throwFailures(): void {
    if (this.#failures.length === 0) return;
    throw new Error(
      `${this.#format.name}: ${this.#failures.length} are not as they should be:\n` +
        this.#failures.slice(0, FAILURES_TOLD).join("\n"),
    );
  }

  #tell(count: number): void {
    const { refused, faulty, sound } = this.#counts;
    const n = (number: number) => number.toLocaleString("en");
    const excepted = [...this.#excepted]
      .map(([{ why }, count]) => `${n(count)} (${why})`)
      .join(", ");
    const engine = !this.#isAsked
      ? "no engine asked"
      : `engine calls damaged ${excepted || "none of these"}`;
    const { name, kind } = this.#format;
    counted(
      `mutants of ${name} that a look-up of all keys was tried on`,
      sound,
    );
    console.log(
      `mutants ${kind ? `${name} ${kind}` : name}: ${n(count)}, refused ${
        n(refused)
      }, ` +
        `with faults ${n(faulty)}, sound ${n(sound)}, ${engine}`,
    );
  }
}
