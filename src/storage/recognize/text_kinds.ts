/**
 * Files of text: told by how they begin, since nothing else tells.
 *
 * @module
 */

import type { FileKind } from "./kind.ts";

const MYSQL =
  "mysql -BN -e 'SELECT k, v FROM t' | goromdb build -to cdb -out data.cdb -from mysql -key-field 1 -value-field 2";
const POSTGRES =
  "psql -c 'COPY t (k, v) TO STDOUT' | goromdb build -to cdb -out data.cdb -from postgres -key-field 1 -value-field 2";
const NOT_DATA = "it is no data file";

/** A kind, and how its text begins; white space before it counts. */
const BEGINNINGS: readonly (FileKind & { readonly begins: RegExp })[] = [
  {
    what: "a page of HTML",
    begins: /^\s*<(!doctype html|html|head)\b/i,
    advice:
      "perhaps what was to be fetched was not there: look at what it says",
  },
  {
    what: "XML",
    isText: true,
    begins: /^\s*<(\?xml\b|[A-Za-z][\w:.-]*[\s>])/,
    advice:
      "make NDJSON or CSV of its records: goromdb build makes a file of these",
  },
  {
    what: "a pointer of Git LFS",
    begins: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    advice: "fetch the file that it stands for: git lfs pull",
  },
  {
    what: "a checksum",
    isText: true,
    begins:
      /^[0-9a-f]{32}([0-9a-f]{8})?([0-9a-f]{24})?([0-9a-f]{64})?([ \t]+\S+)?\s*$/i,
    advice: "the data file is another one",
  },
  {
    what: "a key, a certificate or an encrypted message",
    begins: /^-----BEGIN [A-Z0-9 ]+-----/,
    advice: NOT_DATA,
  },
  {
    what: "a dump of MySQL or MariaDB",
    begins: /^(\/\*M?!|-- (MySQL|MariaDB) dump)/,
    advice: `read the table instead: ${MYSQL}`,
  },
  {
    what: "a dump of PostgreSQL",
    begins: /^--\n-- PostgreSQL database/,
    advice: `copy the table instead: ${POSTGRES}`,
  },
  {
    what: "a dump of SQLite",
    begins: /^PRAGMA foreign_keys=/,
    advice: "make a database of it: sqlite3 NEW < FILE",
  },
  {
    what: "a script of SQL",
    isText: true,
    begins: /^\s*(CREATE (TABLE|DATABASE)|INSERT INTO|DROP TABLE) /i,
    advice: "let its database run it, and read the table from there",
  },
  {
    what: "a dump of LMDB",
    begins: /^VERSION=3\n(\w+=.*\n)*(mapsize|maxreaders)=\d/,
    advice: "make a database of it: mdb_load -n -f FILE NEW",
  },
  {
    what: "a dump of Berkeley DB",
    begins: /^VERSION=3\n(format|type|db_pagesize|h_nelem)=/,
    advice: "make a database of it: db_load -f FILE NEW",
  },
  {
    what: "what cdbmake makes a cdb of",
    begins: /^\+\d+,\d+:/,
    advice: "let it: cdb -c NEW FILE, or cdbmake NEW NEW.tmp < FILE",
  },
  {
    what: "a dump of memcached-tool",
    begins: /^add \S{1,250} \d+ \d+ \d+\r?\n/,
    advice:
      "let memcached load it, and read it from there; or make CSV of it, of which goromdb build makes a file",
  },
];

/** A kind that text of so many lines shows. */
const LOOKED_AT_LINES = 5;

/** What stands between fields, and the kinds that they make. */
const DELIMITERS: readonly (FileKind & { readonly delimiter: string })[] = [
  { delimiter: "\t", what: "TSV", input: "tsv" },
  { delimiter: ",", what: "CSV", input: "csv" },
  {
    delimiter: ";",
    what: "CSV with semicolons",
    advice: "goromdb build -to cdb -out data.cdb -delimiter ';' FILE",
  },
  {
    delimiter: "|",
    what: "CSV with bars",
    advice: "goromdb build -to cdb -out data.cdb -delimiter '|' FILE",
  },
];

/** A JSON object. */
const OBJECT: FileKind = {
  what: "a JSON object",
  storage: "json",
  input: "json",
  isText: true,
};

/** What text is called of which nothing more is known. */
export const UNKNOWN_TEXT = "text of no format that is known";

const TEXT: FileKind = {
  what: UNKNOWN_TEXT,
  isText: true,
  advice:
    "make NDJSON or CSV of its records: goromdb build makes a file of these",
};

/**
 * What a text is that begins so.
 *
 * @param isWhole whether that is all of it.
 */
export function textKindOf(begin: string, isWhole: boolean): FileKind {
  const text = begin.replace(/^\ufeff/, "");
  if (/^\s*\{/.test(text)) return isNdjson(text) ? NDJSON : OBJECT;
  if (/^\s*\[\s*([\]{["\d-]|true|false|null)/.test(text)) return ARRAY;
  for (const { begins, ...kind } of BEGINNINGS) {
    if (begins.test(text)) return kind;
  }
  return delimitedKindOf(text, isWhole) ?? TEXT;
}

const NDJSON: FileKind = {
  what: "NDJSON, an object a line",
  input: "ndjson",
  isText: true,
};

const ARRAY: FileKind = {
  what: "a JSON array",
  input: "json",
  isText: true,
};

/** Whether the first line is an object, and another one begins behind it. */
function isNdjson(text: string): boolean {
  const [, line, next] = /^\s*(\{.*\})[ \t]*\r?\n\s*(\S)/.exec(text) ?? [];
  if (line === undefined || next !== "{") return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Whether all lines have as many fields, and more than one. */
function delimitedKindOf(
  text: string,
  isWhole: boolean,
): FileKind | undefined {
  const lines = text.split(/\r?\n/);
  if (!isWhole) lines.pop(); // it may have been cut
  const seen = lines.filter((line) => line !== "").slice(0, LOOKED_AT_LINES);
  if (seen.length < 2) return undefined;
  for (const { delimiter, ...kind } of DELIMITERS) {
    const counts = seen.map((line) => fieldsIn(line, delimiter));
    if (counts[0] > 1 && counts.every((count) => count === counts[0])) {
      return { ...kind, isText: true };
    }
  }
  return undefined;
}

/** The number of fields in a line; what is in quotes is one. */
function fieldsIn(line: string, delimiter: string): number {
  return line.replace(/"[^"]*"/g, "").split(delimiter).length;
}
