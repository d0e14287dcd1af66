import { assert, assertEquals, assertThrows } from "@std/assert";
import { AccessFileError } from "../../src/access/entries.ts";
import { UserList } from "../../src/access/users.ts";
import { isInstalled, run } from "../clients/serving.ts";

/** The examples of Ulrich Drepper's description: settings, password, hash. */
const PUBLISHED = [
  [
    "Hello world!",
    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
  ],
  [
    "Hello world!",
    "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
  ],
  [
    "This is just a test",
    "$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0",
  ],
  [
    "a very much longer text to encrypt.  This one even stretches over morethan one line.",
    "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
  ],
  [
    "we have a short salt string but not a short password",
    "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0",
  ],
  [
    "a short string",
    "$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1",
  ],
];

const SECRET = // openssl passwd -6 -salt goromdb secret
  "$6$goromdb$JTvt27urRiusaHzKbIiKzn3BrvvgIul2WJMFd5Vum2GHBp8R5pBB1oEir5WAleURywXdAJcZp5pPmR1E4xQJM.";

Deno.test("the published examples of SHA-512 crypt", () => {
  for (const [password, hash] of PUBLISHED) {
    const users = new UserList(`u:${hash}\n`, "users");
    assert(users.allows("u", password), hash);
    assertEquals(users.allows("u", `${password}.`), false);
  }
});

Deno.test("hashes that openssl makes, of passwords of every length", async () => {
  if (!await isInstalled("openssl", ["version"])) return;
  const passwords = [1, 7, 31, 63, 64, 65, 127, 129, 200].map((length) =>
    "pässwörd ".repeat(30).slice(0, length)
  );
  const salt = "rounds=1000$pepper";
  const args = ["passwd", "-6", "-salt", salt, ...passwords];
  const hashes = (await run("openssl", args))!.out.trim().split("\n");
  const users = new UserList(
    hashes.map((hash, n) => `u${n}:${hash}`).join("\n"),
    "users",
  );
  for (const [n, password] of passwords.entries()) {
    assert(users.allows(`u${n}`, password), password);
    assertEquals(users.allows(`u${n}`, password + "x"), false);
  }
});

Deno.test("users are those of the file, each with a password", () => {
  const users = new UserList(
    `# the users\r\n\r\nweb:${SECRET}\r\n  job:${PUBLISHED[3][1]}  \n`,
    "users",
  );
  assert(users.allows("web", "secret"));
  assert(users.allows("web", "secret"), "known by now");
  assert(users.allows("job", PUBLISHED[3][0]));
  for (
    const [name, password] of [
      ["web", "Secret"],
      ["web", ""],
      ["web", SECRET],
      ["job", "secret"],
      ["nobody", "secret"],
      ["", ""],
      ["__proto__", "secret"],
      ["web", "x".repeat(100_000)],
    ]
  ) assertEquals(users.allows(name, password), false, name);
});

Deno.test("a line that is wrong is named, and no hash is told", () => {
  for (
    const [text, line, problem] of [
      ["web", 1, /NAME:HASH/],
      [`\n\nweb: ${SECRET}`, 3, /NAME:HASH/],
      [`two words:${SECRET}`, 1, /NAME:HASH/],
      [`web:${SECRET}\nweb:${SECRET}`, 2, /web is there twice/],
      ["web:secret", 1, /behind web: is not a SHA-512 hash.*openssl passwd -6/],
      [`web:${SECRET.slice(0, -1)}`, 1, /is not a SHA-512 hash/],
      [`web:${SECRET.replace("$6$", "$5$")}`, 1, /is not a SHA-512 hash/],
      [`web:${SECRET.replace("$6$", "$6$rounds=999999999$")}`, 1, /SHA-512/],
    ] as const
  ) {
    const error = assertThrows(
      () => new UserList(text, "/etc/users"),
      AccessFileError,
    ) as AccessFileError;
    assertEquals(error.line, line);
    assert(problem.test(error.message), error.message);
    assert(error.message.startsWith(`/etc/users:${line}: `));
    assert(!/goromdb\$|:secret/.test(error.message), error.message);
  }
});
