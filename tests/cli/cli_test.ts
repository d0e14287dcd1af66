import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/cli/errors.ts";
import { COMMANDS, STANDARD_COMMAND } from "../../src/cli/commands.ts";
import { formatSize, readFlags, size } from "../../src/cli/flags.ts";
import { describeInMarkdown } from "../../src/cli/reference.ts";
import { SERVE_FLAGS } from "../../src/cli/serve.ts";
import { STORAGE_FLAGS } from "../../src/cli/storage_flags.ts";
import configuration from "../../deno.json" with { type: "json" };
import { run } from "../e2e/program.ts";
import { inDirectory } from "../temporary.ts";

Deno.test("flags are read in all of Go's forms", () => {
  const forms = [
    ["-file", "x", "-gzipped", "-addr", ":5", "-storage", "json"],
    ["--file", "x", "--gzipped", "--addr", ":5", "--storage", "json"],
    ["-file=x", "-gzipped=true", "-addr=:5", "-storage=json"],
    ["--file=x", "--gzipped=1", "--addr=:5", "--storage=json"],
  ];
  for (const form of forms) {
    const { values, operands } = readFlags(SERVE_FLAGS, form);
    assertEquals(values.file, "x");
    assertEquals(values.gzipped, true);
    assertEquals(values.addr, [{ hostname: "0.0.0.0", port: 5 }]);
    assertEquals(values.storage, "json");
    assertEquals(operands, []);
  }
});

Deno.test("what is not given has its standard value", () => {
  const { values } = readFlags(SERVE_FLAGS, []);
  assertEquals(values.addr, [{ hostname: "127.0.0.1", port: 11211 }]);
  assertEquals(values.proto, "memcached");
  assertEquals(values.handler, "simple");
  assertEquals(values.gzipped, undefined);
  assertEquals(values.interval, 5000);
  assertEquals(values["max-conns"], 1024);
});

Deno.test("a size is a number of bytes, or has a unit of 1024", () => {
  const flags = { most: size("how much", "all", undefined, 4096) };
  const read = (text: string) => readFlags(flags, ["-most", text]).values.most;
  assertEquals(readFlags(flags, []).values.most, undefined);
  for (
    const [text, bytes] of [
      ["4096", 4096],
      ["64K", 65536],
      ["64m", 67108864],
      ["64MB", 67108864],
      ["64MiB", 67108864],
      ["3G", 3 * 2 ** 30],
      ["2T", 2 ** 41],
    ] as const
  ) {
    assertEquals(read(text), bytes, text);
    assertEquals(read(formatSize(bytes)), bytes, text);
  }
  assertEquals([65537, 64 << 20, 3 * 2 ** 30].map(formatSize), [
    "65537",
    "64M",
    "3G",
  ]);
  for (const text of ["", "M", "4095", "1.5G", "-1", "64X", "9999999999T"]) {
    const error = assertThrows(() => read(text), UsageError);
    assertEquals(
      error.message,
      `-most ${text}: it must be a size of at least 4K: 64M, 2G`,
    );
  }
});

Deno.test("of a flag that is given twice the last counts", () => {
  const { values } = readFlags(SERVE_FLAGS, ["-file", "a", "-file=b"]);
  assertEquals(values.file, "b");
});

Deno.test("every mistake is told with the flag and what to write", () => {
  const cases: [string[], string][] = [
    [["-bogus"], "there is no flag -bogus (-help lists all)"],
    [
      ["-fil", "x"],
      "there is no flag -fil; did you mean -file? (-help lists all)",
    ],
    [["-file"], "-file needs a value: -file PATH"],
    [["-gzipped=maybe"], "-gzipped maybe: it must be true or false"],
    [
      ["-interval", "5s"],
      "-interval 5s: it must be a number from 10 to 86400000",
    ],
    [
      ["-max-conns", "0"],
      "-max-conns 0: it must be a number from 1 to 1000000",
    ],
    [["-watch", "md4"], "-watch md4: it must be simple, md5 or sha256"],
    [
      ["-addr", "11211"],
      '-addr 11211: "11211" is not an address: write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH',
    ],
    [
      ["-ns-separator", ""],
      "-ns-separator : it must be one ASCII character that shows",
    ],
  ];
  for (const [argv, message] of cases) {
    assertThrows(() => readFlags(SERVE_FLAGS, argv), UsageError, message);
  }
});

