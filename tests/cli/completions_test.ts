import { assert, assertEquals } from "@std/assert";
import { run } from "../e2e/program.ts";
import { inDirectory } from "../temporary.ts";

/** What bash would offer for the last of these words. */
async function bashOffers(script: string, words: string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `source "$0"; COMP_WORDS=(${quoted}); COMP_CWORD=${
        words.length - 1
      }; _goromdb; printf '%s\\n' "\${COMPREPLY[@]}"`,
      script,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line);
}

async function isInstalled(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, {
      args: ["-c", "exit 0"],
      stdout: "null",
      stderr: "null",
    }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("bash completes commands, flags, and the words of a flag", () =>
  inDirectory(async (directory) => {
    if (!await isInstalled("bash")) return console.log("skipped: no bash");
    const script = `${directory}/goromdb.bash`;
    const { stdout } = await run("completions", "bash");
    await Deno.writeTextFile(script, stdout);
    assertEquals(await bashOffers(script, ["goromdb", "insp"]), ["inspect"]);
    assertEquals(await bashOffers(script, ["goromdb", "-based"]), ["-basedir"]);
    assertEquals(
      await bashOffers(script, ["goromdb", "serve", "-watch", "s"]),
      ["simple", "sha256"],
    );
    assertEquals(
      await bashOffers(script, ["goromdb", "bench", "-pip"]),
      ["-pipeline"],
    );
    assertEquals(
      await bashOffers(script, ["goromdb", "completions", "f"]),
      ["fish"],
    );
  }));

for (const shell of ["zsh", "fish"]) {
  Deno.test(`${shell} understands its script`, () =>
    inDirectory(async (directory) => {
      const { code, stdout } = await run("completions", shell);
      assertEquals(code, 0);
      assert(stdout.includes("goromdb"));
      if (!await isInstalled(shell)) {
        return console.log(`skipped: ${shell} is not installed`);
      }
      const script = `${directory}/goromdb.${shell}`;
      await Deno.writeTextFile(script, stdout);
      const { success } = await new Deno.Command(shell, {
        args: ["-n", script],
      }).output();
      assertEquals(success, true);
    }));
}

Deno.test("an unknown shell is told", async () => {
  const { code, stderr } = await run("completions", "tcsh");
  assertEquals(code, 2);
  assertEquals(
    stderr,
    "goromdb: write goromdb completions bash, zsh or fish\n",
  );
});
