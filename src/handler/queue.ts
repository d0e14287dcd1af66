/**
 * Work that is done one after the other.
 *
 * @module
 */

/** Does one thing at a time, in the order in which it is told. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when all before it is done, and gives its outcome. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Settles when all that has been told so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
