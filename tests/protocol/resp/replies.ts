/** Takes answers of RESP2 and RESP3 apart. */

/** One reply: a text begins with the sign of its kind. */
export type Reply = string | Reply[];

const LINES = "+-:_#,(";
const BULKS = "$!=";
const LISTS = "*~>";

/**
 * All replies; what cannot be one is the last, with a mark before it.
 */
export function parseReplies(text: string): Reply[] {
  const replies: Reply[] = [];
  let at = 0;
  const line = () => {
    const end = text.indexOf("\r\n", at);
    if (end < 0) throw new RangeError(text.slice(at));
    const found = text.slice(at, end);
    at = end + 2;
    return found;
  };
  const next = (): Reply => {
    const head = line();
    const sign = head[0];
    const count = Number(head.slice(1));
    if (LINES.includes(sign)) return head;
    if (BULKS.includes(sign)) {
      if (count < 0) return head;
      const bytes = text.slice(at, at + count);
      if (text.slice(at + count, at + count + 2) !== "\r\n") {
        throw new RangeError(head);
      }
      at += count + 2;
      return sign + bytes;
    }
    if (LISTS.includes(sign)) {
      return count < 0 ? head : Array.from({ length: count }, next);
    }
    if (sign === "%") return Array.from({ length: 2 * count }, next);
    throw new RangeError(head);
  };
  try {
    while (at < text.length) replies.push(next());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    replies.push(`<unreadable> ${error.message}`);
  }
  return replies;
}
