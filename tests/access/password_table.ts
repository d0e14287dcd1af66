/** Log-ins whose passwords are checked by a table instead of a thread. */

import type { Client } from "../../src/access/login.ts";
import { Logins } from "../../src/access/logins.ts";
import { UserList } from "../../src/access/users.ts";
import { type Check, Finding, type Verdict } from "../../src/access/verdict.ts";

/** `openssl passwd -6 -salt goromdb secret` */
export const SECRET =
  "$6$goromdb$JTvt27urRiusaHzKbIiKzn3BrvvgIul2WJMFd5Vum2GHBp8R5pBB1oEir5WAleURywXdAJcZp5pPmR1E4xQJM.";

/** A list with these names; the passwords are never checked by it. */
export function usersNamed(...names: string[]): UserList {
  return new UserList(names.map((name) => `${name}:${SECRET}\n`).join(""), "");
}

/** How a table answers. */
export interface TableOptions {
  /** Whether checks wait for {@linkcode PasswordTable.answer}. */
  later?: boolean;
  keepSessions?: boolean;
  now?: () => number;
}

/** Checks passwords by a table. */
export class PasswordTable {
  readonly logins: Logins;
  /** What has been asked and not given up. */
  readonly asked: Check[] = [];
  /** What was found, and of whom. */
  readonly verdicts: [name: string, finding: Finding, client: Client][] = [];
  readonly #passwords: Readonly<Record<string, string>>;

  constructor(
    passwords: Readonly<Record<string, string>>,
    { later = false, ...options }: TableOptions = {},
  ) {
    this.#passwords = passwords;
    this.logins = new Logins({
      ...options,
      users: usersNamed(...Object.keys(passwords)),
      ask: (check) => {
        this.asked.push(check);
        if (!later) this.answer();
      },
      giveUp: (id) => {
        const at = this.asked.findIndex((check) => check.id === id);
        if (at !== -1) this.asked.splice(at, 1);
      },
      onVerdict: (client, name, { finding }) =>
        this.verdicts.push([name, finding, client]),
    });
  }

  /** Answers the checks that have been asked for, all with one verdict if there is one. */
  answer(verdict?: Verdict): void {
    for (const { id, name, password } of this.asked.splice(0)) {
      const isRight = Object.hasOwn(this.#passwords, name) &&
        this.#passwords[name] === password;
      this.logins.settle(
        id,
        verdict ??
          (isRight
            ? { finding: Finding.Right, hash: SECRET }
            : { finding: Finding.Wrong }),
      );
    }
  }
}
