/**
 * The lines of a sum file, in the dialects of the programs that write them.
 *
 * ```text
 * d1d1…  data.db                  md5sum, sha256sum, shasum, busybox, fciv
 * d1d1… *data.db                  md5sum -b, openssl dgst -r
 * d1d1… data.db                   md5 -r
 * \d1d1…  a\nname                 md5sum, where the name has a newline
 * MD5 (data.db) = d1d1…           md5 on BSD and macOS, md5sum --tag, cksum -a md5
 * MD5(data.db)= d1d1…             openssl dgst -md5; with -c: d1:d1:…
 * MD5   D1D1…   C:\data.db        Get-FileHash, as a table
 * Hash : D1D1…                    Get-FileHash | Format-List: a line each for
 *                                 Algorithm, Hash and Path; or ConvertTo-Json
 * "MD5","D1D1…","C:\data.db"      Get-FileHash | Export-Csv
 * 9,d1d1…,9afe…,/data.db          hashdeep; md5deep -z
 * data.db: D1 D1 …                gpg --print-md
 * data.db D1D1…                   rhash --sfv
 *
 * MD5 hash of file data.db:       certutil -hashfile, in the language of the
 * d1 d1 …                         system; without the spaces since Windows 10
 * ```
 *
 * Digits are hexadecimal, of any case, or base64. What is no such line is passed
 * over, as `md5sum -c` does: headings, signatures, and comments.
 *
 * @module
 */

/** A sum that a line tells. */
export interface SumLine {
  /** The sum, in lower-case hexadecimal. */
  readonly sum: string;
  /** Its kind in the line's own words, if the line says it: `MD5`, `SHA2-256`. */
  readonly kind?: string;
  /** The file that it is of, if the line says it: a path, or words before one. */
  readonly name?: string;
}

/** The kinds of sums, by their number of hexadecimal digits. */
export const KINDS: Readonly<Record<number, string>> = {
  32: "MD5",
  40: "SHA-1",
  56: "SHA-224",
  64: "SHA-256",
  96: "SHA-384",
  128: "SHA-512",
};

/** The longest sum, in characters: 64 bytes, with a space between any two. */
const MAX_SUM_LENGTH = 192;

/** What may be before a sum on its line: a kind, a size; or two kinds of sums. */
const MAX_FIELDS = 4;

/** With or without something between the bytes, or between some more of them. */
const HEXADECIMAL =
  /^(?:[0-9A-F]+|[0-9A-F]{2,8}(?:[ :-]{1,2}[0-9A-F]{2,8})+)$/i;
