/**
 * Signals, from the first moment on. The system drops those that the first
 * process of a container does not listen for, so the program listens before it
 * loads its own modules, and acts when it knows what to do.
 *
 * @module
 */

/** The signals that ask a server for something. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal that the program listens for. */
export type ServerSignal = typeof SIGNALS[number];

/** The exit code of a program that a signal has ended (POSIX shells). */
const EXIT_CODES: Readonly<Record<ServerSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** Keeps signals until somebody handles them. */
export class Signals {
  readonly #listeners = new Map<ServerSignal, () => void>();
  readonly #waiting: ServerSignal[] = [];
  #handler: ((signal: ServerSignal) => void) | undefined;

  /** Listens from now on. */
  constructor() {
    for (const signal of SIGNALS) {
      const listener = () => {
        if (this.#handler === undefined) this.#waiting.push(signal);
        else this.#handler(signal);
      };
      try {
        Deno.addSignalListener(signal, listener);
        this.#listeners.set(signal, listener);
      } catch {
        // Windows does not have them all.
      }
    }
  }

  /** Calls `handler` for each signal: those that wait, and those to come. */
  handle(handler: (signal: ServerSignal) => void): void {
    this.#handler = handler;
    for (const signal of this.#waiting.splice(0)) handler(signal);
  }

  /** Lets signals do what they do to any program, also those that wait. */
  release(): void {
    for (const [signal, listener] of this.#listeners) {
      Deno.removeSignalListener(signal, listener);
    }
    this.#listeners.clear();
    const [first] = this.#waiting;
    if (first !== undefined) Deno.exit(EXIT_CODES[first]);
  }
}
