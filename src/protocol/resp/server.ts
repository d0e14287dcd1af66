/**
 * Commands about the server: `INFO`, `CONFIG GET`, `COMMAND`, and those that say
 * that it is no cluster.
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import type { Command, NameTable, Run, Turns } from "./command.ts";
import { subcommand } from "./connection.ts";
import {
  array,
  failure,
  integer,
  map,
  nil,
  type RespVersion,
  set,
  simple,
  value,
  verbatim,
} from "./encode.ts";
import { matches } from "./glob.ts";
import { report } from "./info.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";

const info: Run = (session, request, reply) => {
  const wanted: string[] = [];
  for (let n = 1; n < request.count; n++) {
    wanted.push(request.latin1(n).toLowerCase());
  }
  verbatim(reply, report(session, wanted), session.version);
};

/** Parameters that clients and tools ask for. */
function parameters(session: RespSession): Map<string, string> {
  const { status, databases } = session.context;
  return new Map([
    ["appendonly", "no"],
    ["databases", String(databases.length)],
    ["maxclients", String(status.maxConnections)],
    ["maxmemory", "0"],
    ["maxmemory-policy", "noeviction"],
    ["proto-max-bulk-len", String(512 * 1024 * 1024)],
    ["save", ""],
    ["timeout", String(Math.ceil(status.idleTimeout / 1000))],
  ]);
}

const configGet: Run = (session, request, reply) => {
  const found = new Map<string, string>();
  for (let n = 2; n < request.count; n++) {
    const pattern = new TextEncoder().encode(request.latin1(n).toLowerCase());
    for (const [name, text] of parameters(session)) {
      if (matches(pattern, new TextEncoder().encode(name))) {
        found.set(name, text);
      }
    }
  }
  value(reply, found, session.version);
};

const config: Run = (session, request, reply) => {
  const table: Parameters<typeof subcommand>[1] = { get: [-3, configGet] };
  return subcommand("config", table, session, request, reply);
};

/** A command as `COMMAND` tells it. */
function describe(command: Command, reply: Reply, version: RespVersion): void {
  const { name, arity, flags, categories, keys } = command;
  array(reply, 10);
  value(reply, name, version);
  integer(reply, arity);
  set(reply, flags.length, version);
  for (const flag of flags) simple(reply, flag);
  for (const number of keys) integer(reply, number);
  set(reply, categories.length, version);
  for (const category of categories) simple(reply, `@${category}`);
  // No hints, specifications of keys, and subcommands.
  for (let empty = 0; empty < 3; empty++) set(reply, 0, version);
}

/** Tells of commands in turns: a client may ask for one a million times. */
function* tell<T>(
  found: readonly T[],
  reply: Reply,
  each: (command: T, reply: Reply) => void,
): Turns {
  for (const command of found) {
    each(command, reply);
    if (reply.full) reply = yield;
  }
}

const commandInfo: Run = ({ version, commands }, request, reply) => {
  const found: (Command | undefined)[] = request.count === 2
    ? [...commands.all]
    : [];
  for (let n = 2; n < request.count; n++) {
    found.push(named(commands, request, n));
  }
  array(reply, found.length);
  return tell(found, reply, (command, reply) => {
    if (command !== undefined) describe(command, reply, version);
    else nil(reply, version);
  });
};

const commandDocs: Run = ({ version, commands }, request, reply) => {
  const found: Command[] = request.count === 2 ? [...commands.all] : [];
  for (let n = 2; n < request.count; n++) {
    const command = named(commands, request, n);
    if (command !== undefined) found.push(command);
  }
  map(reply, found.length, version);
  return tell(found, reply, ({ name, summary, group }, reply) => {
    value(reply, name, version);
    const docs = new Map([["summary", summary], ["group", group]]);
    value(reply, docs, version);
  });
};

function named(
  commands: NameTable<Command>,
  request: Request,
  n: number,
): Command | undefined {
  return commands.find(request.bytes, request.start(n), request.end(n));
}

const SUBCOMMANDS: Readonly<Record<string, [count: number, run: Run]>> = {
  count: [
    2,
    ({ commands }, _, reply) => integer(reply, commands.all.length),
  ],
  docs: [-2, commandDocs],
  info: [-2, commandInfo],
};

const command: Run = (session, request, reply) => {
  if (request.count > 1) {
    return subcommand("command", SUBCOMMANDS, session, request, reply);
  }
  const { all } = session.commands;
  array(reply, all.length);
  for (const one of all) describe(one, reply, session.version);
};

const noCluster: Run = (_, __, reply) => {
  failure(reply, "ERR This instance has cluster support disabled");
};

const about = (
  name: string,
  arity: number,
  flags: readonly string[],
  categories: readonly string[],
  summary: string,
  run: Run,
): Command => ({
  name,
  arity,
  flags,
  categories,
  keys: [0, 0, 0],
  group: "server",
  summary,
  run,
});

/** The commands of this file. */
export const SERVER_COMMANDS: readonly Command[] = [
  about(
    "info",
    -1,
    ["loading", "stale"],
    ["slow", "dangerous"],
    "Tells of the server, in sections.",
    info,
  ),
  about("config", -2, [], ["slow"], "Tells parameters of the server.", config),
  about(
    "command",
    -1,
    ["loading", "stale"],
    ["slow", "connection"],
    "Tells of the commands.",
    command,
  ),
  about(
    "readonly",
    1,
    ["loading", "stale", "fast"],
    ["fast", "connection"],
    "There is no cluster.",
    noCluster,
  ),
  about("cluster", -2, [], ["slow"], "There is no cluster.", noCluster),
];
