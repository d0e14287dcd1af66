/** What is wrong with packed data. */

/** Packed data are damaged, cut short, or more than may be unpacked. */
export class PackedDataError extends Error {
  /** Stable: `PackedDataError`, also in minified code. */
  override readonly name = "PackedDataError";
}
