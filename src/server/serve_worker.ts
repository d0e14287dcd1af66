/**
 * A thread that serves; `worker_handle.ts` starts it and gives it orders.
 *
 * With the epoll transport the thread blocks until something happens on a
 * socket, so an order is sent first and then rung for: the number that is rung
 * says how many orders there are in all.
 *
 * @module
 */

import { configureSync } from "@logtape/logtape";
import { isDeepStrictEqual } from "node:util";
import { CONNECTIONS_OPEN, sumCounters } from "../protocol/counters.ts";
import { MemoryBudget } from "../protocol/memory_budget.ts";
import type { SessionContext } from "../protocol/protocol.ts";
import { createProtocol, HTTP } from "../protocol/registry.ts";
import { forgetShared } from "../storage/memory/shared.ts";
import { VERSION } from "../version.ts";
import { type Address, formatAddress } from "./address.ts";
import { canSharePorts } from "./capability.ts";
import { Admission } from "./admission.ts";
import type { Credentials } from "./credentials.ts";
import { damageReporter } from "./damage.ts";
import { DenoTransport, listenWithDeno } from "./deno_transport.ts";
import { must, socketLibc } from "./epoll/libc.ts";
import { listenOn } from "./epoll/socket.ts";
import { EpollTransport } from "./epoll/transport.ts";
import type { NumberedOrder, OpenOrder, Order, Said } from "./messages.ts";
import { ThreadDatabases } from "./thread_databases.ts";
import { limitsOf, type Transport } from "./transport.ts";
import { webRequestReporter } from "./web_requests.ts";

// The library's types are those of the main thread: only this is needed here.
const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<NumberedOrder>) => void;
  postMessage(said: Said): void;
};

let databases: ThreadDatabases;
let transport: Transport;
let admission: Admission;
let certificate: Credentials["certificate"];
/** How many orders have been carried out, or failed. */
let done = 0;
/** Whether an order is being carried out that takes its time. */
let atWork: Promise<void> = Promise.resolve();
let arrived = () => {};

thread.onmessage = ({ data }) => {
  atWork = carryOut(data);
};

async function carryOut(order: NumberedOrder): Promise<void> {
  const { number } = order;
  try {
    // What takes as long as clients like is answered when it comes to pass.
    if (order.order === "stop") {
      transport.stop(order.grace).then(() => say({ said: "done", number }));
    } else if (order.order === "released") {
      databases.released(order.database).then(() => {
        forgetShared();
        say({ said: "done", number });
      });
    } else {
      await obey(order);
      say({ said: "done", number });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say({ said: "failed", number, reason });
  }
  done++;
  arrived();
}

async function obey(order: Order): Promise<void> {
  switch (order.order) {
    case "open":
      open(order);
      break;
    case "start":
      transport.start();
      break;
    case "renew":
      await renew(order.credentials);
      break;
    case "settle":
      admission.logins?.settle(order.id, order.verdict);
      break;
    case "serve":
      databases.serve(order.databases);
      break;
    case "prepare":
      await databases.handler(order.database).prepare(order.next);
      break;
    case "commit":
      await databases.handler(order.database).commit();
      break;
    case "abort":
      databases.handler(order.database).abort();
      break;
  }
}

function open(order: OpenOrder): void {
  const { spec, rows, row, bell, descriptors, sockets, credentials } = order;
  admission = new Admission(credentials, {
    counters: row,
    keepSessions: spec.keepSessions,
    ask: (check) => say({ said: "check", check }),
    giveUp: (id) => say({ said: "give up", id }),
  });
  certificate = credentials.certificate;
  databases = new ThreadDatabases(spec.routeSeparator);
  databases.serve(order.databases);
  const context: SessionContext = {
    handler: databases,
    databases: databases.named,
    logins: admission.logins,
    counters: row,
    memory: new MemoryBudget(order.memory, order.taken),
    status: {
      version: VERSION,
      startedAt: spec.startedAt,
      ...spec.limits,
      threads: spec.threads,
      transport: spec.transport,
      addresses: spec.addresses.map(formatAddress),
      totals: () => sumCounters(rows),
    },
    onDamage: damageReporter(),
    onWebRequest: webRequestReporter(),
    onWrongToken: (address) => admission.onWrongToken(address),
  };
  const openConnections = () => {
    let count = 0;
    for (const row of rows) count += row[CONNECTIONS_OPEN];
    return count;
  };
  // A new certificate needs another listener beside the one that there is.
  const shared = spec.threads > 1 ||
    certificate !== undefined && canSharePorts();
  const { tokens } = admission;
  const http = { ...spec.http, tokens };
  const protocol = createProtocol(spec.protocol, http);
  // A browser reaches no Unix socket: there, no name is a stranger's.
  const local = spec.protocol === HTTP
    ? createProtocol(HTTP, { ...http, hosts: ["*"] })
    : protocol;
  const protocolAt = (address: Address) => "path" in address ? local : protocol;
  const limits = limitsOf(protocol, spec.limits);
  if (spec.transport === "deno") {
    const listeners = spec.addresses.map((address) => ({
      address,
      listener: listenWithDeno(address, shared, certificate, protocol.alpn),
      protocol: protocolAt(address),
    }));
    transport = new DenoTransport(
      listeners,
      context,
      limits,
      openConnections,
    );
    return;
  }
  const libc = socketLibc();
  const listeners = new Map(spec.addresses.map((address, n) => [
    sockets[n] === undefined
      ? listenOn(libc, address, shared)
      : must("dup", libc.dup(sockets[n])),
    protocolAt(address),
  ]));
  transport = new EpollTransport(
    listeners,
    context,
    limits,
    openConnections,
    { fd: bell!, answer: () => answerBell(bell!) },
    descriptors,
  );
}

/** Takes new credentials; a certificate that is the same is not touched. */
async function renew(credentials: Credentials): Promise<void> {
  admission.renew(credentials);
  const next = credentials.certificate;
  if (next === undefined || isDeepStrictEqual(next, certificate)) return;
  certificate = next;
  await transport.renew?.(next);
}

/** How many orders have been rung for. */
let rung = 0;
const count = new BigUint64Array(1);

/** Lets the event loop run until every order that was rung for is done. */
async function answerBell(bell: number): Promise<void> {
  const bytes = new Uint8Array(count.buffer);
  if (socketLibc().read(bell, bytes, 8n) === 8) rung += Number(count[0]);
  while (done < rung) {
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await atWork;
  }
}

function say(said: Said): void {
  thread.postMessage(said);
}

configureSync({
  sinks: {
    control: ({ level, category, rawMessage, properties }) => {
      say({
        said: "log",
        level: level === "error" || level === "info" ? level : "warn",
        category,
        message: typeof rawMessage === "string"
          ? rawMessage
          : rawMessage.join(""),
        properties,
      });
    },
  },
  loggers: [
    { category: "goromdb", sinks: ["control"], lowestLevel: "info" },
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
  ],
});
