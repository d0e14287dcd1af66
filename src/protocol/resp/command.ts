/**
 * What a command is, and how it is found.
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import { failure } from "./encode.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";

/** One command of the table. */
export interface Command {
  /** In lower case. */
  readonly name: string;
  /** The arguments, with the name; negative: at least so many. */
  readonly arity: number;
  /** Redis' flags; `no_auth` is for commands that need no password. */
  readonly flags: readonly string[];
  /** The categories of Redis' access lists, for `COMMAND`. */
  readonly categories: readonly string[];
  /** The most arguments, where more of them would only repeat each other. */
  readonly most?: number;
  /** Whether an argument may be as long as a request. */
  readonly long?: true;
  /** Which arguments are keys: the first, the last, and every how many. */
  readonly keys: readonly [first: number, last: number, step: number];
  /** For `COMMAND DOCS`. */
  readonly group: string;
  /** For `COMMAND DOCS`. */
  readonly summary: string;
  /**
   * Answers it. What takes long is answered in turns, as a generator whose every
   * `yield` ends one; the request stays what it is until the last.
   */
  readonly run: Run;
}

/** Answers a request. */
export type Run = (
  session: RespSession,
  request: Request,
  reply: Reply,
) => void | Turns;

/** An answer in turns; each is given the reply to go on with. */
export type Turns = Generator<void, void, Reply>;

/** What is said of a request for which there is no memory. */
export const OUT_OF_MEMORY =
  "OOM command not allowed when used memory > 'maxmemory'.";

/** A request cannot be answered; the message is what the client is told. */
export class Refusal extends Error {
  /** Stable: `Refusal`. */
  override readonly name = "Refusal";
}

/** Commands by name, found without making a text of what was sent. */
export class NameTable<T extends { readonly name: string }> {
  /** All commands. */
  readonly all: readonly T[];
  /** The length of the longest name. */
  readonly #longest: number;
  readonly #byHash = new Map<number, { command: T; name: Uint8Array }>();

  /** Makes a table, in which no two names have the same hash. */
  constructor(commands: readonly T[]) {
    this.all = commands;
    this.#longest = Math.max(...commands.map(({ name }) => name.length));
    const encoder = new TextEncoder();
    for (const command of commands) {
      const name = encoder.encode(command.name);
      const hash = hashOf(name, 0, name.length);
      if (this.#byHash.has(hash)) {
        throw new TypeError(`${command.name} hashes like another command`);
      }
      this.#byHash.set(hash, { command, name });
    }
  }

  /** The command whose name is `bytes[start, end)`, in whatever case. */
  find(bytes: Uint8Array, start: number, end: number): T | undefined {
    if (end - start > this.#longest) return undefined;
    const found = this.#byHash.get(hashOf(bytes, start, end));
    if (found === undefined || found.name.length !== end - start) {
      return undefined;
    }
    for (let i = 0; i < found.name.length; i++) {
      if (lower(bytes[start + i]) !== found.name[i]) return undefined;
    }
    return found.command;
  }
}

/**
 * The longest argument, in bytes: what is done with a longer one, be it only that
 * it is hashed, would take too long at a time.
 */
const ARGUMENT_LIMIT = 512 * 1024;

/** Refuses a request that is larger than its command can be; says whether. */
export function isTooLarge(
  request: Request,
  { long, most }: Command,
  reply: Reply,
): boolean {
  if (request.longest > ARGUMENT_LIMIT && !long) {
    failure(reply, `ERR an argument is longer than ${ARGUMENT_LIMIT} bytes`);
    return true;
  }
  if (most === undefined || request.count <= most) return false;
  failure(reply, "ERR syntax error");
  return true;
}

/** Whether a request has as many arguments as its command takes. */
export function hasArity(request: Request, arity: number): boolean {
  const count = Math.max(request.count, request.expected);
  return arity < 0 ? count >= -arity : count === arity;
}

/** Refuses a request whose arguments are too many or too few. */
export function wrongArity(reply: Reply, name: string): void {
  failure(reply, `ERR wrong number of arguments for '${name}' command`);
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash, 31) + lower(bytes[at]) | 0;
  }
  return hash;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
