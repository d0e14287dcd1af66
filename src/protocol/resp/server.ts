/**
 * Commands about the server: `INFO`, `CONFIG GET`, `COMMAND`, and those that say
 * that it is no cluster.
 *
 * @module
 */

import type { SessionContext } from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { TEXT_BYTE_WORK } from "../work.ts";
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
import { MATCH_WORK, readPattern } from "./glob.ts";
import { report, sectionOf } from "./info.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";

/** What a report costs, a word that may name a part of one, and a command told. */
const REPORT_WORK = 30_000, WORD_WORK = 300, COMMAND_WORK = 2000;

function* info(
  session: RespSession,
  request: Request,
  reply: Reply,
): Turns {
  const wanted = new Set<string>();
  for (let n = 1; n < request.count; n++) {
    reply.work += WORD_WORK;
    if (reply.full) reply = yield;
    const section = sectionOf(request.word(n));
    if (section !== undefined) wanted.add(section);
  }
  // Names that mean nothing are not the same as no name at all.
  const sections = request.count === 1 ? undefined : wanted;
  const text = report(session, sections);
  reply.work += REPORT_WORK + TEXT_BYTE_WORK * text.length;
  verbatim(reply, text, session.version);
}

/** A parameter, by its name, and how its value is told. */
type Parameter = [name: string, text: (context: SessionContext) => string];

/** Parameters that clients and tools ask for. */
const PARAMETERS = (<Parameter[]> [
  ["appendonly", () => "no"],
  ["databases", ({ databases }) => String(databases.length)],
  ["maxclients", ({ status }) => String(status.maxConnections)],
  ["maxmemory", () => "0"],
  ["maxmemory-policy", () => "noeviction"],
  ["proto-max-bulk-len", () => String(512 * 1024 * 1024)],
  ["save", () => ""],
  ["timeout", ({ status }) => String(Math.ceil(status.idleTimeout / 1000))],
]).map(([name, text]) => ({
  name,
  text,
  bytes: new TextEncoder().encode(name),
}));

function* configGet(
  { context, version }: RespSession,
  request: Request,
  reply: Reply,
): Turns {
  const found = new Map<string, string>();
  for (let n = 2; n < request.count; n++) {
    const pattern = readPattern(request, n, reply, true);
    if (pattern === undefined) return;
    reply.work += WORD_WORK;
    for (const { name, text, bytes } of PARAMETERS) {
      let isMatch = pattern.begin(bytes);
      while (isMatch === undefined) {
        if (reply.full) reply = yield;
        reply.work += MATCH_WORK;
        isMatch = pattern.match();
      }
      reply.work += MATCH_WORK;
      if (isMatch && !found.has(name)) found.set(name, text(context));
    }
    if (reply.full) reply = yield;
  }
  value(reply, found, version);
}

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

function* tellAll(
  { commands, version }: RespSession,
  reply: Reply,
): Turns {
  array(reply, commands.all.length);
  for (const command of commands.all) {
    reply.work += COMMAND_WORK;
    if (reply.full) reply = yield;
    describe(command, reply, version);
  }
}

function* commandInfo(
  session: RespSession,
  request: Request,
  reply: Reply,
): Turns {
  if (request.count === 2) return yield* tellAll(session, reply);
  array(reply, request.count - 2);
  for (let n = 2; n < request.count; n++) {
    if (reply.full) reply = yield;
    const command = named(session.commands, request, n);
    reply.work += command === undefined ? WORD_WORK : COMMAND_WORK;
    if (command === undefined) nil(reply, session.version);
    else describe(command, reply, session.version);
  }
}

/** How many there are comes first, so they are counted before. */
function* commandDocs(
  { commands, version }: RespSession,
  request: Request,
  reply: Reply,
): Turns {
  const isAll = request.count === 2;
  let count = isAll ? commands.all.length : 0;
  for (let n = 2; n < request.count; n++) {
    reply.work += WORD_WORK;
    if (reply.full) reply = yield;
    if (named(commands, request, n) !== undefined) count++;
  }
  map(reply, count, version);
  const asked = isAll ? count : request.count - 2;
  for (let n = 0; n < asked; n++) {
    if (reply.full) reply = yield;
    const command = isAll ? commands.all[n] : named(commands, request, n + 2);
    reply.work += command === undefined ? WORD_WORK : COMMAND_WORK;
    if (command === undefined) continue;
    const { name, summary, group } = command;
    value(reply, name, version);
    const docs = new Map([["summary", summary], ["group", group]]);
    value(reply, docs, version);
  }
}

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
  return tellAll(session, reply);
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