Deno.test("usage errors end with 2, failures with 1: one line, no stack", () =>
  inDirectory(async (directory) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const taken = `127.0.0.1:${listener.addr.port}`;
    const file = `${directory}/data.json`;
    const cases: [number, string[], string][] = [
      [2, [], "-file PATH is missing"],
      [2, ["-bogus"], "there is no flag -bogus"],
      [
        2,
        ["serv", "-file", file],
        "there is no command serv; did you mean serve?",
      ],
      [2, ["-file", file, "extra"], '"extra" is not understood'],
      [2, ["-file", file, "-storage", "xml"], "-storage xml: it must be"],
      [
        1,
        ["-file", `${directory}/none/x`],
        "does not exist: make it with mkdir -p",
      ],
      [1, ["-file", file, "-basedir", `${directory}/none`], "does not exist"],
      [1, ["-file", file, "-addr", taken], "is in use: stop the program"],
      [
        1,
        ["-file", file, "-addr", "192.0.2.1:1"],
        "cannot listen on 192.0.2.1:1",
      ],
    ];
    const outcomes = await Promise.all(cases.map(([, argv]) => run(...argv)));
    listener.close();
    for (const [n, [code, argv, message]] of cases.entries()) {
      const { code: actual, stdout, stderr } = outcomes[n];
      assertEquals(
        { code: actual, stdout },
        { code, stdout: "" },
        argv.join(" "),
      );
      assert(stderr.includes(message), stderr);
      assert(/^goromdb: [^\n]+\n$/.test(stderr), stderr);
    }
  }));

Deno.test("the README's reference is the program's own", async () => {
  const readme = await Deno.readTextFile(
    new URL("../../README.md", import.meta.url),
  );
  const plain = (text: string) => text.replaceAll(/[ \n-]+/g, " ");
  const reference = describeInMarkdown(
    COMMANDS,
    STANDARD_COMMAND,
    STORAGE_FLAGS,
  );
  assert(plain(readme).includes(plain(reference)), "run: deno task readme");
});

Deno.test("-help lists every command, and each one's flags", async () => {
  const help = await run("--help");
  assertEquals(help.code, 0);
  for (const [name, { flags, summary }] of Object.entries(COMMANDS)) {
    assert(new RegExp(`^  ${name} +${summary}$`, "m").test(help.stdout), name);
    const own = await run(name, "-help");
    assertEquals(own.code, 0);
    for (const flag of Object.keys(flags)) {
      assert(own.stdout.includes(`  -${flag}`), `${name} -${flag}`);
    }
  }
});

Deno.test("each command has two examples, whose flags are its own", () => {
  for (const [name, { examples, operands }] of Object.entries(COMMANDS)) {
    assertEquals(examples.length, 2, name);
    for (const [line] of examples) {
      const words = /goromdb ([^)>&]*)/.exec(line)![1].trim().split(" ");
      const named = Object.hasOwn(COMMANDS, words[0])
        ? words.shift()!
        : "serve";
      const read = readFlags(COMMANDS[named].flags, words);
      if (named !== name) continue; // an example may name another command
      const least = operands.split(" ").filter((word) => /^\w/.test(word));
      if (operands !== "") assert(read.operands.length >= least.length, line);
    }
  }
});

Deno.test("-version tells the version", async () => {
  assertEquals(await run("-version"), {
    code: 0,
    stdout: `goromdb ${configuration.version}\n`,
    stderr: "",
  });
});

Deno.test("a file in a slot of its base directory is refused", () =>
  inDirectory(async (directory) => {
    const outcome = await run(
      ...["-file", `${directory}/data01/data.db`, "-basedir", directory],
      ...["-addr", "127.0.0.1:0"],
    );
    assertEquals(outcome.code, 1);
    await Deno.mkdir(`${directory}/data01`);
    const again = await run(
      ...["-file", `${directory}/data01/data.db`, "-basedir", directory],
      ...["-addr", "127.0.0.1:0"],
    );
    assertEquals(again.code, 1);
    assert(again.stderr.includes("is in a slot of -basedir"), again.stderr);
  }));
