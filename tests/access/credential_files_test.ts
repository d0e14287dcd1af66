import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FailureError } from "../../src/cli/errors.ts";
import type { Credentials } from "../../src/server/credentials.ts";
import { CredentialFiles } from "../../src/service/credential_files.ts";
import { canMakeCertificates, makeCertificate } from "../certificates.ts";
import { withLogs } from "../logs.ts";
import { inDirectory, until } from "../temporary.ts";

const SUM = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

/** Follows files while a test runs; `taken` has what came of it. */
async function following(
  files: CredentialFiles,
  test: (taken: Credentials[]) => Promise<void>,
): Promise<void> {
  const taken: Credentials[] = [];
  const stop = new AbortController();
  const followed = files.follow(
    (credentials) => {
      taken.push(credentials);
      return Promise.resolve();
    },
    stop.signal,
    10,
  );
  try {
    await test(taken);
  } finally {
    stop.abort();
    await followed;
  }
}

Deno.test("a file that is not there, or wrong, is told in one line", () =>
  inDirectory(async (directory) => {
    const users = `${directory}/users`, tokens = `${directory}/tokens`;
    await Deno.writeTextFile(users, "web:secret\n");
    await Deno.writeTextFile(tokens, "web:secret\n");
    await Deno.writeTextFile(`${directory}/empty`, "");
    await Deno.writeTextFile(`${directory}/notes`, "# nobody yet\n\n");
    for (
      const [paths, problem] of [
        [{ users: `${directory}/nope` }, /^-users .*nope does not exist$/],
        [{ users: directory }, /^cannot read -users /],
        [{ users }, /users:1: .*openssl passwd -6/],
        [{ tokens }, /tokens:1: .*SHA-256/],
        [{ "tls-cert": users, "tls-key": tokens }, /users is not a certif/],
        [{ users: `${directory}/empty` }, /empty names no user: .* -users/],
        [{ tokens: `${directory}/empty` }, /empty names no token: .* -tokens/],
        [{ users: `${directory}/notes` }, /notes names no user: /],
      ] as const
    ) {
      const { message } = await assertRejects(
        () => new CredentialFiles(paths).read(),
        FailureError,
      ) as Error;
      assertMatch(message, problem);
      assert(!message.includes("\n") && !message.includes("secret"));
    }
  }));

Deno.test("without files there is nothing to follow", async () => {
  const files = new CredentialFiles({});
  assertEquals(await files.read(), {
    users: undefined,
    tokens: undefined,
    certificate: undefined,
  });
  await files.follow(() => Promise.resolve(), new AbortController().signal);
});

Deno.test("a file that changes is read again; a wrong one changes nothing", () =>
  withLogs((logs) =>
    inDirectory(async (directory) => {
      const path = `${directory}/tokens`;
      const put = async (text: string) => {
        await Deno.writeTextFile(`${path}.new`, text);
        await Deno.rename(`${path}.new`, path);
      };
      await put(`web:${SUM}\n`);
      const files = new CredentialFiles({ tokens: path });
      await files.read();
      await following(files, async (taken) => {
        await put(`web:${SUM}\njob:${SUM}\n`);
        await until("it is read", () => taken.length === 1);
        assertEquals(taken[0].tokens?.text, `web:${SUM}\njob:${SUM}\n`);

        await put("web:oops\n");
        await until("it is told", () =>
          logs.some((line) => /oops|:1:/.test(line)));
        assert(logs.some((line) =>
          /^error: the former ones stay/.test(line)
        ));
        assert(!logs.some((line) => line.includes("oops")));
        await Deno.remove(path);
        await until("it is told", () =>
          logs.some((line) => /tokens does not exist/.test(line)));
        assertEquals(taken.length, 1);

        await put(`new:${SUM}\n`);
        await until("it is read", () =>
          taken.length === 2);
      });
      assert(logs.some((line) => /tokens in force/.test(line)));
    })
  ));

