import { assert, assertEquals, assertThrows } from "@std/assert";
import { AccessFileError } from "../../src/access/entries.ts";
import { TokenList } from "../../src/access/tokens.ts";
import { isInstalled, run } from "../clients/serving.ts";

/** `printf secret | sha256sum` and `printf other | sha256sum` */
const SECRET =
  "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const OTHER =
  "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa";

Deno.test("a token whose sum is in the file may ask, and no other", () => {
  const tokens = new TokenList(
    `# tokens\nweb:${SECRET}\n\njob:${OTHER.toUpperCase()}\n`,
    "tokens",
  );
  assert(tokens.allows("secret"));
  assert(tokens.allows("other"));
  for (const token of ["", "Secret", "secret ", SECRET, "web"]) {
    assertEquals(tokens.allows(token), false, token);
  }
  assertEquals(new TokenList("", "tokens").allows(""), false);
});

Deno.test("the file is what the documented shell lines make", async () => {
  if (!await isInstalled("sha256sum", ["--version"])) return;
  const script = 'token="a b+c/d=="; ' +
    `printf 'web:%s\\n' "$(printf %s "$token" | sha256sum | cut -c 1-64)"`;
  const { out } = (await run("sh", ["-c", script]))!;
  assert(new TokenList(out, "tokens").allows("a b+c/d=="));
});

Deno.test("a token instead of its sum is refused, and not told", () => {
  const error = assertThrows(
    () => new TokenList("web:my-token", "tokens"),
    AccessFileError,
  ) as AccessFileError;
  assertEquals(
    error.message,
    "tokens:1: what is behind web: is not the SHA-256 sum of a token, 64 hexadecimal digits",
  );
});
