/**
 * A thread that serves a protocol whose sessions wait until they are woken:
 *
 * ```text
 * wait\n       nothing before the thread is told to wake, then woken\n
 * address\n    the client's address, and \n
 * large N\n    N bytes, and \n
 * LINE\n       LINE\n
 * ```
 */

import { CONNECTIONS_OPEN } from "../../src/protocol/counters.ts";
import {
  type Link,
  Next,
  type Protocol,
  type Session,
} from "../../src/protocol/protocol.ts";
import type { Reply } from "../../src/protocol/reply.ts";
import { parseAddress } from "../../src/server/address.ts";
import {
  DenoTransport,
  listenWithDeno,
} from "../../src/server/deno_transport.ts";
import { createDescriptors } from "../../src/server/epoll/descriptors.ts";
import { socketLibc } from "../../src/server/epoll/libc.ts";
import { listenOn, portOf } from "../../src/server/epoll/socket.ts";
import { EpollTransport } from "../../src/server/epoll/transport.ts";
import type { Limits, Transport } from "../../src/server/transport.ts";
import { contextOf } from "../protocol/http/asking.ts";

/** What the thread is told. */
export type Told =
  | { tell: "serve"; epoll: boolean; bell: number; limits: Limits }
  | { tell: "wake" | "close" }
  | { tell: "stop" };

/** What it tells; each but the first is counted since the beginning. */
export type Tells =
  | { port: number }
  | { waiting: number; closed: number }
  | "stopped";

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<Told>) => void;
  postMessage(tells: Tells): void;
};

const LF = 0x0a;

const waiting = new Set<WaitingSession>();
let began = 0, closed = 0;

class WaitingSession implements Session {
  next = Next.Read;
  readonly held = undefined;
  waits = false;

  constructor(readonly link: Link) {}

  consume(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    this.next = Next.Read;
    let at = start;
    for (;;) {
      if (this.waits) {
        if (waiting.has(this)) this.next = Next.Wait;
        else {
          this.waits = false;
          reply.text("woken\n");
          continue;
        }
      }
      const lf = received.subarray(at, end).indexOf(LF);
      if (this.next !== Next.Read || lf === -1) return at - start;
      const line = new TextDecoder().decode(received.subarray(at, at + lf));
      at += lf + 1;
      if (line === "wait") {
        this.waits = true;
        waiting.add(this);
        began++;
        tell();
      } else if (line === "address") reply.text(`${this.link.address}\n`);
      else if (line.startsWith("large ")) {
        reply.text("x".repeat(Number(line.slice(6))) + "\n");
      } else reply.text(`${line}\n`);
    }
  }

  refuseForMemory(): number {
    throw new TypeError("no budget, no refusal");
  }

  close(): void {
    waiting.delete(this);
    closed++;
    tell();
  }
}

function tell(): void {
  thread.postMessage({ waiting: began, closed });
}

const protocol: Protocol = {
  name: "waiting",
  tooManyConnections: "",
  open: (_, link) => new WaitingSession(link!),
};

let transport: Transport;
let answered = () => {};

thread.onmessage = ({ data }) => {
  switch (data.tell) {
    case "serve":
      // With epoll it is at its end when the bell has been rung first.
      return serve(data.epoll, data.bell, data.limits);
    case "wake":
      for (const session of [...waiting]) {
        waiting.delete(session);
        session.link.wake();
        session.link.wake(); // once is enough, and twice is no harm
      }
      break;
    case "close":
      for (const session of [...waiting]) session.link.close();
      break;
    case "stop":
      transport.stop(5000).then(() => thread.postMessage("stopped"));
  }
  answered();
};

function serve(epoll: boolean, bell: number, limits: Limits): void {
  const context = contextOf({});
  const open = () => context.counters[CONNECTIONS_OPEN];
  const address = parseAddress("127.0.0.1:0");
  if (!epoll) {
    const listener = listenWithDeno(address, false);
    transport = new DenoTransport(
      [{ address, listener, protocol }],
      context,
      limits,
      open,
    );
    transport.start();
    const { addr } = listener;
    return thread.postMessage({ port: "port" in addr ? addr.port : 0 });
  }
  const libc = socketLibc();
  const socket = listenOn(libc, address, false);
  thread.postMessage({ port: portOf(libc, socket) });
  transport = new EpollTransport(
    new Map([[socket, protocol]]),
    context,
    limits,
    open,
    {
      fd: bell,
      answer: () => {
        libc.read(bell, new Uint8Array(8), 8n);
        return new Promise((resolve) => answered = resolve);
      },
    },
    createDescriptors(),
  );
  transport.start();
}
