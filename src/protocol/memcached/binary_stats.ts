/**
 * `stat` of the binary protocol: a packet for each row, and an empty one at the
 * end.
 *
 * @module
 */

import type { SessionContext } from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { addHeader, addStatus, Status } from "./binary_layout.ts";
import { REPORTS, type Stat } from "./stats.ts";

/** Names that count however they go on, as memcached compares them. */
const PREFIXES = ["reset", "settings", "detail on", "detail off"];

/** Reports that memcached gives in text alone. */
const TEXT_ONLY = ["conns", "extstore"];

/** Answers the request at `at`, which asks for the report `bytes[key, keyEnd)`. */
export function binaryStats(
  bytes: Uint8Array,
  at: number,
  key: number,
  keyEnd: number,
  context: SessionContext,
  reply: Reply,
): void {
  const name = String.fromCharCode(...bytes.subarray(key, keyEnd));
  const rows = report(name, context);
  if (rows === undefined) return addStatus(reply, bytes, at, Status.NotFound);
  for (const [name, figure] of rows) {
    const { length } = name;
    const body = length + figure.length;
    addHeader(reply, bytes, at, Status.Success, 0, length, body);
    reply.text(name);
    reply.text(figure);
  }
  addStatus(reply, bytes, at, Status.Success);
}

function report(
  name: string,
  context: SessionContext,
): readonly Stat[] | undefined {
  if (name.startsWith("detail dump")) return [["detailed", "END\r\n"]];
  const known = PREFIXES.find((prefix) => name.startsWith(prefix)) ?? name;
  if (known === "settings") return REPORTS.get(known)?.(context);
  if (PREFIXES.includes(known)) return [];
  if (TEXT_ONLY.includes(known)) return undefined;
  return REPORTS.get(known)?.(context);
}
