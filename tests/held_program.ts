/** Programs that hold something open until they are told to end. */

/** One that runs. */
export class HeldProgram {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = child.stdout.getReader();
  }

  /**
   * Starts a program, and waits until it has said something.
   *
   * @returns `undefined` if it is not installed, or ends without a word.
   */
  static async start(
    program: string,
    args: string[],
    env?: Record<string, string>,
  ): Promise<HeldProgram | undefined> {
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        ...{ args, env },
        ...{ stdin: "piped", stdout: "piped", stderr: "null" },
      }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const held = new HeldProgram(child);
    const { done } = await held.#output.read();
    if (!done) return held;
    await held.end();
  }

  /** Closes its standard input. @returns whether it has ended well. */
  async end(): Promise<boolean> {
    await this.#child.stdin.close().catch(() => {});
    while (!(await this.#output.read()).done);
    return (await this.#child.status).success;
  }
}
