/** Clients that ask again and again, as fast as they can. */

/**
 * Sends the same for so many milliseconds, over so many connections; where one is
 * closed, over a new one.
 */
export async function attack(
  port: number,
  bytes: Uint8Array<ArrayBuffer>,
  connections: number,
  ms: number,
): Promise<void> {
  const end = performance.now() + ms;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) await converse(port, bytes, end);
    }),
  );
}

async function converse(
  port: number,
  bytes: Uint8Array<ArrayBuffer>,
  end: number,
): Promise<void> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  let isOpen = true;
  const close = () => {
    if (isOpen) socket.close();
    isOpen = false;
  };
  const timer = setTimeout(close, Math.max(0, end - performance.now()));
  const receiving = drain(socket).finally(close);
  try {
    while (performance.now() < end) {
      for (let at = 0; at < bytes.length;) {
        at += await socket.write(bytes.subarray(at, at + 1_000_000));
      }
    }
  } catch {
    // The server has closed, or the time is over.
  }
  close();
  clearTimeout(timer);
  await receiving;
}

async function drain(socket: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  try {
    while (await socket.read(buffer) !== null);
  } catch {
    // It has been closed.
  }
}
