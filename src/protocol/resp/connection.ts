/**
 * Commands about the connection itself.
 *
 * @module
 */

import type { Login } from "../../access/login.ts";
import {
  Finding,
  TOO_MANY_LOG_INS,
  tooManyWrong,
} from "../../access/verdict.ts";
import type { Reply } from "../reply.ts";
import { LOG_IN_WORK, TEXT_BYTE_WORK } from "../work.ts";
import type { Command, Run, Turns } from "./command.ts";
import { wrongArity } from "./command.ts";
import {
  bulk,
  bulkEnd,
  bulkHeader,
  failure,
  integer,
  nil,
  type RespValue,
  type RespVersion,
  simple,
  value,
  verbatim,
} from "./encode.ts";
import { describe } from "./peers.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";
import { wholeNumber } from "./strings.ts";
import { REDIS_VERSION } from "./version.ts";

/** What the answer to a HELLO costs, in units of work. */
const GREETING_WORK = 1000;

/** The least and the greatest number of a database. */
const INT_MIN = -(2 ** 31), INT_MAX = 2 ** 31 - 1;

/** What a client may call itself, and options that are shown, in bytes. */
const NAME_LIMIT = 1024;

const DEFAULT_USER = "default";
const WRONG_PASSWORD =
  "WRONGPASS invalid username-password pair or user is disabled.";
const NO_PASSWORD_SET =
  "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";

const ping: Run = (session, request, reply) => {
  if (request.count > 2) return wrongArity(reply, "ping");
  // Redis does not answer either before it has data: it is not ready yet.
  if (session.data(reply) === undefined) return;
  if (request.count === 1) return simple(reply, "PONG");
  return echo(session, request, reply);
};

const echo: Run = (_, request, reply) => {
  const start = request.start(1), end = request.end(1);
  if (end - start > reply.limit) return echoLong(request, reply);
  bulk(reply, request.bytes, start, end);
};

/** The bytes of the request may be elsewhere in each turn. */
function* echoLong(request: Request, reply: Reply): Turns {
  const length = request.end(1) - request.start(1);
  bulkHeader(reply, length);
  for (let given = 0; given < length; given += reply.limit) {
    if (given > 0) reply = yield;
    const start = request.start(1) + given;
    const end = Math.min(request.end(1), start + reply.limit);
    reply.copy(request.bytes, start, end);
  }
  bulkEnd(reply);
}

const select: Run = (session, request, reply) => {
  const number = wholeNumber(request, 1);
  if (number === undefined) {
    failure(reply, "ERR value is not an integer or out of range");
  } else if (number !== Math.max(INT_MIN, Math.min(INT_MAX, number))) {
    failure(
      reply,
      `ERR value is out of range, value must between ${INT_MIN} and ${INT_MAX}`,
    );
  } else if (!session.database.select(number)) {
    failure(reply, "ERR DB index is out of range");
  } else simple(reply, "OK");
};

const auth: Run = (session, request, reply) => {
  if (request.count > 3) return failure(reply, "ERR syntax error");
  const named = request.count === 3;
  if (!named && session.login === undefined) {
    return failure(reply, NO_PASSWORD_SET);
  }
  const name = named ? request.text(1) : DEFAULT_USER;
  const password = request.text(named ? 2 : 1);
  return logIn(session, name, password, reply, (reply) => simple(reply, "OK"));
};

/**
 * Logs in, and then answers; the password may have to be checked first. Without
 * users, the default user has no password, and any will do.
 */
function logIn(
  session: RespSession,
  name: string,
  password: string,
  reply: Reply,
  answer: (reply: Reply) => void,
): void | Turns {
  const { login } = session;
  if (login !== undefined) {
    login.try(name, password);
    return loggedIn(session, login, reply, answer);
  }
  if (name === DEFAULT_USER) answer(reply);
  else failure(reply, WRONG_PASSWORD);
}

function* loggedIn(
  session: RespSession,
  login: Login,
  reply: Reply,
  answer: (reply: Reply) => void,
): Turns {
  while (login.verdict === undefined) {
    session.wait();
    reply = yield;
  }
  reply.work += LOG_IN_WORK;
  const { verdict } = login;
  switch (verdict.finding) {
    case Finding.Right:
      session.known = true;
      return answer(reply);
    case Finding.Wrong:
      failure(reply, WRONG_PASSWORD);
      break;
    case Finding.TooMany:
      failure(reply, `ERR ${tooManyWrong(verdict.seconds)}`);
      break;
    case Finding.Crowded:
      failure(reply, `ERR ${TOO_MANY_LOG_INS}`);
  }
  if (login.isExhausted) session.end();
}

const hello: Run = (session, request, reply) => {
  let version = session.version;
  if (request.count > 1) {
    const wanted = wholeNumber(request, 1);
    if (wanted === undefined) {
      return failure(
        reply,
        "ERR Protocol version is not an integer or out of range",
      );
    }
    if (wanted !== 2 && wanted !== 3) {
      return failure(reply, "NOPROTO unsupported protocol version");
    }
    version = wanted;
  }
  let credentials: [name: string, password: string] | undefined;
  for (let n = 2; n < request.count; n++) {
    const option = request.latin1(n, NAME_LIMIT);
    reply.work += TEXT_BYTE_WORK * option.length;
    const left = request.count - n - 1;
    if (/^auth$/i.test(option) && left >= 2) {
      credentials = [request.text(n + 1), request.text(n + 2)];
      if (session.login === undefined && credentials[0] !== DEFAULT_USER) {
        return failure(reply, WRONG_PASSWORD);
      }
      n += 2;
    } else if (/^setname$/i.test(option) && left >= 1) {
      if (!setName(session, request, ++n, reply)) return;
    } else {
      return failure(reply, `ERR Syntax error in HELLO option '${option}'`);
    }
  }
  const answer = (reply: Reply) => greet(session, version, reply);
  if (credentials !== undefined) {
    return logIn(session, ...credentials, reply, answer);
  }
  if (session.known) return answer(reply);
  failure(
    reply,
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
  );
};

