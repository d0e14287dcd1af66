/** A client without a socket: sends a `Request`, and reads a `Response`. */

import { Next, type Session } from "../../../src/protocol/protocol.ts";
import { Reply } from "../../../src/protocol/reply.ts";
import { fromLatin1, latin1 } from "../converse.ts";

/** Statuses that come with no body. */
const NO_BODY = [204, 304];

/** The client's side of a session: sends bytes, and keeps what is answered. */
class Wire {
  /** What has been answered and not been taken, a character a byte. */
  answered = "";
  readonly #session: Session;
  #waiting: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(session: Session) {
    this.#session = session;
  }

  /** What the session does next. */
  get next(): Next {
    return this.#session.next;
  }

  /** Lets the session go on. */
  resume(): void {
    const reply = new Reply();
    const bytes = this.#waiting;
    const used = this.#session.consume(bytes, 0, bytes.length, reply);
    this.#waiting = bytes.slice(used);
    this.answered += fromLatin1(reply.bytes.subarray(0, reply.length));
  }

  /** Sends bytes; what is taken in turns is taken until there is an answer. */
  send(bytes: Uint8Array): void {
    this.#waiting = new Uint8Array([...this.#waiting, ...bytes]);
    do this.resume(); while (this.answered === "" && this.next === Next.Resume);
  }

  /** The head of the response, if it is there. */
  head(): string | undefined {
    const end = this.answered.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = this.answered.slice(0, end);
    this.answered = this.answered.slice(end + 4);
    return head.startsWith("HTTP/1.1 100 ") ? this.head() : head;
  }

  close(): void {
    this.#session.close();
  }
}

/**
 * Sends a request, and gives the response as soon as its head is there; its body
 * is asked for as it is read.
 */
export async function exchange(
  session: Session,
  request: Request,
): Promise<Response> {
  const wire = new Wire(session);
  const { pathname, search } = new URL(request.url);
  const lines = [`${request.method} ${pathname}${search} HTTP/1.1`];
  // A Request takes no Host.
  lines.push(`Host: ${request.headers.get("x-host") ?? "localhost"}`);
  for (const [name, value] of request.headers) lines.push(`${name}: ${value}`);
  const chunked = request.body !== null;
  if (chunked) lines.push("Transfer-Encoding: chunked");
  wire.send(latin1([...lines, "", ""].join("\r\n")));

  let head = wire.head();
  const isLast = () => head !== undefined && /^connection: close$/m.test(head);
  // Leaving the loop cancels the body.
  for await (const piece of request.body ?? []) {
    for (let at = 0; at < piece.length && !isLast(); at += 32_768) {
      const part = piece.subarray(at, at + 32_768);
      wire.send(latin1(`${part.length.toString(16)}\r\n`));
      wire.send(part);
      wire.send(latin1("\r\n"));
      head ??= wire.head();
    }
    if (isLast()) break;
  }
  if (chunked && !isLast()) wire.send(latin1("0\r\n\r\n"));
  head ??= wire.head();
  if (head === undefined) throw new Error(`no response: ${wire.answered}`);

  const [line, ...fields] = head.split("\r\n");
  const status = Number(line.split(" ")[1]);
  const headers = new Headers(fields.map((field) => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  }));
  const hasBody = request.method !== "HEAD" && !NO_BODY.includes(status);
  const body = hasBody ? bodyOf(wire, headers) : null;
  return new Response(body, { status, headers });
}

/** The body of a response, as the session gives it. */
function bodyOf(wire: Wire, headers: Headers): ReadableStream<Uint8Array> {
  const chunked = headers.get("transfer-encoding") === "chunked";
  let left = Number(headers.get("content-length") ?? (chunked ? 0 : NaN));
  return new ReadableStream({
    pull(controller) {
      for (;;) {
        if (chunked && left === 0) {
          const size = /^([0-9a-f]+)\r\n/.exec(wire.answered);
          if (size !== null) {
            left = parseInt(size[1], 16) + 2; // with the line's end behind it
            wire.answered = wire.answered.slice(size[0].length);
            if (left === 2) return controller.close();
            continue;
          }
        } else if (left === 0) return controller.close();
        const part = wire.answered.slice(0, left);
        if (part !== "") {
          wire.answered = wire.answered.slice(part.length);
          left -= part.length;
          const text = chunked && left < 2
            ? part.slice(0, part.length - (2 - left))
            : part;
          if (text === "") continue;
          return controller.enqueue(latin1(text));
        }
        if (wire.next !== Next.Resume) {
          const error = new Error("the response has ended too soon");
          return controller.error(error);
        }
        wire.resume();
      }
    },
    cancel: () => wire.close(),
  }, { highWaterMark: 0 });
}
