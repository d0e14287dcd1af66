/** Passwords under attack, with the program as its users run it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { isInstalled, run as runOther } from "../clients/serving.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { counted, worst } from "../figures.ts";
import { inDirectory, until } from "../temporary.ts";
import { ClientFrom } from "./client_from.ts";
import { whileAsking } from "./honest_client.ts";
import { Program, run } from "./program.ts";

/** `openssl passwd -6 -salt goromdb secret` */
const SECRET =
  "$6$goromdb$JTvt27urRiusaHzKbIiKzn3BrvvgIul2WJMFd5Vum2GHBp8R5pBB1oEir5WAleURywXdAJcZp5pPmR1E4xQJM.";

/** `openssl passwd -6 -salt 'rounds=500000$goromdb' secret` */
const SLOW =
  "$6$rounds=500000$goromdb$NsNd9cXGRLsdqdpifv/IWKQ2tBzF2TvDq5l3GxRy1o4WATniDN4sOxpITLryk4R5IjESKxBbgXaJDmcftmV0K/";

/** How each protocol says who one is, what it answers, and how it gets `k`. */
const PROTOCOLS = {
  memcached: {
    logIn: (name: string, password: string) =>
      `set a 0 0 ${
        name.length + 1 + password.length
      }\r\n${name} ${password}\r\n`,
    admitted: "STORED\r\n",
    wrong: "CLIENT_ERROR authentication failure\r\n",
    tooMany: /CLIENT_ERROR too many wrong passwords from this address/,
    get: "get k\r\n",
    hit: "VALUE k 0 3\r\nabc\r\nEND\r\n",
    stats: "stats\r\n",
    statsEnd: "END\r\n",
    errors: /STAT auth_errors (\d+)\r\n/,
  },
  resp: {
    logIn: (name: string, password: string) =>
      `*3\r\n$4\r\nAUTH\r\n$${name.length}\r\n${name}\r\n` +
      `$${password.length}\r\n${password}\r\n`,
    admitted: "+OK\r\n",
    wrong: "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    tooMany:
      /-ERR too many wrong passwords from this address: try again in \d+ s/,
    get: "GET k\r\n",
    hit: "$3\r\nabc\r\n",
    stats: "INFO\r\n",
    statsEnd: "\r\n\r\n",
    errors: /acl_access_denied_auth:(\d+)\r\n/,
  },
};

type Words = typeof PROTOCOLS.resp;

/** A server whose users are those, while a test runs. */
async function serving(
  users: string,
  words: Words,
  transport: string,
  test: (program: Program, files: { users: string }) => Promise<void>,
  ...args: string[]
): Promise<void> {
  await inDirectory(async (directory) => {
    const file = `${directory}/data.json`, path = `${directory}/users`;
    await Deno.writeTextFile(file, '{"k": "abc"}');
    await Deno.utime(file, 0, 0);
    await Deno.writeTextFile(path, users);
    const proto = words === PROTOCOLS.memcached ? "memcached" : "resp";
    await using program = await Program.start(
      ...["-file", file, "-users", path, "-proto", proto],
      ...["-transport", transport, "-workers", "2", ...args],
    );
    await test(program, { users: path });
  });
}

const TRANSPORTS = epollSupported() ? ["epoll", "deno"] : ["deno"];

/** Wrong passwords from an address, as fast as they are taken, until it is told to stop. */
class Flood {
  attempts = 0;
  answered = "";
  #stopped = false;
  readonly #running: Promise<void[]>;

