/**
 * Why a data file cannot be built.
 *
 * @module
 */

/** The longest part of a key that a message shows, in bytes. */
const SHOWN = 100;

/** The input cannot be read, or the format cannot hold it. */
export class BuildError extends Error {
  /** Stable: `BuildError`. */
  override readonly name = "BuildError";
}

/** Why a record cannot be in a file: `key "…" of namespace "…": problem`. */
export function recordError(
  key: Uint8Array,
  problem: string,
  namespace?: Uint8Array,
): BuildError {
  const within = namespace === undefined
    ? ""
    : ` of namespace ${text(namespace)}`;
  return new BuildError(`key ${text(key)}${within}: ${problem}`);
}

/** Why a namespace cannot be in a file: `namespace "…": problem`. */
export function namespaceError(
  namespace: Uint8Array,
  problem: string,
): BuildError {
  return new BuildError(`namespace ${text(namespace)}: ${problem}`);
}

/** Bytes in quotes; what is not text is escaped. */
function text(bytes: Uint8Array): string {
  const shown = JSON.stringify(
    new TextDecoder().decode(bytes.subarray(0, SHOWN)),
  );
  return bytes.length > SHOWN ? `${shown}… (${bytes.length} bytes)` : shown;
}
