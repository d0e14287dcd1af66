/**
 * Where in a configuration file something stands.
 *
 * @module
 */

import { findNodeAtLocation, type Node } from "jsonc-parser";

/** A key path: `["databases", "users", "file"]`. */
export type KeyPath = readonly PropertyKey[];

/** The path as people write it: `listeners[0].addr`. */
export function formatPath(path: KeyPath): string {
  return path.map((part, n) =>
    typeof part === "number"
      ? `[${part}]`
      : n === 0
      ? String(part)
      : `.${String(part)}`
  ).join("");
}

/** The number of the line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; line++) {
    at = text.indexOf("\n", at + 1);
  }
  return line;
}

/** The value at a path, if there is one. */
export function nodeAt(root: Node, path: KeyPath): Node | undefined {
  const parts = path.map((part) =>
    typeof part === "symbol" ? part.toString() : part
  );
  return findNodeAtLocation(root, parts);
}

/** Where the value at a path stands, or what is nearest around it. */
export function offsetOf(root: Node, path: KeyPath): number {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    // A property begins with its key, which may be on an earlier line.
    if (node?.parent?.type === "property") return node.parent.offset;
    if (node !== undefined) return node.offset;
  }
  return root.offset;
}

/** A key that cannot be, whatever its value. */
export interface KeyFault {
  /** The key. */
  readonly path: KeyPath;
  /** Where it stands. */
  readonly offset: number;
  /** What is wrong with it. */
  readonly what: string;
}

/** The keys that an object has twice, and those that a schema would not see. */
export function* keyFaults(
  node: Node,
  path: KeyPath = [],
): Generator<KeyFault> {
  const seen = new Set<string>();
  for (const [n, child] of (node.children ?? []).entries()) {
    if (node.type === "array") yield* keyFaults(child, [...path, n]);
    if (node.type !== "object") continue;
    const [{ value: key, offset }, value] = child.children ?? [];
    const at = { path: [...path, key], offset };
    if (seen.has(key)) yield { ...at, what: "the key is there twice" };
    if (key === "__proto__") yield { ...at, what: "there can be no such key" };
    seen.add(key);
    if (value !== undefined) yield* keyFaults(value, at.path);
  }
}
