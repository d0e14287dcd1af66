/** Sends sequences to servers, and brings their answers back. */

import { fromLatin1, latin1 } from "../converse.ts";
import { bytesOf, type Sequence } from "./steps.ts";

/** A server that has not closed by then hangs. */
const LIMIT = 10_000;

/**
 * Everything that a server answers to a sequence. The client ends by closing its
 * half of the connection; servers answer what they have got, and close theirs.
 */
export async function exchange(
  port: number,
  sequence: Sequence,
): Promise<string> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const chunks: Uint8Array[] = [];
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    socket.close();
  }, LIMIT);
  try {
    socket.setNoDelay(true);
    await Promise.all([send(socket, sequence), receive(socket, chunks)]);
  } finally {
    clearTimeout(timer);
    if (!hangs) socket.close();
  }
  const answer = chunks.map(fromLatin1).join("");
  return hangs ? answer + "<hangs>" : answer;
}

async function send(socket: Deno.TcpConn, sequence: Sequence): Promise<void> {
  const bytes = latin1(bytesOf(sequence.steps));
  // A sequence that was made shorter still has its cuts.
  const cuts = sequence.cuts.filter((cut) => cut < bytes.length);
  try {
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      while (from < cut) from += await socket.write(bytes.subarray(from, cut));
      if (cut % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await socket.closeWrite();
  } catch {
    // The server has closed already; what it answered before is still to come.
  }
}

async function receive(
  socket: Deno.TcpConn,
  chunks: Uint8Array[],
): Promise<void> {
  try {
    for (;;) {
      const chunk = new Uint8Array(16_384);
      const count = await socket.read(chunk);
      if (count === null) return;
      chunks.push(chunk.subarray(0, count));
    }
  } catch {
    // Closed with bytes that the server had not read: a reset.
  }
}
