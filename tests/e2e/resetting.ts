/** Connections that are reset as soon as they are made, before anybody has met them. */

const AF_INET = 2, SOCK_STREAM = 1, SOL_SOCKET = 1, SO_LINGER = 13;

/** On, and for no time: a close is a reset. */
const LINGER = new Uint8Array(new Int32Array([1, 0]).buffer);

/**
 * Makes connections to a port of this machine and resets each at once. Needs
 * Linux.
 *
 * @param sent what each sends before.
 */
export function connectAndReset(
  port: number,
  count: number,
  sent: Uint8Array<ArrayBuffer> = new Uint8Array(0),
): void {
  const libc = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    setsockopt: {
      parameters: ["i32", "i32", "i32", "buffer", "u32"],
      result: "i32",
    },
    send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const { socket, connect, setsockopt, send, close } = libc.symbols;
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, port >> 8, port & 0xff, 127, 0, 0, 1]);
  for (let n = 0; n < count; n++) {
    const fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, address, address.length) === 0) {
      if (sent.length > 0) send(fd, sent, BigInt(sent.length), 0);
      setsockopt(fd, SOL_SOCKET, SO_LINGER, LINGER, LINGER.length);
    }
    close(fd);
  }
  libc.close();
}
