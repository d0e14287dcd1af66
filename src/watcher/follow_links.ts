/**
 * The way to a file: all symbolic links on it, and whose they are.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";

/** More links than that are a circle, as to Linux. */
const MAX_LINKS = 40;

/** That others may go through a directory. */
const OTHERS_PASS = 0o001;

/** A symbolic link. */
export interface Link {
  /** Where it lies. */
  readonly path: string;
  /** Its owner. */
  readonly uid: number;
  /** The owner of the directory that it lies in. */
  readonly directoryUid: number;
}

/** Where a path leads. */
export interface Destination {
  /** What is there. */
  readonly info: Deno.FileInfo;
  /** The directory that it lies in. */
  readonly directory: Deno.FileInfo;
  /** The links on the way, in their order. */
  readonly links: readonly Link[];
  /** Whether the last name of the path itself is a link. */
  readonly isLink: boolean;
  /** Whether anybody may get there. */
  readonly isOpen: boolean;
}

/**
 * Goes from the root along a path and all links.
 *
 * @throws {Deno.errors.NotFound} if it leads nowhere, or in a circle.
 */
export async function followLinks(path: string): Promise<Destination> {
  const links: Link[] = [];
  let isLink = false, isOpen = true;
  let at = "/", info = await look("/"), directory = info;
  const rest = resolve(path).split("/").reverse();
  while (rest.length > 0) {
    const name = rest.pop()!;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = dirname(at);
      info = await look(at);
      continue;
    }
    directory = await look(at);
    isOpen &&= ((directory?.mode ?? OTHERS_PASS) & OTHERS_PASS) !== 0;
    const next = join(at, name);
    info = await look(next);
    if (!info?.isSymlink) {
      at = next;
      continue;
    }
    if (links.length === MAX_LINKS) {
      throw new Deno.errors.NotFound(`${path}: too many symbolic links`);
    }
    const [uid, directoryUid] = [info.uid ?? 0, directory?.uid ?? 0];
    links.push({ path: next, uid, directoryUid });
    isLink ||= rest.length === 0;
    const target = await Deno.readLink(next);
    if (target.startsWith("/")) at = "/";
    rest.push(...target.split("/").reverse());
  }
  info ??= await Deno.stat(path);
  return { info, directory: directory ?? info, links, isLink, isOpen };
}

/** @returns `undefined` where the program may not look: that counts as no link. */
async function look(path: string): Promise<Deno.FileInfo | undefined> {
  // Else Deno would ask the user.
  const { state } = Deno.permissions.querySync({ name: "read", path });
  return state === "granted" ? await Deno.lstat(path) : undefined;
}
