import { assert, assertEquals, assertMatch } from "@std/assert";
import { canMakeCertificates, makeCertificate } from "../certificates.ts";
import { run } from "../clients/serving.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { Client } from "../server/client.ts";
import { inDirectory, until } from "../temporary.ts";
import { Program, run as runProgram } from "./program.ts";

/** Puts a data file in the place of another, in one step. */
async function put(path: string, data: unknown): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(data));
  await Deno.rename(`${path}.new`, path);
}

Deno.test("-proto http: a client learns of new data by its ETag", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.json`;
    await put(file, { "a/b": "one", other: "x" });
    await using program = await Program.start(
      ...["-proto", "http", "-file", file, "-interval", "50"],
      ...["-content-type", "text/plain; charset=utf-8"],
    );
    await program.line(/serving /);
    const url = `http://127.0.0.1:${program.port}/v1/default/a%2Fb`;
    const first = await fetch(url);
    assertEquals(await first.text(), "one");
    assertEquals(
      first.headers.get("content-type"),
      "text/plain; charset=utf-8",
    );
    const headers = { "if-none-match": first.headers.get("etag")! };
    assertEquals((await fetch(url, { headers })).status, 304);

    await put(file, { "a/b": "two" });
    await until("the new data are served", async () => {
      const response = await fetch(url, { headers });
      return response.status === 200 && await response.text() === "two";
    });
    assertEquals(await program.stop(), 0);
  }));

Deno.test("clients see no batch with values of two data sets while data change", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/data.json`;
    const keys = Array.from({ length: 200 }, (_, n) => `key-${n}`);
    const data = (n: number) =>
      Object.fromEntries(keys.map((key) => [key, `${n}`]));
    await put(file, data(1));
    await using program = await Program.start(
      ...["-proto", "http", "-file", file, "-interval", "50"],
      ...["-workers", "1"],
    );
    await program.line(/serving /);
    const url = `http://127.0.0.1:${program.port}/v1/default:batchGet`;
    let last = 1;
    for (let next = 2; next < 6; next++) {
      await put(file, data(next));
      await until(`data set ${next} is served`, async () => {
        const response = await fetch(url, {
          method: "POST",
          body: JSON.stringify({ keys }),
          headers: { "content-type": "application/json" },
        });
        const { results } = await response.json();
        const values = new Set(
          results.map(({ value }: { value: string }) => value),
        );
        assertEquals(values.size, 1);
        const [seen] = [...values].map(Number);
        assert(seen >= last, `${seen} after ${last}`);
        last = seen;
        return seen === next;
      });
    }
    await program.stop();
  }));

for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
  Deno.test({
    name:
      `more connections than descriptors: some are refused, none is cut (${transport})`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inDirectory(async (directory) => {
        const file = `${directory}/data.json`;
        await put(file, { k: "1" });
        await using program = await Program.startIn(
          { before: ["sh", "-c", 'ulimit -n 90; exec "$@"', "sh"] },
          ...["-proto", "http", "-addr", "127.0.0.1:0", "-file", file],
          ...["-transport", transport, "-workers", "1"],
        );
        await program.line(/serving /);
        const { port } = program;
        const request = "GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\n\r\n";
        const clients: Client[] = [];
        let refused = 0;
        for (let n = 0; n < 150; n++) {
          const client = await Client.connect(port);
          const answer = await client.ask(request, "1").catch(() => "reset");
          if (answer.endsWith("\r\n\r\n1")) clients.push(client);
          else {
            refused++;
            assertMatch(answer, /^(HTTP\/1\.1 503 [^]*too many conn|reset$|$)/);
            client.close();
          }
        }
        assert(refused > 50 && clients.length > 20, `${refused} refused`);
        // Those that were let in are served as before.
        for (const client of clients) {
          assertMatch(await client.ask(request, "1"), /\r\n\r\n1$/);
          client.close();
        }
        await until("it has room again", async () => {
          const response = await fetch(`http://127.0.0.1:${port}/v1/default/k`);
          return await response.text() === "1";
        });
        assertEquals(program.log.filter((line) => /died/.test(line)), []);
        assertEquals(await program.stop(), 0);
      }),
  });
}

