/**
 * The native transport for Linux: sockets are driven through the C library, in
 * a thread that blocks in `epoll_wait`. It gives the thread's event loop a turn
 * only when its owner rings the bell: an `eventfd` in the same epoll set.
 *
 * Between two waits each connection that is ready gets one turn: what has
 * arrived is received, answered, and sent, in two system calls. A connection
 * whose reply finds no room is not read from until it has been sent.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import {
  CONNECTIONS_OPEN,
  CONNECTIONS_REJECTED,
  CONNECTIONS_TOTAL,
} from "../../protocol/counters.ts";
import {
  Next,
  type Protocol,
  type SessionContext,
} from "../../protocol/protocol.ts";
import { Reply } from "../../protocol/reply.ts";
import { HEAVY_WORK } from "../../protocol/work.ts";
import { isStale, type Limits, TICK, type Transport } from "../transport.ts";
import { MemoryShortage } from "../memory_shortage.ts";
import { Acceptor } from "./acceptor.ts";
import { EpollConnection, type Owner } from "./connection.ts";
import type { Descriptors } from "./descriptors.ts";
import { type SocketLibc, socketLibc, SystemError } from "./libc.ts";
import { EPOLLBROKEN, EPOLLIN, EPOLLOUT, Poller } from "./poller.ts";
import { peerAddress, setNoDelay } from "./socket.ts";
import { Received, Stream } from "./stream.ts";

const logger = getLogger(["goromdb", "server"]);

const MSG_NOSIGNAL = 0x4000;

/** The thread keeps a buffer for replies of so many bytes, and no larger one. */
const KEPT_REPLY = 1024 * 1024;

/**
 * For so many milliseconds those go on whose replies are long; then all others
 * have their turn.
 */
const RESUME_BUDGET = 1;

/** What rings when the thread has to turn to its owner. */
export interface Bell {
  /** The `eventfd`. */
  readonly fd: number;
  /** Turns to the owner until everything that was rung for is done. */
  answer(): Promise<void>;
}

/** Serves listening sockets in the thread that made it. */
export class EpollTransport implements Transport {
  readonly #libc: SocketLibc = socketLibc();
  readonly #poller: Poller;
  readonly #listeners: Map<number, Protocol>;
  readonly #acceptor: Acceptor;
  readonly #context: SessionContext;
  readonly #limits: Limits;
  readonly #openConnections: () => number;
  readonly #bell: Bell;
  readonly #descriptors: Descriptors;
  readonly #connections = new Map<number, EpollConnection>();
  /** Those that have a turn to come, in their order. */
  readonly #resumable = new Set<EpollConnection>();
  readonly #owner: Owner = {
    addressOf: ({ fd }) => peerAddress(this.#libc, fd),
    wake: (connection) => this.#wake(connection),
    close: (connection) => this.#close(connection),
  };
  readonly #stream: Stream;
  readonly #reply = new Reply();
  readonly #shortage: MemoryShortage;
  #generation = 0;
  #tick = 0;
  #running: Promise<void> | undefined;
  /** The time by which everything must be closed, when it is stopping. */
  #deadline = Infinity;

  /**
   * Prepares to serve.
   *
   * @param listeners the sockets that listen, and what is spoken there; closed
   * at the end.
   * @param openConnections how many connections all threads have.
   * @param descriptors where it notes what is open.
   */
  constructor(
    listeners: Map<number, Protocol>,
    context: SessionContext,
    limits: Limits,
    openConnections: () => number,
    bell: Bell,
    descriptors: Descriptors,
  ) {
    this.#listeners = listeners;
    this.#context = context;
    this.#limits = limits;
    this.#openConnections = openConnections;
    this.#bell = bell;
    this.#descriptors = descriptors;
    this.#shortage = new MemoryShortage(context.memory);
    this.#poller = new Poller(this.#libc);
    this.#stream = new Stream(this.#libc, context.counters);
    this.#acceptor = new Acceptor(
      this.#libc,
      this.#poller,
      listeners,
      (fd, protocol) => this.#welcome(fd, protocol),
    );
    for (const fd of [this.#poller.fileDescriptor, ...listeners.keys()]) {
      descriptors[fd] = 1;
    }
    this.#poller.add(bell.fd, 0, EPOLLIN);
  }

  /** Begins to serve; see {@linkcode Transport.start}. */
  start(): void {
    this.#acceptor.start();
    this.#running = this.#run();
  }

  /** Ends gracefully; see {@linkcode Transport.stop}. */
  async stop(grace: number): Promise<void> {
    this.#deadline = performance.now() + grace;
    for (const fd of this.#listeners.keys()) this.#closeDescriptor(fd);
    this.#listeners.clear();
    for (const connection of this.#connections.values()) {
      if (!connection.busy) this.#close(connection);
    }
    await this.#running;
  }

  /** Whether it is still serving. */
  get #alive(): boolean {
    return this.#deadline === Infinity ||
      this.#connections.size > 0 && performance.now() < this.#deadline;
  }

