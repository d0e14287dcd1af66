/**
 * Conditional requests (RFC 9110, section 13). Every value of a data set has the
 * same entity tag, made of the data set's sum: it changes when the data do.
 *
 * @module
 */

import { Field } from "./field_names.ts";
import type { RequestHead } from "./request_head.ts";

/** What the conditions of a request say. */
export enum Verdict {
  /** Answer it. */
  Proceed,
  /** The client has it: 304. */
  NotModified,
  /** The client wants another: 412. */
  Failed,
}

/** The entity tag of the data set with this sum. */
export function entityTag(sum: string): string {
  return `"${sum}"`;
}

/** Judges `If-Match` and `If-None-Match` of a GET or HEAD. */
export function judge(head: RequestHead, tag: string): Verdict {
  const wanted = head.text(Field.IfMatch);
  if (wanted !== undefined && !listed(wanted, tag, false)) {
    return Verdict.Failed;
  }
  const known = head.text(Field.IfNoneMatch);
  return known !== undefined && listed(known, tag, true)
    ? Verdict.NotModified
    : Verdict.Proceed;
}

/** Whether a range may be answered: `If-Range` is absent, or the tag itself. */
export function rangeHolds(head: RequestHead, tag: string): boolean {
  const wanted = head.text(Field.IfRange);
  return wanted === undefined || wanted === tag;
}

/**
 * Whether the tag is in the list; weak ones count in a weak comparison only. A
 * tag has quotes around it and none within, so it cannot be a part of another.
 */
function listed(list: string, tag: string, weak: boolean): boolean {
  if (list === "*") return true;
  for (let at = list.indexOf(tag); at >= 0; at = list.indexOf(tag, at + 1)) {
    if (at === 0 || /[, \t]/.test(list[at - 1])) return true;
    if (weak && list.slice(at - 2, at) === "W/") return true;
  }
  return false;
}
