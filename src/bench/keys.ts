/**
 * The keys that a load asks for: one behind the other in one buffer, so that
 * there can be millions.
 *
 * @module
 */

/** Keys by number. */
export interface Keys {
  /** How many there are. */
  readonly count: number;
  /** Holds all of them. */
  readonly bytes: Uint8Array;
  /** Key `n` is `bytes[starts[n], starts[n + 1])`. */
  readonly starts: Uint32Array;
}

/** Collects keys; they are copied. */
export function collectKeys(keys: Iterable<Uint8Array>): Keys {
  let bytes = new Uint8Array(1024);
  let starts = new Uint32Array(128);
  let count = 0, length = 0;
  for (const key of keys) {
    if (length + key.length > bytes.length) {
      const larger = new Uint8Array(2 * (length + key.length));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    if (count + 2 > starts.length) {
      const larger = new Uint32Array(2 * starts.length);
      larger.set(starts);
      starts = larger;
    }
    bytes.set(key, length);
    length += key.length;
    starts[++count] = length;
  }
  return { count, bytes, starts };
}

/**
 * Made-up keys.
 *
 * @param pattern `%d` in it stands for the key's number.
 */
export function patternKeys(pattern: string, count: number): Keys {
  const utf8 = new TextEncoder();
  return collectKeys(
    Iterator.from(Array(count).keys()).map((n) =>
      utf8.encode(pattern.replace("%d", () => String(n)))
    ),
  );
}