  async #run(): Promise<void> {
    let nextTick = performance.now() + TICK;
    while (this.#alive) {
      const left = nextTick - performance.now();
      const patience = this.#resumable.size > 0
        ? 0
        : Math.max(0, Math.ceil(left));
      const count = this.#poller.wait(patience);
      let rung = false;
      for (let event = 0; event < count; event++) {
        const fd = this.#poller.fd(event);
        if (fd === this.#bell.fd) rung = true;
        else if (this.#acceptor.has(fd)) this.#acceptor.accept(fd);
        else this.#turn(event, fd);
      }
      if (this.#resumable.size > 0) this.#resume();
      if (rung) await this.#bell.answer();
      if (performance.now() >= nextTick) {
        nextTick = performance.now() + TICK;
        this.#onTick();
      }
    }
    for (const connection of this.#connections.values()) {
      this.#close(connection);
    }
    this.#closeDescriptor(this.#poller.fileDescriptor);
  }

  #welcome(fd: number, protocol: Protocol): void {
    const { counters } = this.#context;
    if (this.#openConnections() >= this.#limits.maxConnections) {
      counters[CONNECTIONS_REJECTED]++;
      const text = new TextEncoder().encode(protocol.tooManyConnections);
      this.#libc.send(fd, text, BigInt(text.length), MSG_NOSIGNAL);
      this.#libc.close(fd);
      return;
    }
    counters[CONNECTIONS_TOTAL]++;
    counters[CONNECTIONS_OPEN]++;
    this.#descriptors[fd] = 1;
    setNoDelay(this.#libc, fd);
    const generation = this.#generation = (this.#generation + 1) & 0x7fffffff;
    const connection = new EpollConnection(
      fd,
      generation,
      this.#owner,
      this.#context.memory,
      (link) => protocol.open(this.#context, link),
      EPOLLIN,
      this.#tick,
    );
    this.#connections.set(fd, connection);
    try {
      this.#poller.add(fd, generation, EPOLLIN);
    } catch (error) {
      this.#fail(connection, error); // the kernel has no memory for it, say
    }
  }

  #turn(event: number, fd: number): void {
    const connection = this.#connections.get(fd);
    if (
      connection === undefined ||
      connection.generation !== this.#poller.generation(event) ||
      this.#resumable.has(connection)
    ) return;
    const happened = this.#poller.happened(event);
    try {
      if ((happened & EPOLLIN) !== 0 && connection.unsent.length === 0) {
        if (connection.isHeavy) this.#queue(connection);
        else this.#receive(connection);
      } else if ((happened & EPOLLBROKEN) !== 0) this.#close(connection);
      else if ((happened & EPOLLOUT) !== 0) this.#sendRest(connection);
    } catch (error) {
      this.#fail(connection, error);
    }
  }

  #receive(connection: EpollConnection): void {
    const stream = this.#stream;
    switch (stream.receive(connection)) {
      case Received.More:
        connection.lastActive = this.#tick;
        this.#answer(connection, stream.bytes, stream.start, stream.end);
        break;
      case Received.End:
        this.#close(connection);
        break;
      case Received.NoRoom:
        this.#reply.length = 0;
        this.#refuse(
          connection,
          connection.received,
          connection.start,
          connection.end,
        );
        break;
      case Received.Nothing:
        this.#await(connection, EPOLLIN);
    }
  }