function greet(session: RespSession, version: RespVersion, reply: Reply): void {
  reply.work += GREETING_WORK;
  session.version = version;
  const about: ReadonlyMap<string, RespValue> = new Map<string, RespValue>([
    ["server", "redis"],
    ["version", REDIS_VERSION],
    ["proto", version],
    ["id", session.id],
    ["mode", "standalone"],
    ["role", "replica"],
    ["modules", []],
  ]);
  value(reply, about, version);
}

function setName(
  session: RespSession,
  request: Request,
  n: number,
  reply: Reply,
): boolean {
  const name = request.latin1(n, NAME_LIMIT + 1);
  if (name.length > NAME_LIMIT) {
    failure(reply, `ERR a client's name is longer than ${NAME_LIMIT} bytes`);
    return false;
  }
  reply.work += TEXT_BYTE_WORK * name.length;
  if (/[^!-~]/.test(name)) {
    failure(
      reply,
      "ERR Client names cannot contain spaces, newlines or special characters.",
    );
    return false;
  }
  session.name = name;
  return true;
}

const reset: Run = (session, _, reply) => {
  session.reset();
  simple(reply, "RESET");
};

const quit: Run = (session, _, reply) => {
  simple(reply, "OK");
  session.end();
};

/** The subcommands of `CLIENT`, with how many arguments each takes. */
const CLIENT: Readonly<Record<string, [count: number, run: Run]>> = {
  id: [2, (session, _, reply) => integer(reply, session.id)],
  getname: [2, (session, _, reply) => {
    if (session.name === "") nil(reply, session.version);
    else value(reply, session.name, session.version);
  }],
  setname: [3, (session, request, reply) => {
    if (setName(session, request, 2, reply)) simple(reply, "OK");
  }],
  setinfo: [4, setInfo],
  // Nothing is evicted, whatever a client wants.
  "no-evict": [3, (_, request, reply) => {
    if (/^(on|off)$/.test(request.word(2))) simple(reply, "OK");
    else failure(reply, "ERR syntax error");
  }],
  info: [
    2,
    (session, _, reply) =>
      verbatim(reply, `${describe(session)}\n`, session.version),
  ],
  list: [
    2,
    ({ peers, version, memory }, _, reply) =>
      peers.list(reply, version, memory),
  ],
};

function setInfo(session: RespSession, request: Request, reply: Reply): void {
  const what = request.word(2);
  const text = request.latin1(3, NAME_LIMIT + 1);
  reply.work += TEXT_BYTE_WORK * text.length;
  if (what !== "lib-name" && what !== "lib-ver") {
    const shown = request.latin1(2, NAME_LIMIT);
    return failure(reply, `ERR Unrecognized option '${shown}'`);
  }
  if (text.length > NAME_LIMIT) {
    return failure(reply, `ERR ${what} is longer than ${NAME_LIMIT} bytes`);
  }
  if (/[^!-~]/.test(text)) {
    return failure(
      reply,
      `ERR ${what} cannot contain spaces, newlines or special characters.`,
    );
  }
  session.library[what === "lib-name" ? 0 : 1] = text;
  simple(reply, "OK");
}

const client: Run = (session, request, reply) => {
  return subcommand("client", CLIENT, session, request, reply);
};

/** Runs a subcommand, or refuses it in Redis' words. */
export function subcommand(
  command: string,
  table: Readonly<Record<string, [count: number, run: Run]>>,
  session: RespSession,
  request: Request,
  reply: Reply,
): void | Turns {
  const sent = request.latin1(1, 128);
  const name = sent.toLowerCase();
  if (!Object.hasOwn(table, name)) {
    return failure(
      reply,
      `ERR unknown subcommand '${sent}'. Try ${command.toUpperCase()} HELP.`,
    );
  }
  const [count, run] = table[name];
  if (count < 0 ? request.count < -count : request.count !== count) {
    return wrongArity(reply, `${command}|${name}`);
  }
  return run(session, request, reply);
}

const command = (
  name: string,
  arity: number,
  flags: readonly string[],
  summary: string,
  run: Run,
): Command => ({
  name,
  arity,
  flags,
  categories: ["fast", "connection"],
  keys: [0, 0, 0],
  group: "connection",
  summary,
  run,
});

const QUICK = ["loading", "stale", "fast"];
/** Allowed before a password is given. */
const OPEN = ["noscript", ...QUICK, "no_auth", "allow_busy"];

/** The commands of this file. */
export const CONNECTION_COMMANDS: readonly Command[] = [
  {
    ...command("ping", -1, ["fast"], "Answers when there are data.", ping),
    long: true,
  },
  {
    ...command("echo", 2, QUICK, "Returns what it is given.", echo),
    long: true,
  },
  command("select", 2, QUICK, "Chooses a database by its number.", select),
  command("auth", -2, OPEN, "Tells who the client is.", auth),
  {
    ...command(
      "hello",
      -1,
      OPEN,
      "Chooses the version of the protocol.",
      hello,
    ),
    most: 16,
  },
  command("reset", 1, OPEN, "Forgets what the client has set.", reset),
  command("quit", -1, OPEN, "Closes the connection.", quit),
  {
    ...command("client", -2, [], "Tells of connections.", client),
    categories: ["slow"],
  },
];
