/**
 * The fields of a record, in inputs that name them.
 *
 * @module
 */

/** The field with the value, if nothing is said and there is one. */
export const STANDARD_VALUE_FIELD = "value";

/**
 * What the fields are called: in CSV, a whole number is a column's, from 1; in
 * JSON, `a.b` is a member of a member.
 */
export interface Fields {
  /** The field with the key. */
  readonly key: string;
  /**
   * The field with the value. None: `value`, or where the first record has no
   * such field, all of the record as JSON.
   */
  readonly value?: string;
  /** The field with the namespace; none: there are no namespaces. */
  readonly namespace?: string;
}
