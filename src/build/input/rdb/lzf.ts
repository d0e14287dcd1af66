/**
 * LZF (Marc Lehmann's liblzf), as Redis packs long strings.
 *
 * ```text
 * 000lllll               l + 1 bytes follow as they are
 * lllooooo [l] o         l + 2 bytes from o + 1 bytes back; l = 7: and the next
 *                        byte more
 * ```
 *
 * @module
 */

/**
 * Unpacks a string.
 *
 * @param length how long it is, unpacked.
 * @returns `undefined` if the packed bytes are damaged.
 */
export function unpackLzf(
  packed: Uint8Array,
  length: number,
): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  let at = 0, to = 0;
  while (at < packed.length) {
    const control = packed[at++];
    if (control < 32) {
      const count = control + 1;
      if (at + count > packed.length || to + count > length) return undefined;
      bytes.set(packed.subarray(at, at + count), to);
      at += count;
      to += count;
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += packed[at++];
    count += 2;
    const from = to - ((control & 31) << 8 | packed[at++]) - 1;
    if (at > packed.length || from < 0 || to + count > length) return undefined;
    // They may overlap: then what was just copied is copied again.
    for (let i = 0; i < count; i++) bytes[to + i] = bytes[from + i];
    to += count;
  }
  return to === length ? bytes : undefined;
}
