import { assertEquals, assertMatch } from "@std/assert";
import { AuthenticationLog } from "../../src/access/authentication_log.ts";
import { withLogs } from "../logs.ts";

/** What must not be in a line. */
const UNPRINTABLE = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u;

Deno.test("a line tells the address, and then the name", () =>
  withLogs((lines) => {
    const log = new AuthenticationLog();
    log.failed("192.0.2.1", "web");
    log.failed("::ffff:192.0.2.2", "web");
    log.failed("2001:db8::7");
    log.failed("unix", "");
    assertEquals(lines, [
      'warning: authentication failed from 192.0.2.1: user "web"',
      'warning: authentication failed from 192.0.2.2: user "web"',
      "warning: authentication failed from 2001:db8::7: unknown token",
      'warning: authentication failed from unix: user ""',
    ]);
    return Promise.resolve();
  }));

Deno.test("a name cannot end the line, colour it, turn it round, or fill the log", () =>
  withLogs((lines) => {
    const log = new AuthenticationLog();
    const names = [
      "a\nb\r\n\u0085c\u2028d\u2029",
      "\x1b[31mred\x07",
      "\u202egnirts\u2066",
      "x".repeat(100_000),
      "é".repeat(100),
    ];
    for (const name of names) log.failed("192.0.2.1", name);
    assertEquals(lines.length, names.length);
    for (const line of lines) {
      assertMatch(
        line,
        /^warning: authentication failed from 192.0.2.1: user "/,
      );
      assertEquals(line.match(UNPRINTABLE), null);
      assertEquals(line.length < 400, true, line);
    }
    assertMatch(lines[0], /"a\\nb\\r\\n\\x85c\\u2028d\\u2029"$/);
    return Promise.resolve();
  }));

Deno.test("an address has ten lines at once, then one a second; others have theirs", () =>
  withLogs((lines) => {
    let now = 0;
    const log = new AuthenticationLog(() => now);
    for (let n = 0; n < 5000; n++) log.failed("192.0.2.66", `guess ${n}`);
    assertEquals(lines.length, 10);
    log.failed("192.0.2.1", "web");
    assertEquals(lines.slice(10), [
      'warning: authentication failed from 192.0.2.1: user "web"',
      "warning: 4990 more were not told: too many from their addresses",
    ]);
    for (now = 0; now < 10_000; now += 10) log.failed("192.0.2.66", "guess");
    const more = lines.slice(12).filter((line) => /from 192.0.2.66/.test(line));
    assertEquals(more.length, 9);
    return Promise.resolve();
  }));
