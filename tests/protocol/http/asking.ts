/** HTTP without a socket. */

import { DataSet } from "../../../src/handler/data_set.ts";
import type { Handler } from "../../../src/handler/handler.ts";
import { NamespacedStorage } from "../../../src/handler/namespaced.ts";
import { createCounters } from "../../../src/protocol/counters.ts";
import type { Counters } from "../../../src/protocol/counters.ts";
import {
  type HttpOptions,
  HttpProtocol,
} from "../../../src/protocol/http/http.ts";
import type {
  Session,
  SessionContext,
} from "../../../src/protocol/protocol.ts";
import { JsonStorage } from "../../../src/storage/json/json.ts";
import { inDirectory } from "../../temporary.ts";
import { dataSet, fromLatin1 } from "../converse.ts";
import { exchange } from "./exchange.ts";

/** The sum of {@linkcode dataSet}, if none is given. */
export const SUM = "0000000000000002aaaaaaaaaaaaaaaa";

/** Databases by name, as a protocol sees them. */
export function contextOf(
  databases: Readonly<Record<string, Handler>>,
  counters: Counters = createCounters(),
): SessionContext & { damage: string[] } {
  const damage: string[] = [];
  return {
    handler: { current: undefined },
    databases: Object.entries(databases).map(([name, handler]) => ({
      name,
      handler,
    })),
    counters,
    status: {
      version: "9.9.9",
      startedAt: 0,
      maxConnections: 7,
      idleTimeout: 0,
      transport: "none",
      addresses: ["127.0.0.1:80"],
      threads: 1,
      totals: () => counters,
    },
    damage,
    onDamage: (error) => damage.push(error.problem),
  };
}

/** How the sessions of a test are opened. */
export interface AskingOptions extends HttpOptions {
  /** Instead of one that has the databases. */
  context?: SessionContext;
}

/** A session that answers from databases, which may change. */
export function openHttp(
  databases: Readonly<Record<string, Handler>>,
  options: AskingOptions = {},
): Session {
  const { context = contextOf(databases), ...rest } = options;
  return new HttpProtocol(rest).open(context);
}

/** A function that asks databases, each time on a connection of its own. */
export function asking(
  databases: Readonly<Record<string, Handler>>,
  options: AskingOptions = {},
): (path: string, init?: RequestInit) => Promise<Response> {
  const { context = contextOf(databases), ...rest } = options;
  const protocol = new HttpProtocol(rest);
  return async (path, init) => {
    const request = new Request(`http://localhost${path}`, init);
    return await exchange(protocol.open(context), request);
  };
}

/** A function that asks one database, `db`, with these records. */
export function askingFor(
  records: Record<string, string>,
  options: AskingOptions = {},
): (path: string, init?: RequestInit) => Promise<Response> {
  return asking({ db: { current: dataSet(records) } }, options);
}

/** A data set with namespaces. */
export async function namespacedDataSet(
  records: Record<string, Record<string, string>>,
): Promise<DataSet> {
  let made: DataSet | undefined;
  await inDirectory(async (directory) => {
    const path = `${directory}/data.json`;
    await Deno.writeTextFile(path, JSON.stringify(records));
    const storage = new NamespacedStorage(new JsonStorage());
    made = new DataSet(storage.attach(await storage.open(path, {})), {
      path,
      storage: "json",
      sum: SUM,
      size: 1,
      openedAt: 0,
    });
  });
  return made!;
}

/** The body, a character a byte. */
export async function bodyOf(response: Response): Promise<string> {
  return fromLatin1(new Uint8Array(await response.arrayBuffer()));
}

/** The header fields of these names, in this order. */
export function fields(
  { headers }: Response,
  ...names: string[]
): (string | null)[] {
  return names.map((name) => headers.get(name));
}
