/**
 * What is said of a command that there is not.
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import { NameTable } from "./command.ts";
import { failure } from "./encode.ts";
import type { Request } from "./request.ts";

/** Redis shows so much of a name, and of all arguments. */
const SHOWN = 128;

/** How lines of HTTP begin that may have commands behind them. */
const WEB: NameTable<{ name: string }> = new NameTable([
  { name: "post" },
  { name: "host:" },
]);

/**
 * Whether a request is a line of HTTP: a browser that was tricked into it can
 * send commands, but no other first line, and not without a `Host`.
 */
export function isWebRequest(request: Request): boolean {
  const { bytes } = request;
  return WEB.find(bytes, request.start(0), request.end(0)) !== undefined;
}

/** Refuses a request in Redis' words. */
export function unknownCommand(request: Request, reply: Reply): void {
  const name = request.latin1(0, SHOWN);
  let args = "";
  for (let n = 1; n < request.count && args.length < SHOWN; n++) {
    args += `'${request.latin1(n, SHOWN - args.length)}' `;
  }
  failure(
    reply,
    `ERR unknown command '${name}', with args beginning with: ${args}`,
  );
}
