/**
 * Fields as databases print them in lines with tabs: what would break a line is
 * escaped with a backslash, and NULL has a form of its own.
 *
 * ```text
 * MySQL, MariaDB   \0 \b \n \r \t \Z \\; \N, or the word NULL, for NULL
 *                  (LOAD DATA's and SELECT … INTO OUTFILE's standard; mysql -B)
 * PostgreSQL       \b \f \n \r \t \v \\, \1 to \377, \x1 to \xff; \N for NULL
 *                  (COPY's text format)
 * ```
 *
 * A backslash before any other byte stands for that byte.
 *
 * @module
 */

const BACKSLASH = 0x5c;

/** What stands for the byte behind a backslash; others stand for themselves. */
type Escapes = ReadonlyMap<number, number>;

/** The table of pairs: a letter, and the byte that it stands for. */
function escapes(pairs: Readonly<Record<string, number>>): Escapes {
  return new Map(
    Object.entries(pairs).map(([letter, byte]) => [letter.charCodeAt(0), byte]),
  );
}

const MYSQL = escapes({
  "0": 0x00,
  b: 0x08,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  Z: 0x1a,
});

const POSTGRES = escapes({
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
});

/**
 * A field of `mysql -B`, of `mysqldump --tab` and their like.
 *
 * @returns `null` for NULL. `mysql -B` prints NULL as it prints the text NULL, so
 * that one is NULL, too.
 */
export function decodeMysql(field: Uint8Array): Uint8Array | null {
  if (isText(field, "NULL") || isText(field, "\\N")) return null;
  return decode(field, (byte, at) => {
    const stands = MYSQL.get(byte);
    return [stands ?? byte, at + 1];
  });
}

/**
 * A field of PostgreSQL's `COPY … TO` and of `pg_dump`.
 *
 * @returns `null` for NULL.
 */
export function decodePostgres(field: Uint8Array): Uint8Array | null {
  if (isText(field, "\\N")) return null;
  return decode(field, (byte, at) => {
    const stands = POSTGRES.get(byte);
    if (stands !== undefined) return [stands, at + 1];
    if (digit(byte, 8) >= 0) return numberAt(field, at, 8, 3);
    const isHex = byte === 0x78 && digit(field[at + 1], 16) >= 0;
    return isHex ? numberAt(field, at + 1, 16, 2) : [byte, at + 1];
  });
}

/**
 * The field without its escapes.
 *
 * @param escaped what the bytes from `at` on stand for, the first of which is
 * `byte`, and where what follows begins.
 */
function decode(
  field: Uint8Array,
  escaped: (byte: number, at: number) => [byte: number, next: number],
): Uint8Array {
  const first = field.indexOf(BACKSLASH);
  if (first < 0) return field;
  const decoded = new Uint8Array(field.length);
  decoded.set(field.subarray(0, first));
  let length = first;
  for (let at = first; at < field.length;) {
    // A backslash at the very end stands for itself.
    if (field[at] !== BACKSLASH || at + 1 === field.length) {
      decoded[length++] = field[at++];
      continue;
    }
    const [byte, next] = escaped(field[at + 1], at + 1);
    decoded[length++] = byte;
    at = next;
  }
  return decoded.subarray(0, length);
}

/** The byte that up to `most` digits from `at` on say, and where they end. */
function numberAt(
  field: Uint8Array,
  at: number,
  base: number,
  most: number,
): [byte: number, next: number] {
  let number = 0;
  const past = Math.min(field.length, at + most);
  for (; at < past && digit(field[at], base) >= 0; at++) {
    number = number * base + digit(field[at], base);
  }
  return [number & 0xff, at];
}

/** The value of a digit; -1 if the byte is none. */
function digit(byte: number | undefined, base: number): number {
  if (byte === undefined) return -1;
  const value = byte >= 0x30 && byte <= 0x39
    ? byte - 0x30
    : (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
    ? (byte | 0x20) - 0x61 + 10
    : base;
  return value < base ? value : -1;
}

function isText(field: Uint8Array, text: string): boolean {
  if (field.length !== text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (field[i] !== text.charCodeAt(i)) return false;
  }
  return true;
}