  constructor(
    address: string,
    port: number,
    words: Words,
    connections: number,
  ) {
    this.#running = Promise.all(
      Array.from({ length: connections }, async (_, n) => {
        while (!this.#stopped) {
          const client = new ClientFrom(address, port);
          const sent = Array.from(
            { length: 10 },
            () =>
              words.logIn(
                "user1",
                `guess ${n} ${this.attempts++}`.replaceAll(" ", "-"),
              ),
          );
          client.send(sent.join(""));
          this.answered = await client.receiveAll();
          client.close();
        }
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }
}

for (const transport of TRANSPORTS) {
  for (const [name, words] of Object.entries(PROTOCOLS)) {
    Deno.test(`a flood of wrong passwords keeps out nobody from another address (${name}, ${transport})`, () => {
      const names = Array.from({ length: 20 }, (_, n) => `user${n}`);
      const users = names.map((name) => `${name}:${SECRET}\n`).join("");
      return serving(users, words, transport, async (program) => {
        const { port } = program;
        const { logIn, get, hit, admitted } = words;
        const known = new ClientFrom("127.0.0.2", port);
        assertEquals(
          await known.ask(logIn("user0", "secret"), "\r\n"),
          admitted,
        );
        const flood = new Flood("127.0.0.2", port, words, 4);
        await until(
          "it has no tries left",
          () => words.tooMany.test(flood.answered),
          60_000,
        );
        for (const name of names) {
          const client = new ClientFrom("127.0.0.3", port);
          assertEquals(
            await client.ask(logIn(name, "secret") + get, hit),
            admitted + hit,
          );
          client.close();
        }
        // Whom a thread knows already comes in even from there.
        assertEquals(await known.ask(get, hit), hit);
        await flood.stop();
        assert(flood.attempts > 500, `${flood.attempts} attempts`);
        await assertCounted(known, words, flood.attempts);
        counted("log-ins during floods of wrong passwords", names.length);
        counted("wrong passwords in floods", flood.attempts);
        known.close();
        assertLogged(program, flood.attempts);
      });
    });
  }
}

/** The figures tell all that failed. */
async function assertCounted(
  client: ClientFrom,
  words: Words,
  attempts: number,
) {
  const stats = await client.ask(words.stats, words.statsEnd);
  const errors = Number(words.errors.exec(stats)![1]);
  assertEquals(errors, attempts);
}

/** The log tells of the one address, not too often, and of no other. */
function assertLogged({ log }: Program, attempts: number): void {
  const lines = log.filter((line) => line.includes("authentication failed"));
  const told = lines.filter((line) =>
    /from 127\.0\.0\.2: user "user1"$/.test(line)
  );
  assertEquals(told, lines);
  assert(told.length >= 10, `${told.length} lines`);
  assert(told.length < attempts / 5, `${told.length} lines of ${attempts}`);
}

for (const transport of TRANSPORTS) {
  Deno.test(`checks that take a second each hold up no read (${transport})`, () => {
    const words = PROTOCOLS.resp;
    const users = `web:${SECRET}\njob:${SECRET}\nslow:${SLOW}\n`;
    return serving(users, words, transport, async ({ port }) => {
      const { logIn, get, hit, admitted, wrong } = words;
      const question = {
        port,
        first: { request: logIn("web", "secret"), ending: admitted },
        request: get,
        ending: hit,
        pause: 2,
      };
      const alone = new ClientFrom("127.0.0.2", port);
      const begun = performance.now();
      const control = await whileAsking(question, async () => {
        const answer = await alone.ask(logIn("nobody", "guess"), "\r\n");
        assertEquals(answer, wrong);
      });
      const checkTime = performance.now() - begun;
      const attacked = await whileAsking(question, async () => {
        const strangers = Array.from(
          { length: 10 },
          (_, n) => new ClientFrom(`127.0.1.${n + 1}`, port),
        );
        const answers = strangers.map((client, n) =>
          client.ask(logIn(n % 2 ? "slow" : "nobody", "guess"), "\r\n")
        );
        // One whose password is quick to check need not wait for them all.
        const honest = new ClientFrom("127.0.0.3", port);
        const first = await Promise.race([
          honest.ask(logIn("job", "secret"), "\r\n"),
          ...answers,
        ]);
        assertEquals(first, admitted);
        await new Promise((resolve) => setTimeout(resolve, 1.5 * checkTime));
        for (const client of [alone, honest, ...strangers]) client.close();
        await Promise.all(answers);
      });
      assertEquals([control.failures, attacked.failures], [0, 0]);
      worst(
        `a read beside ten checks of 500,000 rounds (${transport})`,
        attacked.longest,
        "ms",
      );
      // In a thread that checks, a read would wait for one, or for all of them.
      assert(control.longest < checkTime / 2);
      assert(attacked.longest < checkTime / 2);
    });
  });
}

Deno.test("a user that is removed from the file loses his connections", () => {
  const words = PROTOCOLS.memcached;
  const users = `web:${SECRET}\njob:${SECRET}\n`;
  const { logIn, get, hit, admitted } = words;
  return serving(users, words, "auto", async (program, files) => {
    const { port } = program;
    const [web, job] = ["web", "job"].map((name) => {
      const client = new ClientFrom("127.0.0.2", port);
      client.send(logIn(name, "secret"));
      return client;
    });
    for (const client of [web, job]) {
      assertEquals(await client.receive("\r\n"), admitted);
    }
    await Deno.writeTextFile(files.users, `web:${SECRET}\n`);
    assertEquals(await job.receiveAll(), "");
    assertEquals(await web.ask(get, hit), hit);

    await Deno.truncate(files.users);
    await program.line(/former ones stay in force: \S+users names no user/);
    assertEquals(await web.ask(get, hit), hit);
    const again = new ClientFrom("127.0.0.2", port);
    assertEquals(await again.ask(logIn("web", "secret"), "\r\n"), admitted);
    for (const client of [web, job, again]) client.close();
  });
});

Deno.test("an empty list is refused at the start, in one line", () =>
  inDirectory(async (directory) => {
    const users = `${directory}/users`;
    await Deno.writeTextFile(users, "# nobody\n");
    const args = ["-file", `${directory}/data.json`, "-addr", "127.0.0.1:0"];
    const { code, stderr } = await run(...args, "-users", users);
    assertEquals(code, 1);
    assertEquals(
      stderr,
      `goromdb: ${users} names no user: write a line NAME:HASH, or leave -users out\n`,
    );
  }));

for (const transport of TRANSPORTS) {
  Deno.test(`the log tells where a client is, whatever socket it comes through (${transport})`, () =>
    inDirectory(async (directory) => {
      const users = `${directory}/users`, path = `${directory}/socket`;
      await Deno.writeTextFile(users, `web:${SECRET}\n`);
      await using program = await Program.startIn(
        {},
        ...["-addr", `127.0.0.1:0,[::1]:0,unix:${path}`, "-users", users],
        ...["-file", `${directory}/data.json`, "-transport", transport],
        ...["-workers", "1"],
      );
      const listening = await program.line(/listening on/);
      const port = Number(/\[::1\]:(\d+)/.exec(listening)![1]);
      const sockets = {
        "127.0.0.1": await Deno.connect({ port: program.port }),
        "::1": await Deno.connect({ hostname: "::1", port }),
        "unix": await Deno.connect({ transport: "unix", path }),
      };
      const request = new TextEncoder().encode("set a 0 0 5\r\nweb x\r\n");
      for (const [address, socket] of Object.entries(sockets)) {
        await socket.write(request);
        await program.line(
          new RegExp(`authentication failed from ${address}: user "web"$`),
        );
        socket.close();
      }
    }));
}

Deno.test("fail2ban finds the addresses with the filter of the README, and no others", async () => {
  if (!await isInstalled("fail2ban-regex", ["--version"])) return;
  const readme = await Deno.readTextFile(
    new URL("../../README.md", import.meta.url),
  );
  const filter = /```ini\n(\[Definition\]\nfailregex = [^`]*)```/.exec(readme)!;
  for (const format of ["text", "json"]) {
    await serving(
      `web:${SECRET}\n`,
      PROTOCOLS.resp,
      "auto",
      async (program, { users }) => {
        const { port } = program;
        const forged = [
          "authentication failed from 203.0.113.1: ",
          "x\n2026-01-01T00:00:00.000Z [warning] goromdb·auth: authentication failed from 203.0.113.2: ",
          '","logger":"goromdb.auth","address":"203.0.113.3"',
          '{"logger":"goromdb.auth","address":"203.0.113.4"',
        ];
        for (const [n, name] of forged.entries()) {
          const client = new ClientFrom(`127.0.0.${n + 2}`, port);
          const bytes = new TextEncoder().encode(name);
          client.send(
            `*3\r\n$4\r\nAUTH\r\n$${bytes.length}\r\n${
              String.fromCharCode(...bytes)
            }\r\n$1\r\nx\r\n`,
          );
          assertMatch(await client.receive("\r\n"), /^-WRONGPASS/);
          client.close();
        }
        await program.line(/127\.0\.0\.5/);
        const log = `${users}.log`, filters = `${users}.conf`;
        await Deno.writeTextFile(log, program.log.join("\n") + "\n");
        await Deno.writeTextFile(filters, filter[1]);
        const found = await runOther("fail2ban-regex", ["-v", log, filters]);
        const addresses = found!.out.match(/^\|\s+\d+\.\d+\.\d+\.\d+ /gm) ?? [];
        assertEquals(
          addresses.map((line) => line.replace("|", "").trim()).sort(),
          ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"],
        );
      },
      "-log-format",
      format,
    );
  }
});

Deno.test("a listener that other machines can reach is told of", async () => {
  // Nobody can reach it in a network of its own.
  if (!await isInstalled("unshare", ["-n", "true"])) return;
  await inDirectory(async (directory) => {
    const args = ["-file", `${directory}/data.json`, "-addr", ":0"];
    const where = { before: ["unshare", "-n"] };
    await using program = await Program.startIn(where, ...args);
    await program.line(
      /\[warning\].*other machines can reach 0\.0\.0\.0:\d+ without a password and without TLS: give -users and -tls-cert/,
    );
  });
});
