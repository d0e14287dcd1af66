/** Others that use an LMDB file at the same time. */

/**
 * A program for Python: it commits `one` and then `two` under the key `k`, and
 * then reads that, and writes something else that it does not commit. Its
 * arguments are the path, and `True` if that is a directory.
 */
export const LMDB_USERS = `
import lmdb, sys
env = lmdb.open(sys.argv[1], subdir=sys.argv[2] == "True")
for value in (b"one", b"two"):
    with env.begin(write=True) as txn: txn.put(b"k", value)
reader = env.begin()
assert reader.get(b"k") == b"two"
writer = env.begin(write=True)
writer.put(b"k", b"not committed")
print("open", flush=True)
sys.stdin.read()
`;
