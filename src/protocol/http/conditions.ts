/**
 * Conditional requests (RFC 9110, section 13). Every value of a data set has the
 * same entity tag, made of the data set's sum: it changes when the data do.
 *
 * @module
 */

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
export function judge(headers: Headers, tag: string): Verdict {
  const wanted = headers.get("if-match");
  if (wanted !== null && !listed(wanted, tag, false)) return Verdict.Failed;
  const known = headers.get("if-none-match");
  return known !== null && listed(known, tag, true)
    ? Verdict.NotModified
    : Verdict.Proceed;
}

/** Whether a range may be answered: `If-Range` is absent, or the tag itself. */
export function rangeHolds(headers: Headers, tag: string): boolean {
  const wanted = headers.get("if-range");
  return wanted === null || wanted.trim() === tag;
}

/** Whether the tag is in the list; weak ones count in a weak comparison only. */
function listed(list: string, tag: string, weak: boolean): boolean {
  if (list.trim() === "*") return true;
  for (const [found, prefix] of list.matchAll(/(W\/)?"[^"]*"/g)) {
    if (prefix === undefined ? found === tag : weak && found === `W/${tag}`) {
      return true;
    }
  }
  return false;
}