Deno.test("a file that is emptied, or cannot be read, leaves the former ones in force", () =>
  withLogs((logs) =>
    inDirectory(async (directory) => {
      const path = `${directory}/tokens`;
      await Deno.writeTextFile(path, `web:${SUM}\n`);
      const files = new CredentialFiles({ tokens: path });
      await files.read();
      await following(files, async (taken) => {
        for (
          const [change, told] of [
            [() => Deno.truncate(path), /tokens names no token/],
            [
              () => Deno.writeTextFile(path, "# later\n"),
              /tokens names no token/,
            ],
            [() => Deno.remove(path), /tokens does not exist/],
            [() => Deno.mkdir(path), /cannot read -tokens/],
          ] as const
        ) {
          logs.length = 0;
          await change();
          await until("it is told", () => logs.some((line) => told.test(line)));
          assert(logs.every((line) => /the former ones stay in/.test(line)));
        }
        assertEquals(taken, []);
        await Deno.remove(path);
        await Deno.writeTextFile(path, `job:${SUM}\n`);
        await until("it is read", () => taken.length > 0);
        assertEquals(taken[0].tokens?.text, `job:${SUM}\n`);
      });
    })
  ));

Deno.test("what could not be read is tried again, though it has not changed, and told once", () =>
  withLogs((logs) =>
    inDirectory(async (directory) => {
      const path = `${directory}/tokens`;
      await Deno.writeTextFile(path, `web:${SUM}\n`);
      const files = new CredentialFiles({ tokens: path });
      await files.read();
      const stop = new AbortController();
      let tries = 0;
      const followed = files.follow(
        () =>
          ++tries < 5
            ? Promise.reject(new Error("Too many open files"))
            : Promise.resolve(),
        stop.signal,
        10,
      );
      await Deno.writeTextFile(path, `job:${SUM}\n`);
      await until("it is taken", () =>
        logs.some((line) => /in force as they are now/.test(line)));
      stop.abort();
      await followed;
      assertEquals(tries, 5);
      assertEquals(
        logs.filter((line) =>
          /Too many/.test(line)
        ).length,
        1,
      );
    })
  ));

Deno.test("a file that is being written is read when it stays as it is", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/tokens`;
    await Deno.writeTextFile(path, `web:${SUM}\n`);
    const files = new CredentialFiles({ tokens: path });
    await files.read();
    await following(files, async (taken) => {
      const lines = Array.from({ length: 100 }, (_, n) => `n${n}:${SUM}\n`);
      using file = await Deno.open(path, { write: true, truncate: true });
      // A look every 10 ms seldom sees it the same twice.
      for (const line of lines) {
        await file.write(new TextEncoder().encode(line));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await until(
        "it is read",
        () => taken.at(-1)?.tokens?.text === lines.join(""),
      );
      assert(taken.length < 10, `read ${taken.length} times`);
    });
  }));

Deno.test("links that are changed are followed, as Kubernetes changes them", () =>
  inDirectory(async (directory) => {
    for (const n of [1, 2]) {
      await Deno.mkdir(`${directory}/${n}`);
      await Deno.writeTextFile(`${directory}/${n}/tokens`, `n${n}:${SUM}\n`);
    }
    await Deno.symlink("1", `${directory}/data`);
    const files = new CredentialFiles({ tokens: `${directory}/data/tokens` });
    await files.read();
    await following(files, async (taken) => {
      await Deno.symlink("2", `${directory}/data.new`);
      await Deno.rename(`${directory}/data.new`, `${directory}/data`);
      await until("it is read", () => taken.length === 1);
      assertEquals(taken[0].tokens?.text, `n2:${SUM}\n`);
    });
  }));

Deno.test("a certificate comes into force when its key has come, too", async () => {
  if (!await canMakeCertificates()) return;
  await withLogs((logs) =>
    inDirectory(async (directory) => {
      const one = await makeCertificate(directory, "one");
      const other = await makeCertificate(directory, "other");
      const cert = `${directory}/cert`, key = `${directory}/key`;
      await Deno.copyFile(one.cert, cert);
      await Deno.copyFile(one.key, key);
      const files = new CredentialFiles({ "tls-cert": cert, "tls-key": key });
      await files.read();
      await following(files, async (taken) => {
        await Deno.rename(other.cert, cert);
        await until("the key is missed", () =>
          logs.some((line) => /cannot be used with/.test(line)));
        assertEquals(taken.length, 0);
        const text = await Deno.readTextFile(other.key);
        await Deno.rename(other.key, key);
        await until("both are taken", () =>
          taken.length === 1);
        assertEquals(taken[0].certificate?.key, text);
      });
    })
  );
});
