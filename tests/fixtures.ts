/**
 * Data files made by the real engines, and what a reader must find in them; the
 * manifests say where each comes from.
 */

import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { type Snapshot, Value } from "../src/storage/storage.ts";

/** One file, and how to open it. */
export interface Fixture {
  file: string;
  storage: string;
  options: {
    bucket?: string;
    database?: string;
    namespaced?: boolean;
    gzipped?: boolean;
    table?: string;
    key?: string;
    value?: string;
  };
  /** The file with the expected records. */
  expect: string | null;
  /** Keys in base64 that must not be found. */
  missing: string[];
  /** The same, each with its namespace before it. */
  missing_ns?: { ns: string; k: string }[];
  valid: boolean;
  /** When a file that is not valid must be refused, at the latest. */
  detect?: "load" | "get";
  optional?: boolean;
  why: string;
}

/** An expected record; base64, or a sum where the value is long. */
export interface ExpectedRecord {
  k: string;
  v?: string;
  sha256?: string;
  len?: number;
  ns?: string;
  flags?: number;
}

/** Where a fixture lies. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** The fixtures of one format. */
export function fixturesOf(format: string): Fixture[] {
  return JSON.parse(Deno.readTextFileSync(fixturePath(`${format}.json`)));
}

/** The records that a fixture must have. */
export function expectedRecords(fixture: Fixture): ExpectedRecord[] {
  if (fixture.expect === null) return [];
  return Deno.readTextFileSync(fixturePath(fixture.expect)).trim().split("\n")
    .filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Base64 to bytes. */
export function bytes(base64: string): Uint8Array {
  return Uint8Array.fromBase64(base64);
}

/** A copy of what is found under a key, or `undefined`. */
export function get(
  find: (
    bytes: Uint8Array,
    start: number,
    end: number,
    value: Value,
  ) => boolean,
  key: Uint8Array,
): Uint8Array | undefined {
  const value = new Value();
  // Other bytes around the key: a reader must keep to its bounds.
  const padded = new Uint8Array(key.length + 6).fill(0x7e);
  padded.set(key, 3);
  return find(padded, 3, 3 + key.length, value)
    ? value.bytes.slice(value.start, value.end)
    : undefined;
}

/** Fails unless the bytes are those of the record. */
export function assertValue(
  actual: Uint8Array | undefined,
  { k, v, sha256, len }: ExpectedRecord,
): void {
  if (actual === undefined) throw new Error(`the key ${k} is missing`);
  if (v !== undefined) assertEquals(actual, bytes(v));
  else {
    assertEquals(actual.length, len);
    assertEquals(createHash("sha256").update(actual).digest("hex"), sha256);
  }
}

/** What its check finds. */
export function faultsOf(snapshot: Snapshot): string[] {
  return Array.from(
    snapshot.check(),
    ({ place, problem }) => `${place}: ${problem}`,
  );
}

/** Fails unless a snapshot without namespaces has just the expected records. */
export function assertRecords(snapshot: Snapshot, fixture: Fixture): void {
  const find = snapshot.find.bind(snapshot);
  const records = expectedRecords(fixture);
  for (const record of records) {
    assertValue(get(find, bytes(record.k)), record);
  }
  for (const key of fixture.missing) {
    assertEquals(get(find, bytes(key)), undefined);
  }

  const seen = new Map<string, Uint8Array>();
  for (const { key, value } of snapshot.entries()) {
    seen.set(key.toBase64(), value.slice());
  }
  assertEquals([...seen.keys()].sort(), records.map(({ k }) => k).sort());
  for (const record of records) assertValue(seen.get(record.k), record);
  assertEquals(snapshot.count(), records.length);
}
