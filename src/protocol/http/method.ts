/**
 * Request methods (RFC 9110, section 9; names are case-sensitive).
 *
 * @module
 */

/** What is to be done. */
export enum Method {
  /** Give it. */
  Get,
  /** Tell what a GET would give. */
  Head,
  /** Take this. */
  Post,
  /** Tell what can be done. */
  Options,
  /** Put this in its place. */
  Put,
  /** Change it. */
  Patch,
  /** Remove it. */
  Delete,
  /** Something that is done nowhere here. */
  Other,
}

const NAMES = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
  .map((name) => new TextEncoder().encode(name));

/** The method that `bytes[start, end)` names. */
export function methodOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): Method {
  for (let method = 0; method < NAMES.length; method++) {
    const name = NAMES[method];
    if (name.length !== end - start) continue;
    let i = 0;
    while (i < name.length && bytes[start + i] === name[i]) i++;
    if (i === name.length) return method;
  }
  return Method.Other;
}

/** Whether it would change a value. */
export function isWrite(method: Method): boolean {
  return method === Method.Post || method === Method.Put ||
    method === Method.Patch || method === Method.Delete;
}
