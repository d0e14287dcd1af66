/** Files that are built for a test, and what is read back from them. */

import { Buffer } from "node:buffer";
import {
  build,
  type BuildOptions,
  type BuildSummary,
} from "../../src/build/build.ts";
import { createStorage } from "../../src/storage/registry.ts";
import { Value } from "../../src/storage/storage.ts";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { fullKey } from "../../src/cli/keys.ts";

/** A record as two strings, whose characters stand for bytes. */
export type Pair = readonly [key: string, value: string];

/** All formats that can be built. */
export const FORMATS = [
  "json",
  "boltdb",
  "bdb",
  "memcachedb-bdb",
  "lmdb",
  "cdb",
  "sqlite",
] as const;

/** The bytes that the characters of a string stand for. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** The string whose characters stand for bytes. */
export function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Lines of quoted fields: key, value, and the namespace if there is one. */
export function csv(lines: readonly (readonly string[])[]): Uint8Array {
  return toBytes(
    lines.map((line) =>
      line.map((field) => `"${field.replaceAll('"', '""')}"`).join(",") + "\n"
    ).join(""),
  );
}

/**
 * Builds a file, and says nothing meanwhile.
 *
 * @param warnings takes what the program would print as warnings.
 */
export function buildQuietly(
  options: Partial<BuildOptions> & Pick<BuildOptions, "inputs" | "to" | "out">,
  warnings: string[] = [],
): Promise<BuildSummary> {
  return build({
    open: {},
    fields: { key: "1", value: "2", namespace: undefined },
    bucket: "default",
    md5: false,
    ...options,
  }, { read() {}, written() {}, warning: (text) => warnings.push(text) });
}

/** Builds a file `data` from pairs, in a directory. */
export async function buildPairs(
  directory: string,
  to: string,
  pairs: readonly Pair[],
  options: Partial<BuildOptions> = {},
): Promise<string> {
  const input = `${directory}/input.csv`, out = `${directory}/data`;
  await Deno.writeFile(input, csv(pairs));
  await buildQuietly({ inputs: [input], to, out, ...options });
  return out;
}

/**
 * What a server would find in a file: all keys that it lists, each looked up.
 * Fails if the file has a fault.
 */
export async function readBack(
  path: string,
  format: string,
  namespaced = false,
): Promise<Map<string, string>> {
  const plain = createStorage(format);
  const storage = namespaced ? new NamespacedStorage(plain, ":") : plain;
  const data = await storage.open(path, {});
  const snapshot = storage.attach(data);
  try {
    for (const { place, problem } of snapshot.check()) {
      throw new Error(`${format}: ${place}: ${problem}`);
    }
    const keys: Uint8Array[] = [];
    for (const entry of snapshot.entries()) keys.push(fullKey(entry).slice());
    const found = new Map<string, string>();
    const value = new Value();
    for (const key of keys) {
      if (!snapshot.find(key, 0, key.length, value)) {
        throw new Error(`${format}: ${fromBytes(key)} is listed, not found`);
      }
      found.set(
        fromBytes(key),
        fromBytes(value.bytes.slice(value.start, value.end)),
      );
    }
    if (found.size !== keys.length) throw new Error(`${format}: a key twice`);
    return found;
  } finally {
    snapshot.close?.();
    storage.close(data);
  }
}

/** Pairs in no order, a few of them with equal keys; always the same ones. */
export function randomPairs(seed: number, count: number): Pair[] {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const bytes = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(random(256))).join("");
  return Array.from({ length: count }, (): Pair => {
    const kind = random(100);
    const key = kind < 50
      ? `key:${random(count)}`
      : bytes(1 + random(kind < 98 ? 12 : 250));
    const size = kind % 25 === 0 ? random(20_000) : random(120);
    return [key, bytes(size)];
  });
}
