/**
 * The database that a connection has chosen.
 *
 * @module
 */

import type { NamedHandler, SessionContext } from "../protocol.ts";

/** Chosen by its number, and kept by its name: databases come and go. */
export class SelectedDatabase {
  /** Its number when it was chosen. */
  number = 0;
  readonly #context: SessionContext;
  /** Its name; without one, it is the first there is. */
  #name: string | undefined;

  /** Begins with the first database. */
  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** The database; `undefined` if it has gone. */
  get current(): NamedHandler | undefined {
    const { databases } = this.#context;
    const chosen = databases[this.number];
    const name = this.#name;
    if (name === undefined || chosen?.name === name) return chosen;
    return databases.find((database) => database.name === name);
  }

  /** Chooses a database. Returns false if there is none of that number. */
  select(number: number): boolean {
    const chosen = this.#context.databases[number];
    if (chosen === undefined) return false;
    this.number = number;
    this.#name = chosen.name;
    return true;
  }

  /** Goes back to the first. */
  reset(): void {
    this.number = 0;
    this.#name = undefined;
  }
}