/** It ends in padding: no sum has a multiple of three bytes. */
const BASE64 = /^[A-Za-z0-9+/]+={1,2}$/;
const COMMENT = /^\s*([#;]|\/\/)/;
const KIND = /^(MD\d|SHA|RIPEMD|BLAKE|SM3|MACTripleDES)[\w/-]*$/i;
const KIND_IN_HEADING = /\b(MD\d|SHA-?\d+)\b/i;

/** The sums in a text, in their order. */
export function sumLines(text: string): SumLine[] {
  const found: SumLine[] = [];
  let heading: string | undefined, kind: string | undefined;
  for (const line of text.split(/[\r\n\0]+/)) {
    if (COMMENT.test(line)) continue;
    const [field, value] = listField(line);
    if (field === "algorithm") kind = value;
    else if (field === "path" && found.length > 0) {
      found.push({ ...found.pop()!, name: value });
    } else if (field === "hash") {
      const sum = toSum(value);
      if (sum !== undefined) found.push({ sum, kind });
    } else {
      const sums = parseLine(line);
      // Bare digits below a heading are of what that says.
      if (heading !== undefined && sums.length === 1) {
        const [only] = sums;
        if (only.name === undefined && only.kind === undefined) {
          const [kind] = KIND_IN_HEADING.exec(heading) ?? [];
          sums[0] = { ...only, kind, name: heading };
        }
      }
      found.push(...sums);
      heading = sums.length === 0 && line.trimEnd().endsWith(":")
        ? line.trimEnd().slice(0, -1).trimEnd()
        : undefined;
    }
  }
  return found;
}

/** A line of what Format-List prints: the name of the field, and its value. */
function listField(line: string): [field?: string, value?: string] {
  const match = /^ *"?(Algorithm|Hash|Path)"? *:(.*)$/i.exec(line);
  if (match === null) return [];
  const value = match[2].trim().replace(/,$/, "");
  return [match[1].toLowerCase(), unquote(value)];
}

function parseLine(line: string): SumLine[] {
  const text = line.trim();
  // A backslash is how md5sum marks a line whose file name it has escaped.
  if (!text.startsWith("\\")) return parseSums(text);
  return parseSums(text.slice(1)).map((sum) => ({
    ...sum,
    name: sum.name && unescapeName(sum.name),
  }));
}

function parseSums(text: string): SumLine[] {
  const tagged = parseTagged(text);
  if (tagged !== undefined) return [tagged];
  const whole = toSum(text);
  if (whole !== undefined) return [{ sum: whole }];
  const sums = parseFields(text);
  if (sums.length > 0) return sums;
  const last = parseNameFirst(text);
  return last === undefined ? [] : [last];
}

/** `MD5 (data.db) = d1d1…` */
function parseTagged(text: string): SumLine | undefined {
  const open = text.indexOf("("), close = text.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  const [, digits] = /^\) *= *(\S+)$/.exec(text.slice(close)) ?? [];
  const sum = toSum(digits);
  if (sum === undefined) return undefined;
  const kind = text.slice(0, open).trim() || undefined;
  return { sum, kind, name: text.slice(open + 1, close) };
}

/** `d1d1…  data.db`, with a kind or a size before it, or another sum behind it. */
function parseFields(text: string): SumLine[] {
  const sums: string[] = [];
  let kind: string | undefined, at = 0;
  for (let n = 0; n < MAX_FIELDS && at < text.length; n++) {
    const rest = text.slice(at, at + MAX_SUM_LENGTH);
    const match = /^"?([^\s,;"]+)"?(?:[,;]|\s+|$)/.exec(rest);
    if (match === null) break;
    const [whole, field] = match;
    const sum = toSum(field);
    if (sum !== undefined) sums.push(sum);
    else if (sums.length === 0 && KIND.test(field)) kind = field;
    else if (sums.length > 0 || !/^\d+$/.test(field)) break;
    at += whole.length;
  }
  const name = unquote(text.slice(at)).replace(/^\*/, "");
  return sums.map((sum) => ({ sum, kind, name: name || undefined }));
}

/** `data.db: D1 D1 …`, or `data.db D1D1…` */
function parseNameFirst(text: string): SumLine | undefined {
  const start = Math.max(0, text.length - MAX_SUM_LENGTH);
  for (let at = start; (at = text.indexOf(": ", at)) >= 0; at++) {
    const sum = toSum(text.slice(at + 1));
    if (sum !== undefined) return { sum, name: text.slice(0, at) };
  }
  const end = text.slice(start);
  const digits = /[^\s,;]*$/.exec(end)![0];
  const sum = toSum(unquote(digits));
  if (sum === undefined) return undefined;
  const name = text.slice(0, -digits.length).replace(/[\s,;]$/, "");
  return { sum, name: unquote(name) || undefined };
}

/** The digits of a sum in hexadecimal, or `undefined` if that is none. */
function toSum(text: string | undefined): string | undefined {
  const digits = text?.trim() ?? "";
  if (digits.length > MAX_SUM_LENGTH) return undefined;
  const hexadecimal = HEXADECIMAL.test(digits)
    ? digits.replaceAll(/[ :-]/g, "").toLowerCase()
    : BASE64.test(digits)
    ? fromBase64(digits)
    : "";
  return hexadecimal.length in KINDS ? hexadecimal : undefined;
}

function fromBase64(digits: string): string {
  try {
    const bytes = [...atob(digits)].map((byte) => byte.charCodeAt(0));
    return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return ""; // So much padding belongs to no number of bytes.
  }
}

function unquote(text: string): string {
  const trimmed = text.trim();
  return /^".*"$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

/** The other way round of what md5sum does to names with such characters. */
function unescapeName(name: string): string {
  const meant: Record<string, string> = { n: "\n", r: "\r", "\\": "\\" };
  return name.replace(/\\(.)/g, (all, letter) => meant[letter] ?? all);
}