  /** Answers what is in `bytes[start, end)`, and keeps what is left. */
  #answer(
    connection: EpollConnection,
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
  ): void {
    const { session } = connection;
    const reply = this.#reply;
    if (reply.bytes.length > KEPT_REPLY) reply.shrink();
    reply.length = 0;
    reply.begin(this.#context.memory);
    connection.parked = connection.woken = false;
    start += session.consume(bytes, start, end, reply);
    if (!connection.isOpen) return;
    connection.isHeavy = reply.work > HEAVY_WORK;
    if (
      (connection.waiting > 0 || start < end) &&
      !connection.keep(bytes, start, end)
    ) this.#refuse(connection, bytes, start, end);
    else this.#give(connection);
  }

  /** There is no memory to hold `bytes[start, end)`, the beginning of a request. */
  #refuse(
    connection: EpollConnection,
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
  ): void {
    const reply = this.#reply;
    start += connection.session.refuseForMemory(bytes, start, end, reply);
    if (connection.keep(bytes, start, end)) this.#give(connection);
    else this.#close(connection);
  }

  /** Sends the reply, and goes on. */
  #give(connection: EpollConnection): void {
    const { bytes, length } = this.#reply;
    if (length === 0 || this.#send(connection, bytes, length)) {
      this.#proceed(connection);
    }
  }

  /** Goes on after everything has been sent. */
  #proceed(connection: EpollConnection): void {
    switch (connection.session.next) {
      case Next.Close:
        this.#close(connection);
        break;
      case Next.Resume:
        this.#queue(connection);
        break;
      case Next.Wait:
        this.#park(connection);
        break;
      case Next.Read:
        if (this.#deadline < Infinity && !connection.busy) {
          this.#close(connection);
        } else this.#await(connection, EPOLLIN);
    }
  }

  /** Leaves it alone until its session is woken. */
  #park(connection: EpollConnection): void {
    if (connection.woken) this.#resumable.add(connection);
    else {
      connection.parked = true;
      this.#await(connection, 0);
    }
  }

  #wake(connection: EpollConnection): void {
    if (!connection.isOpen) return;
    connection.woken = true;
    // One whose reply has not been sent whole goes on when it has.
    if (!connection.parked) return;
    connection.lastActive = this.#tick;
    this.#resumable.add(connection);
  }

  /** Puts it at the end of those that have a turn to come. */
  #queue(connection: EpollConnection): void {
    this.#resumable.add(connection);
    // What else it sends is not looked for meanwhile.
    this.#await(connection, 0);
  }

  /** One more turn for those who have something to go on with, or who waited. */
  #resume(): void {
    const deadline = performance.now() + RESUME_BUDGET;
    let left = this.#resumable.size;
    for (const connection of this.#resumable) {
      this.#resumable.delete(connection);
      connection.lastActive = this.#tick;
      const { received, start, end, session } = connection;
      try {
        // Of a heavy one, what has arrived has not been received yet.
        if (session.next === Next.Read) this.#receive(connection);
        else this.#answer(connection, received, start, end);
      } catch (error) {
        this.#fail(connection, error);
      }
      // Who has another turn to come was put at the end.
      if (--left === 0 || performance.now() >= deadline) break;
    }
  }

  /** @returns whether all has been sent. */
  #send(
    connection: EpollConnection,
    bytes: Uint8Array<ArrayBuffer>,
    length: number,
  ): boolean {
    const isSent = this.#stream.send(connection, bytes, length);
    if (!isSent) this.#await(connection, EPOLLOUT);
    return isSent;
  }

  #sendRest(connection: EpollConnection): void {
    connection.lastActive = this.#tick;
    const { unsent } = connection;
    if (this.#send(connection, unsent, unsent.length)) {
      this.#proceed(connection);
    }
  }

  #await(connection: EpollConnection, interest: number): void {
    if (connection.interest === interest) return;
    connection.interest = interest;
    this.#poller.change(connection.fd, connection.generation, interest);
  }

  #onTick(): void {
    this.#tick++;
    this.#acceptor.onTick();
    const now = Date.now();
    const clock = performance.now();
    for (const connection of this.#connections.values()) {
      const { lastActive, parked, session } = connection;
      const idle = this.#tick - lastActive;
      if (isStale(idle, parked, session.held, this.#limits, now)) {
        this.#close(connection);
      } else if (session.timeOut !== undefined) {
        this.#timeOut(connection, clock);
      }
    }
    const open = this.#connections.values();
    for (const one of this.#shortage.victims(open, this.#tick)) {
      this.#close(one);
    }
  }

  /** Closes a connection that waits for a request, or a part of one, too long. */
  #timeOut(connection: EpollConnection, now: number): void {
    if (
      connection.unsent.length > 0 || connection.parked ||
      this.#resumable.has(connection)
    ) return;
    const reply = this.#reply;
    reply.length = 0;
    if (!connection.session.timeOut?.(now, reply)) return;
    this.#libc.send(
      connection.fd,
      reply.bytes,
      BigInt(reply.length),
      MSG_NOSIGNAL,
    );
    this.#close(connection);
  }

  /** A reset is nobody's fault; anything else is told, and ends one connection. */
  #fail(connection: EpollConnection, error: unknown): void {
    if (!(error instanceof SystemError)) {
      logger.error("a connection failed: {reason}", {
        reason: error instanceof Error ? error.stack ?? error.message : error,
      });
    }
    this.#close(connection);
  }

  #close(connection: EpollConnection): void {
    if (!connection.isOpen) return;
    this.#connections.delete(connection.fd);
    this.#context.counters[CONNECTIONS_OPEN]--;
    this.#resumable.delete(connection);
    connection.letGo();
    this.#closeDescriptor(connection.fd);
  }

  #closeDescriptor(fd: number): void {
    // In this order: when it is closed, another thread may get the number.
    this.#descriptors[fd] = 0;
    this.#libc.close(fd);
  }
}
