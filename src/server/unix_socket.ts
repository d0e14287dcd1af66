/**
 * The files of Unix sockets.
 *
 * @module
 */

/**
 * Makes sure that a socket can be made at `path`: removes one that a server has
 * left behind which is gone.
 *
 * @throws {Deno.errors.AddrInUse} if a server listens there.
 * @throws {Deno.errors.AlreadyExists} if something else is there.
 */
export async function claimSocketPath(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (info === undefined) return;
  if (!info.isSocket) {
    throw new Deno.errors.AlreadyExists(`${path} is there and is not a socket`);
  }
  try {
    using _peer = await Deno.connect({ path, transport: "unix" });
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    await Deno.remove(path);
    return;
  }
  throw new Deno.errors.AddrInUse(`a server listens on ${path}`);
}

/** Removes the socket of a server that has stopped. */
export async function removeSocket(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
