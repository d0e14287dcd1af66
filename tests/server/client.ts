/** A client that speaks raw bytes. */

/** One connection to a server. */
export class Client {
  readonly #socket: Deno.TcpConn;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects to a port of this machine. */
  static async connect(port: number): Promise<Client> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port });
    socket.setNoDelay(true);
    return new Client(socket);
  }

  /** Sends characters below U+0100, a byte each, all of them. */
  async send(text: string): Promise<void> {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    for (let at = 0; at < bytes.length;) {
      at += await this.#socket.write(bytes.subarray(at));
    }
  }

  /** Receives until the text ends so; what has come if the server closes. */
  async receive(ending: string): Promise<string> {
    let text = "";
    const chunk = new Uint8Array(65_536);
    while (!text.endsWith(ending)) {
      const n = await this.#socket.read(chunk);
      if (n === null) break;
      for (const byte of chunk.subarray(0, n)) {
        text += String.fromCharCode(byte);
      }
    }
    return text;
  }

  /** Receives something, of what may be much. */
  async receiveSome(): Promise<void> {
    await this.#socket.read(new Uint8Array(1000));
  }

  /** Receives until the server closes. */
  async receiveAll(): Promise<string> {
    return await this.receive("\0never\0");
  }

  /** A request and its answer. */
  async ask(text: string, ending: string): Promise<string> {
    await this.send(text);
    return await this.receive(ending);
  }

  /** Sends no more, but still receives. */
  async finish(): Promise<void> {
    await this.#socket.closeWrite();
  }

  /** Closes. */
  close(): void {
    this.#socket.close();
  }
}