Deno.test("a configuration file: HTTPS with tokens beside memcached with users", async () => {
  if (!await canMakeCertificates()) return;
  await inDirectory(async (directory) => {
    await put(`${directory}/users.json`, { k: "of users" });
    await put(`${directory}/items.json`, { ns: { k: "of items" } });
    const { cert, key, authority } = await makeCertificate(directory, "tls");
    const hash = await run("openssl", ["passwd", "-6", "secret"]);
    await Deno.writeTextFile(`${directory}/users`, `web:${hash!.out}`);
    const sum = await run("sh", ["-c", "printf token-1 | sha256sum"]);
    await Deno.writeTextFile(
      `${directory}/tokens`,
      `web:${sum!.out.slice(0, 64)}\n`,
    );
    await Deno.writeTextFile(
      `${directory}/goromdb.jsonc`,
      JSON.stringify({
        databases: {
          users: { file: "users.json" },
          items: { file: "items.json", handler: "namespaced" },
        },
        listeners: [
          {
            addr: "127.0.0.1:0",
            proto: "http",
            "tls-cert": cert,
            "tls-key": key,
            tokens: "tokens",
          },
          {
            addr: "127.0.0.1:0",
            databases: ["users"],
            workers: 1,
            users: "users",
          },
        ],
      }),
    );
    await using program = await Program.startIn(
      {},
      "-config",
      `${directory}/goromdb.jsonc`,
    );
    await program.line(/serving .*users\.json/);
    await program.line(/serving .*items\.json/);
    const ports = await Promise.all(
      ["http", "memcached"].map(async (proto) =>
        Number(
          /:(\d+) \(/.exec(
            await program.line(new RegExp(`listening on .*\\(${proto}`)),
          )![1],
        )
      ),
    );

    using client = Deno.createHttpClient({ caCerts: [authority] });
    const ask = async (path: string, token: string) => {
      const response = await fetch(`https://localhost:${ports[0]}${path}`, {
        client,
        headers: { authorization: `Bearer ${token}` },
      });
      return [response.status, await response.text()];
    };
    const [, list] = await ask("/v1", "token-1");
    const { databases } = JSON.parse(String(list));
    assertEquals(
      databases.map(({ name }: { name: string }) => name),
      ["users", "items"],
    );
    assertEquals(await ask("/v1/users/k", "token-1"), [200, "of users"]);
    assertEquals(await ask("/v1/items/ns/k", "token-1"), [200, "of items"]);
    assertEquals((await ask("/v1/users/k", "token-2"))[0], 401);

    const memcached = await Client.connect(ports[1]);
    assertMatch(await memcached.ask("get k\r\n", "\r\n"), /unauthenticated/);
    const login = "set a 0 0 10\r\nweb secret\r\n";
    assertEquals(await memcached.ask(login, "\r\n"), "STORED\r\n");
    assertMatch(await memcached.ask("get k\r\n", "END\r\n"), /of users/);
    memcached.close();

    // The file of tokens changes while the program runs.
    const next = await run("sh", ["-c", "printf token-2 | sha256sum"]);
    await Deno.writeTextFile(
      `${directory}/tokens`,
      `web:${next!.out.slice(0, 64)}\n`,
    );
    await program.line(/tokens.* in force as they are now/);
    assertEquals(await ask("/v1/users/k", "token-2"), [200, "of users"]);
    assertEquals((await ask("/v1/users/k", "token-1"))[0], 401);
    await program.stop();
  });
});

Deno.test("flags that cannot go together are told", async () => {
  for (
    const [flags, problem] of [
      [["-proto", "http", "-users", "u"], /^goromdb: -users: .*tokens/],
      [["-tokens", "t"], /^goromdb: -tokens: .*users/],
      [["-tls-cert", "c"], /^goromdb: -tls-cert: .*tls-key/],
      [["-tls-key", "k"], /^goromdb: -tls-key: .*tls-cert/],
      [
        ["-tls-cert", "c", "-tls-key", "k", "-transport", "epoll"],
        /^goromdb: -transport: /,
      ],
      [["-http-host", "kv.example"], /^goromdb: -http-host: only HTTP/],
      [["-cors-origin", "*"], /^goromdb: -cors-origin: .*only HTTP/],
      [["-cache-control", "no-store"], /^goromdb: -cache-control: only HTTP/],
      [["-proto", "http", "-cors-origin", "https://a/b"], /without a path/],
      [["-proto", "http", "-cache-control", "é"], /header field/],
      [["-proto", "http", "-http-host", "kv.example:80"], /without a port/],
      [["-content-type", "a/b"], /^goromdb: -content-type: /],
      [["-proto", "http", "-content-type", "a"], /media type/],
      [["-tls-cert", "c", "-tls-key", "k", "-addr", "unix:s"], /Unix socket/],
    ] as const
  ) {
    const { code, stderr } = await runProgram("-file", "data.json", ...flags);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, problem);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  }
});
