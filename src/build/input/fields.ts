/**
 * The fields of a record, in inputs that name them.
 *
 * @module
 */

/** What the fields are called; in CSV, a whole number is a column's, from 1. */
export interface Fields {
  /** The field with the key. */
  readonly key: string;
  /** The field with the value. */
  readonly value: string;
  /** The field with the namespace; none: there are no namespaces. */
  readonly namespace: string | undefined;
}
