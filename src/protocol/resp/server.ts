/**
 * Commands about the server: `INFO`, `CONFIG GET`, `COMMAND`, and those that say
 * that it is no cluster.
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import type { Command, Run } from "./command.ts";
import { subcommand } from "./connection.ts";
import {
  array,
  failure,
  integer,
  map,
  nil,
  type RespValue,
  type RespVersion,
  simple,
  value,
} from "./encode.ts";
import { matches } from "./glob.ts";
import { report } from "./info.ts";
import type { RespSession } from "./session.ts";

const info: Run = (session, request, reply) => {
  const wanted: string[] = [];
  for (let n = 1; n < request.count; n++) {
    wanted.push(request.latin1(n).toLowerCase());
  }
  value(reply, report(session, wanted), session.version);
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
  subcommand("config", { get: [-3, configGet] }, session, request, reply);
};

/** A command as `COMMAND` tells it. */
function describe(command: Command, reply: Reply, version: RespVersion): void {
  const { name, arity, flags, keys: [first, last, step] } = command;
  array(reply, 10);
  value(reply, name, version);
  integer(reply, arity);
  array(reply, flags.length);
  for (const flag of flags) simple(reply, flag);
  for (const number of [first, last, step]) integer(reply, number);
  const categories = [`@${flags[0] === "readonly" ? "read" : "connection"}`];
  array(reply, categories.length);
  for (const category of categories) simple(reply, category);
  for (let empty = 0; empty < 3; empty++) array(reply, 0);
}

const commandInfo: Run = ({ version, commands }, request, reply) => {
  const all = request.count === 2;
  const count = all ? commands.all.length : request.count - 2;
  array(reply, count);
  for (let n = 0; n < count; n++) {
    const found = all ? commands.all[n] : commands.named(request.latin1(n + 2));
    if (found !== undefined) describe(found, reply, version);
    else if (version === 3) nil(reply, version);
    else reply.text("*-1\r\n");
  }
};

const commandDocs: Run = ({ version, commands }, request, reply) => {
  const found: Command[] = request.count === 2 ? [...commands.all] : [];
  for (let n = 2; n < request.count; n++) {
    const command = commands.named(request.latin1(n));
    if (command !== undefined) found.push(command);
  }
  map(reply, found.length, version);
  for (const { name, summary, group, arity } of found) {
    value(reply, name, version);
    const docs = new Map<string, RespValue>([
      ["summary", summary],
      ["since", "1.0.0"],
      ["group", group],
      ["arity", arity],
    ]);
    value(reply, docs, version);
  }
};

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
  summary: string,
  run: Run,
): Command => ({
  name,
  arity,
  flags: ["fast"],
  keys: [0, 0, 0],
  group: "server",
  summary,
  run,
});

/** The commands of this file. */
export const SERVER_COMMANDS: readonly Command[] = [
  about("info", -1, "Tells of the server, in sections.", info),
  about("config", -2, "Tells parameters of the server.", config),
  about("command", -1, "Tells of the commands.", command),
  about("readonly", 1, "There is no cluster.", noCluster),
  about("cluster", -2, "There is no cluster.", noCluster),
];
