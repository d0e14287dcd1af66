/**
 * The log-ins of one serving thread. Passwords are checked elsewhere, because it
 * takes long; but one that has been right before is known at once, and a network
 * that has no tries left is told so at once.
 *
 * @module
 */

import { KnownPasswords } from "./known_passwords.ts";
import { type Client, Login } from "./login.ts";
import { networkOf } from "./network.ts";
import { NAME_LIMIT } from "./entries.ts";
import { PASSWORD_LIMIT, type UserList } from "./users.ts";
import { type Check, Finding, type Verdict } from "./verdict.ts";

/** Networks without tries that are remembered here. */
const MAX_BARRED = 10_000;

/** A client that nothing is known of. */
const NOBODY: Client = { address: "unknown", wake() {}, close() {} };

/** What the log-ins of a thread need. */
export interface LoginsOptions {
  /** The users. */
  readonly users: UserList;
  /** Whether connections stay when their users go. */
  readonly keepSessions?: boolean;
  /** Has a password checked; {@linkcode Logins.settle} takes what comes of it. */
  ask(check: Check): void;
  /** Nobody needs the check of this number any more. */
  giveUp(id: number): void;
  /** Takes note of each verdict. */
  onVerdict(client: Client, name: string, verdict: Verdict): void;
  /** A clock, in milliseconds. */
  readonly now?: () => number;
}

/** The log-ins of one thread. */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #now: () => number;
  #users: UserList;
  #known = new KnownPasswords();
  /** The checks that have been asked for. */
  readonly #pending = new Map<number, { login: Login; check: Check }>();
  readonly #members = new Set<Login>();
  /** When the networks without tries have one again; the last is at the end. */
  readonly #barred = new Map<string, number>();
  #lastId = 0;

  /** Begins with nobody. */
  constructor(options: LoginsOptions) {
    this.#options = options;
    this.#users = options.users;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Begins the log-in of a connection. */
  open(client: Client = NOBODY): Login {
    return new Login(this, client);
  }

  /** Finds a verdict, now or later. */
  check(login: Login, name: string, password: string): void {
    const { address } = login.client;
    const verdict = this.#judge(address, name, password);
    if (verdict !== undefined) return this.#settle(login, name, verdict);
    const id = login.awaited = ++this.#lastId;
    const check = { id, name, password, address };
    this.#pending.set(id, { login, check });
    this.#options.ask(check);
  }

  /** Takes what has come of a check. */
  settle(id: number, verdict: Verdict): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    const { login, check: { name, password, address } } = pending;
    login.awaited = undefined;
    if (verdict.finding === Finding.TooMany) {
      this.#bar(networkOf(address), verdict.seconds);
    } else if (verdict.finding === Finding.Right) {
      // The file may have changed while it was checked.
      if (verdict.hash === this.#users.hashOf(name)) {
        this.#known.add(name, password);
      } else verdict = { finding: Finding.Wrong };
    }
    this.#settle(login, name, verdict);
    login.client.wake();
  }

  /**
   * Takes another list from now on. Whoever is not in it with the same hash loses
   * his connections, unless they are to be kept.
   */
  renew(users: UserList): void {
    this.#users = users;
    this.#known = new KnownPasswords();
    if (this.#options.keepSessions) return;
    for (const { name, hash, client } of [...this.#members]) {
      if (users.hashOf(name) !== hash) client.close();
    }
  }

  /** A log-in is at its end, or begins anew. */
  forget(login: Login): void {
    this.#members.delete(login);
    if (login.awaited === undefined) return;
    this.#pending.delete(login.awaited);
    this.#options.giveUp(login.awaited);
    login.awaited = undefined;
  }

  /** The verdict, if no check is needed. */
  #judge(
    address: string,
    name: string,
    password: string,
  ): Verdict | undefined {
    if (name.length > NAME_LIMIT || password.length > PASSWORD_LIMIT) {
      return { finding: Finding.Wrong };
    }
    const hash = this.#users.hashOf(name);
    if (this.#known.has(name, password) && hash !== undefined) {
      return { finding: Finding.Right, hash };
    }
    const wait = this.#barredFor(networkOf(address));
    if (wait <= 0) return undefined;
    return { finding: Finding.TooMany, seconds: Math.ceil(wait / 1000) };
  }

  #settle(login: Login, name: string, verdict: Verdict): void {
    login.settle(name, verdict);
    if (login.hash !== undefined) this.#members.add(login);
    this.#options.onVerdict(login.client, name, verdict);
  }

  #bar(network: string, seconds: number): void {
    this.#barred.delete(network);
    this.#barred.set(network, this.#now() + seconds * 1000);
    if (this.#barred.size <= MAX_BARRED) return;
    const [oldest] = this.#barred.keys();
    this.#barred.delete(oldest);
  }

  /** For how many milliseconds it has no tries. */
  #barredFor(network: string): number {
    const until = this.#barred.get(network);
    if (until === undefined) return 0;
    const wait = until - this.#now();
    if (wait <= 0) this.#barred.delete(network);
    return wait;
  }
}
