/**
 * Patterns, as `KEYS` and `MATCH` have them (`util.c`, `stringmatchlen`).
 *
 * ```text
 * *  any bytes   ?  one byte   [abc] [a-z] [^a]  one of some   \  the next, itself
 * ```
 *
 * @module
 */

const STAR = 0x2a, ANY = 0x3f, OPEN = 0x5b, CLOSE = 0x5d, ESCAPE = 0x5c;
const NOT = 0x5e, TO = 0x2d;

/** Whether the text matches the whole pattern. */
export function matches(pattern: Uint8Array, text: Uint8Array): boolean {
  let p = 0, t = 0;
  // Where to go on when it fails: behind the last star, a byte further.
  let star = -1, from = 0;
  while (t < text.length || p < pattern.length) {
    if (pattern[p] === STAR) {
      star = ++p;
      from = t;
      continue;
    }
    if (p < pattern.length && t < text.length) {
      const next = matchOne(pattern, p, text[t]);
      if (next > 0) {
        p = next;
        t++;
        continue;
      }
    }
    if (star < 0 || from >= text.length) return false;
    p = star;
    t = ++from;
  }
  return true;
}

/** Where the pattern goes on behind what matches a byte; -1: it does not. */
function matchOne(pattern: Uint8Array, p: number, byte: number): number {
  switch (pattern[p]) {
    case ANY:
      return p + 1;
    case OPEN:
      return matchClass(pattern, p + 1, byte);
    case ESCAPE:
      if (p + 1 < pattern.length) p++;
  }
  return pattern[p] === byte ? p + 1 : -1;
}

function matchClass(pattern: Uint8Array, p: number, byte: number): number {
  const not = pattern[p] === NOT;
  if (not) p++;
  let found = false;
  for (;; p++) {
    if (p >= pattern.length) break; // an open class ends with the pattern
    if (pattern[p] === ESCAPE && p + 1 < pattern.length) {
      p++;
      if (pattern[p] === byte) found = true;
    } else if (pattern[p] === CLOSE) {
      p++;
      break;
    } else if (p + 2 < pattern.length && pattern[p + 1] === TO) {
      const low = Math.min(pattern[p], pattern[p + 2]);
      const high = Math.max(pattern[p], pattern[p + 2]);
      p += 2;
      if (byte >= low && byte <= high) found = true;
    } else if (pattern[p] === byte) found = true;
  }
  return found !== not ? p : -1;
}
