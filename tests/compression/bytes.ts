/** Bytes for tests. */

/** Arrays, one behind the other. */
export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An input that comes in pieces of one size, each in the place of the last. */
export async function* inPieces(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array> {
  const place = new Uint8Array(Math.min(size, bytes.length));
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    place.set(piece);
    yield await Promise.resolve(place.subarray(0, piece.length));
  }
}
