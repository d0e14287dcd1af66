/**
 * What is wrong with settings that are right one by one.
 *
 * @module
 */

import { HTTP } from "../protocol/registry.ts";
import { formatAddress } from "../server/address.ts";
import { nearest } from "../cli/nearest.ts";
import type { KeyPath } from "./position.ts";
import type {
  Configuration,
  LISTENER_FLAGS,
  ListenerSettings,
} from "./settings.ts";

/** A problem, and the key that it is told of. */
export interface Conflict {
  /** The key. */
  readonly path: KeyPath;
  /** The problem, and what to do. */
  readonly what: string;
}

/** What cannot be together in one listener, and the key that it is told of. */
export function* conflictsInListener(
  listener: Omit<ListenerSettings, "databases">,
): Generator<{ key: keyof typeof LISTENER_FLAGS; what: string }> {
  const { addr, proto, users, tokens, transport } = listener;
  const { "tls-cert": cert, "tls-key": key } = listener;
  if (cert !== undefined && key === undefined) {
    yield { key: "tls-cert", what: "it needs its private key, tls-key" };
  }
  if (key !== undefined && cert === undefined) {
    yield { key: "tls-key", what: "it needs its certificate, tls-cert" };
  }
  if (cert !== undefined && addr.some((address) => "path" in address)) {
    yield { key: "tls-cert", what: "there is no TLS on a Unix socket" };
  }
  if (transport === "epoll" && cert !== undefined) {
    yield {
      key: "transport",
      what: "epoll does no TLS: leave it out, or take deno",
    };
  }
  if (listener["keep-sessions"] && users === undefined) {
    yield { key: "keep-sessions", what: "nobody logs in without users" };
  }
  if (proto !== HTTP) {
    if (tokens !== undefined) {
      yield {
        key: "tokens",
        what: `with ${proto}, clients have a password: give users instead`,
      };
    }
    for (const key of ["content-type", "cache-control"] as const) {
      if (listener[key] === undefined) continue;
      yield { key, what: "only HTTP tells it to clients" };
    }
    if (listener["cors-origin"] !== undefined) {
      yield { key: "cors-origin", what: "browsers speak only HTTP" };
    }
    if (listener["http-host"] !== undefined) {
      yield { key: "http-host", what: "only HTTP clients say whom they ask" };
    }
    return;
  }
  if (users !== undefined) {
    yield {
      key: "users",
      what: "with http, clients have a token: give tokens instead",
    };
  }
}

/** Tells what cannot be together. */
export function* conflictsIn(
  configuration: Configuration,
): Generator<Conflict> {
  yield* betweenDatabases(configuration);
  yield* betweenListeners(configuration);
}

function* betweenDatabases(
  { databases }: Configuration,
): Generator<Conflict> {
  const owners = new Map<string, string>();
  for (const { name, file, basedir, "keep-previous": keep } of databases) {
    const at = ["databases", name];
    if (keep && basedir === undefined) {
      yield {
        path: [...at, "keep-previous"],
        what: "it needs a basedir to keep a file in",
      };
    }
    // A file that one database moves away is not there for another.
    for (const [key, path] of Object.entries({ file, basedir })) {
      if (path === undefined) continue;
      const owner = owners.get(path);
      if (owner !== undefined) {
        yield {
          path: [...at, key],
          what: `the database ${owner} has ${path} already: give each its own`,
        };
      }
      owners.set(path, name);
    }
  }
}

function* betweenListeners(
  { databases, listeners }: Configuration,
): Generator<Conflict> {
  const names = databases.map(({ name }) => name);
  const taken = new Set<string>();
  for (const [n, listener] of listeners.entries()) {
    const at = ["listeners", n];
    for (const { key, what } of conflictsInListener(listener)) {
      yield { path: [...at, key], what };
    }
    for (const name of new Set(listener.databases)) {
      const separator = listener["route-separator"];
      if (!names.includes(name)) {
        const near = nearest(name, names);
        const hint = near === undefined ? "" : `; did you mean ${near}?`;
        yield {
          path: [...at, "databases"],
          what: `there is no database "${name}"${hint}`,
        };
      } else if (listener.databases.length > 1 && name.includes(separator)) {
        yield {
          path: at,
          what: `the name ${name} has the route-separator "${separator}" in it`,
        };
      }
    }
    if (new Set(listener.databases).size < listener.databases.length) {
      yield {
        path: [...at, "databases"],
        what: "a database is named twice",
      };
    }
    for (const address of listener.addr) {
      const text = formatAddress(address);
      if (taken.has(text) && !text.endsWith(":0")) {
        yield {
          path: [...at, "addr"],
          what: `${text} is taken already: give each listener its own`,
        };
      }
      taken.add(text);
    }
  }
}
