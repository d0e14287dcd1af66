/**
 * Paths, taken apart as bytes: keys may be any bytes, so a path is not decoded as
 * text.
 *
 * ```text
 * /                             the server
 * /v1                           the databases
 * /v1/DATABASE:batchGet         the values of many keys
 * /v1/DATABASE/KEY              a value
 * /v1/DATABASE/NAMESPACE/KEY    a value
 * /openapi.json                 the description of all this
 * ```
 *
 * `%XX` stands for a byte, also for a slash within a key (`%2F`). A `+` is a `+`.
 * The query is ignored.
 *
 * @module
 */

import type { LookupKey } from "./lookup.ts";
import { hexDigit } from "./request_body.ts";

const SLASH = 0x2f, PERCENT = 0x25, QUESTION = 0x3f, COLON = 0x3a;

const encoder = new TextEncoder();
const V1 = encoder.encode("v1");
const OPENAPI = encoder.encode("openapi.json");
const BATCH_GET = encoder.encode("batchGet");

/** More slashes than these are in no path that leads anywhere. */
const MOST_SLASHES = 4;

/** Where a path leads. */
export enum PathKind {
  /** To a value. */
  Value,
  /** To the values of many keys. */
  Batch,
  /** To the server as such. */
  Root,
  /** To the list of databases. */
  Databases,
  /** To the description. */
  Description,
  /** Nowhere. */
  Nowhere,
  /** A percent sign in it is not followed by two hexadecimal digits. */
  BadEscape,
}

/** The parts of one path; made once, and used again for each request. */
export class Path implements LookupKey {
  /** Holds the parts. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the database begins. */
  databaseStart = 0;
  /** Where it ends. */
  databaseEnd = 0;
  /** Whether there is a namespace. */
  namespaced = false;
  /** Where the namespace begins. */
  namespaceStart = 0;
  /** Where it ends. */
  namespaceEnd = 0;
  /** Where the key begins. */
  start = 0;
  /** Where the key ends. */
  end = 0;
  /** Holds a path without its escapes. */
  #decoded: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** Where the slashes are. */
  readonly #slashes = new Int32Array(MOST_SLASHES);

  /** Takes the path `bytes[start, end)` apart, which may have a query. */
  read(bytes: Uint8Array, start: number, end: number): PathKind {
    const slashes = this.#slashes;
    this.bytes = bytes;
    let count = 0;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === SLASH) {
        if (count < MOST_SLASHES) slashes[count] = at;
        count++;
      } else if (byte === QUESTION) break;
      else if (byte === PERCENT) {
        count = this.#decode(bytes, start, end);
        if (count < 0) return PathKind.BadEscape;
        start = 0;
        at = this.end;
        break;
      }
    }
    return this.#lead(start, at, count);
  }

  /** The name of the database, a character a byte. */
  database(): string {
    let name = "";
    for (let at = this.databaseStart; at < this.databaseEnd; at++) {
      name += String.fromCharCode(this.bytes[at]);
    }
    return name;
  }

  /** Tells where `bytes[start, end)` leads, which has `count` slashes. */
  #lead(start: number, end: number, count: number): PathKind {
    const slashes = this.#slashes;
    // A URL that ends with its host has a path of nothing.
    if (end - start === count && count < 2) return PathKind.Root;
    if (count === 0 || count > MOST_SLASHES || slashes[0] !== start) {
      return PathKind.Nowhere;
    }
    if (!this.#is(V1, start + 1, count === 1 ? end : slashes[1])) {
      return count === 1 && this.#is(OPENAPI, start + 1, end)
        ? PathKind.Description
        : PathKind.Nowhere;
    }
    if (count === 1) return PathKind.Databases;
    this.databaseStart = slashes[1] + 1;
    if (count === 2) return this.#action(end);
    this.databaseEnd = slashes[2];
    this.namespaced = count === 4;
    this.namespaceStart = slashes[2] + 1;
    this.namespaceEnd = this.namespaced ? slashes[3] : slashes[2] + 1;
    this.start = this.namespaced ? slashes[3] + 1 : slashes[2] + 1;
    this.end = end;
    return PathKind.Value;
  }

  /** `DATABASE:batchGet` */
  #action(end: number): PathKind {
    const colon = end - BATCH_GET.length - 1;
    if (
      colon < this.databaseStart || this.bytes[colon] !== COLON ||
      !this.#is(BATCH_GET, colon + 1, end)
    ) return PathKind.Nowhere;
    this.databaseEnd = colon;
    return PathKind.Batch;
  }

  /** Resolves escapes; returns how many slashes there are, or -1. */
  #decode(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.#decoded.length) {
      this.#decoded = new Uint8Array(2 * (end - start));
    }
    const decoded = this.bytes = this.#decoded;
    let count = 0, to = 0;
    for (let at = start; at < end && bytes[at] !== QUESTION; at++) {
      const byte = bytes[at];
      if (byte === PERCENT) {
        const high = at + 2 < end ? hexDigit(bytes[at + 1]) : -1;
        const low = at + 2 < end ? hexDigit(bytes[at + 2]) : -1;
        if (high < 0 || low < 0) return -1;
        decoded[to++] = high << 4 | low;
        at += 2;
        continue;
      }
      if (byte === SLASH) {
        if (count < MOST_SLASHES) this.#slashes[count] = to;
        count++;
      }
      decoded[to++] = byte;
    }
    this.end = to;
    return count;
  }

  #is(name: Uint8Array, start: number, end: number): boolean {
    if (end - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) {
      if (this.bytes[start + i] !== name[i]) return false;
    }
    return true;
  }
}
