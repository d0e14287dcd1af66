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
import type { Engine, Exception, Opinion } from "./engines.ts";
import { digestOf, type Line } from "./engines.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import { mutants, slightMutants } from "./mutate.ts";
import { assertFindsAll, assertServed, keysNear } from "./routes.ts";

/** Mutants of a format, unless `GOROMDB_MUTANTS` says another number. */
const STANDARD = 2000;

/** One mutant in so many is damaged much. */
const MUCH = 4;

/** One sound mutant in so many is opened as the server opens its files. */
const SERVED = 8;

/** So many sound mutants are given to the engine at once. */
const BATCH = 200;

/** After so many failures there is no need of more. */
const FAILURES_TOLD = 10;

/** A file that an engine has made, and the ways to look into it. */
export interface Subject {
  /** What it is called in messages. */
  readonly name: string;
  /** Its bytes. */
  readonly file: Uint8Array;
  /** How it is opened: in each of these ways. */
  readonly views: readonly OpenOptions[];
}

/** A format under test. */
export interface Format {
  /** The storage's name. */
  readonly name: string;
  /** The files that are damaged. */
  readonly subjects: readonly Subject[];
  /** Opens the bytes of a file. */
  open(bytes: Uint8Array, options: OpenOptions): Snapshot;
  /** Makes checksums right again, so that what is behind them is met. */
  heal?(bytes: Uint8Array): void;
  /** The real engine. */
  readonly engine?: Engine;
  /** The records that the engine's program gives of a file. */
  lines?(bytes: Uint8Array, subject: Subject): Iterable<Line>;
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
  readonly #strangers: ReadonlyMap<Subject, Uint8Array[]>;
  readonly #counts = { refused: 0, faulty: 0, sound: 0 };
  readonly #excepted = new Map<Exception, number>();
  readonly #failures: string[] = [];
  #isAsked = false;

  constructor(format: Format, directory: string) {
    this.#format = format;
    this.#directory = directory;
    this.#strangers = new Map(
      format.subjects.map((subject) => [subject, this.#keysOf(subject)]),
    );
  }

  async run(): Promise<void> {
    const { subjects } = this.#format;
    const pristine = subjects.map((subject) => ({
      number: -1,
      subject,
      bytes: subject.file,
    }));
    for (const mutant of pristine) {
      assertEquals(this.#examine(mutant), "sound", mutant.subject.name);
      this.#throwFailures();
    }
    await this.#ask(pristine);
    // Only mutants count.
    this.#excepted.clear();

    const count = Number(Deno.env.get("GOROMDB_MUTANTS") ?? STANDARD);
    let sound: Mutant[] = [];
    for (const mutant of this.#mutants(count)) {
      const outcome = this.#examine(mutant);
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
  #keysOf(subject: Subject): Uint8Array[] {
    return subject.views.flatMap((options) => {
      const snapshot = this.#format.open(subject.file, options);
      try {
        return keysNear(snapshot);
      } finally {
        snapshot.close?.();
      }
    });
  }

  *#mutants(count: number): Iterable<Mutant> {
    const { subjects, heal } = this.#format;
    const files = subjects.map(({ file }) => file);
    const slight = slightMutants(files, 2, count)[Symbol.iterator]();
    const much = mutants(files, 3, count)[Symbol.iterator]();
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
  #examine(mutant: Mutant): "refused" | "faulty" | "sound" {
    const { subject, bytes } = mutant;
    let opened = false;
    for (const options of subject.views) {
      let snapshot: Snapshot;
      try {
        snapshot = this.#format.open(bytes, options);
      } catch (error) {
        if (error instanceof DataFileError) continue;
        this.#fail(mutant, error);
        return "sound";
      }
      try {
        for (const fault of snapshot.check()) {
          if (!fault.harmless) return "faulty";
        }
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
  async #ask(mutants: Mutant[]): Promise<void> {
    const { engine, lines } = this.#format;
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
        this.#weigh(opinion);
        const { records } = opinion;
        if (lines === undefined || records === undefined) continue;
        assertEquals(digestOf(lines(mutant.bytes, mutant.subject)), records);
      } catch (error) {
        this.#fail(mutant, error);
      }
    }
  }

  /** Each complaint must be one of those that are listed. */
  #weigh({ complaints }: Opinion): void {
    const met = new Set<Exception>();
    for (const complaint of complaints) {
      const exception = EXCEPTIONS[this.#format.name]?.find(({ says }) =>
        says.test(complaint)
      );
      if (exception === undefined) {
        throw new Error(`the engine says: ${complaints.join("; ")}`);
      }
      met.add(exception);
    }
    for (const exception of met) {
      this.#excepted.set(exception, (this.#excepted.get(exception) ?? 0) + 1);
    }
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
    console.log(
      `mutants ${this.#format.name}: ${n(count)}, refused ${n(refused)}, ` +
        `with faults ${n(faulty)}, sound ${n(sound)}, ${engine}`,
    );
  }
}
