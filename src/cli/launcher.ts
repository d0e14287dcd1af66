/**
 * The `npx` or `npm run` that has started the program. npm passes no signal on
 * to what it has started, so whoever ends npm would leave a server behind, which
 * keeps its address. It stops with npm instead.
 *
 * @module
 */

/** How often to look whether npm is still there, in milliseconds. */
const INTERVAL_MS = 500;

/** A process, and what tells it from a later one with its number. */
interface Ancestor {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly startedAt: string;
}

/**
 * Calls `ended` once npm has ended that has started this process, or what stands
 * between the two. Does nothing where npm has not, or where that cannot be seen:
 * it takes Linux, and the permissions to read `/proc` and the variable
 * `npm_command`.
 */
export function followLauncher(ended: () => void): void {
  const chain = launcherChain();
  if (chain.length === 0) return;
  const timer = setInterval(() => {
    if (chain.every(isThere)) return;
    clearInterval(timer);
    ended();
  }, INTERVAL_MS);
  Deno.unrefTimer(timer);
}

/** The processes from the parent up to npm; none if npm is not among them. */
function launcherChain(): Ancestor[] {
  const variable = { name: "env", variable: "npm_command" } as const;
  if (Deno.permissions.querySync(variable).state !== "granted") return [];
  if (Deno.env.get("npm_command") === undefined) return [];
  const chain: Ancestor[] = [];
  try {
    for (let pid = Deno.ppid; pid > 1;) {
      const process = readProcess(pid);
      if (process === undefined) return [];
      chain.push(process);
      // npm calls itself so; its name is what it has been asked to do.
      if (process.name.startsWith("npm ")) return chain;
      pid = process.parent;
    }
  } catch {
    // What stands above this process may not be looked at.
  }
  return [];
}

/** Whether a process has not ended. One that cannot be looked at has not. */
function isThere({ pid, startedAt }: Ancestor): boolean {
  try {
    return readProcess(pid)?.startedAt === startedAt;
  } catch {
    return true; // the descriptors have run out, say
  }
}

/**
 * What proc(5) says of a process; `undefined` if it has ended.
 *
 * @throws {Error} if it may not, or cannot, be looked at.
 */
function readProcess(pid: number): Ancestor | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name may contain anything, also a parenthesis.
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    return {
      pid,
      name: text.slice(text.indexOf("(") + 1, end),
      parent: Number(fields[1]),
      startedAt: fields[19],
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    // It ended between the opening and the reading (ESRCH).
    if (error instanceof Error && "code" in error && error.code === "ESRCH") {
      return undefined;
    }
    throw error;
  }
}
