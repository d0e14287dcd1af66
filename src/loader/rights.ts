/**
 * Who may read what is copied or put aside: nobody who may not read the original.
 *
 * @module
 */

const GROUP = 0o070, OTHERS = 0o007;
/** What `rejected/` is: files lie there that are nobody else's business. */
const PRIVATE_MODE = 0o700;

/** What a copy is before {@linkcode keepRights} has been called: ours alone. */
export const COPY_MODE = 0o600;

/**
 * Gives a copy its original's owner and group where we may, and its mode. Where
 * the group has to be another one, that gets no rights by it, and others get
 * none that the group does not have. We can always read it ourselves.
 *
 * @param original what the system tells of it.
 */
export async function keepRights(
  path: string,
  { mode, uid, gid }: Pick<Deno.FileInfo, "mode" | "uid" | "gid">,
): Promise<void> {
  if (mode === null) return; // Windows: a copy has the rights of its directory.
  await Deno.chown(path, uid, gid)
    .catch(() => Deno.chown(path, null, gid))
    .catch(() => {}); // Only root, and members of the group, may.
  const copy = await Deno.stat(path);
  let kept = mode & 0o777;
  if (copy.gid !== gid) kept &= ~GROUP & ~(OTHERS & ~(mode >> 3));
  if (copy.uid !== uid) kept |= 0o400;
  await Deno.chmod(path, kept);
}

/** Makes a directory that only we may look into, or makes it such. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: PRIVATE_MODE });
  await makePrivate(path);
}

/** Takes everybody else's rights to a directory away, if there is one. */
export async function makePrivate(path: string): Promise<void> {
  const mode = await Deno.stat(path).then(({ mode }) => mode, () => null);
  if (mode === null || (mode & (GROUP | OTHERS)) === 0) return;
  // That it is somebody else's is no reason to keep a bad file in a slot.
  await Deno.chmod(path, mode & PRIVATE_MODE).catch(() => {});
}
