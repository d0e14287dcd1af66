/** A client of a server on this machine whose own address can be chosen. */

import { connect, type Socket } from "node:net";

/** One connection. */
export class ClientFrom {
  readonly #socket: Socket;
  #received = "";
  #isClosed = false;
  #changed = () => {};

  /** Connects from an address of this machine, such as 127.0.0.2. */
  constructor(address: string, port: number) {
    this.#socket = connect({ host: "127.0.0.1", port, localAddress: address });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text) => {
      this.#received += text;
      this.#changed();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#isClosed = true;
      this.#changed();
    });
  }

  /** Sends characters below U+0100, a byte each. */
  send(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Receives until the text ends so; what has come if the server closes. */
  async receive(ending: string): Promise<string> {
    while (!this.#received.endsWith(ending) && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** Receives until the server closes. */
  receiveAll(): Promise<string> {
    return this.receive("\0never\0");
  }

  /** A request and its answer. */
  ask(text: string, ending: string): Promise<string> {
    this.send(text);
    return this.receive(ending);
  }

  /** Closes. */
  close(): void {
    this.#socket.destroy();
  }
}
