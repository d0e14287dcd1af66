/**
 * `stats`: reports by name, as rows that both the text and the binary protocol
 * can give.
 *
 * ```text
 * stats [<report>]\r\n          STAT <name> <figure>\r\n … END\r\n
 * stats reset\r\n               RESET\r\n
 * stats detail on|off|dump\r\n  OK\r\n, or the report of key prefixes: none
 * ```
 *
 * @module
 */

import type { SessionContext } from "../protocol.ts";
import { generalStats } from "./stats_general.ts";
import { goromdbStats } from "./stats_goromdb.ts";
import { connectionStats, settingStats } from "./stats_settings.ts";

const ERROR = "ERROR\r\n";

/** One row of a report. */
export type Stat = readonly [name: string, figure: string];

/** Gives the rows of a report. */
export type Report = (context: SessionContext) => readonly Stat[];

/** The reports; that without a name is the general one. */
export const REPORTS: ReadonlyMap<string, Report> = new Map<string, Report>([
  ["", generalStats],
  ["goromdb", goromdbStats],
  ["settings", settingStats],
  ["conns", connectionStats],
  // A cache groups its items by size. This server has no such groups.
  ["items", () => []],
  ["slabs", () => [["active_slabs", "0"], ["total_malloced", "0"]]],
  ["sizes", () => [["sizes_status", "disabled"]]],
  ["extstore", () => []],
]);

/** The answer to the words of a `stats` line. */
export function answerStats(words: string[], context: SessionContext): string {
  const [, name = "", ...rest] = words;
  if (name === "reset") return "RESET\r\n";
  if (name === "detail") return detail(rest[0]);
  if (name === "cachedump") {
    return "CLIENT_ERROR stats cachedump not allowed\r\n";
  }
  const report = REPORTS.get(name);
  if (report === undefined) return ERROR;
  return report(context)
    .map(([name, figure]) => `STAT ${name} ${figure}\r\n`).join("") + "END\r\n";
}

/** Nothing is counted by key prefix, whatever a client switches. */
function detail(action: string | undefined): string {
  switch (action) {
    case "on":
    case "off":
      return "OK\r\n";
    case "dump":
      return "END\r\n";
    default:
      return "CLIENT_ERROR usage: stats detail on|off|dump\r\n";
  }
}
