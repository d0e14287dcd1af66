"""Says what the real engine thinks of files: `opinions.py FILE...`. What it prints
for each is told in tests/storage/engines.ts; a record is the name of its database
(none: the main one), its key and the first of its values. liblmdb has no program
that checks a file: it is read whole, and each key is looked up.
"""

import hashlib
import sys

import lmdb


def examine(path):
    lines = []
    try:
        env = lmdb.open(path, subdir=False, readonly=True, lock=False, max_dbs=64)
    except lmdb.Error as error:
        print("fault", error)
        return
    try:
        main = env.open_db(None)
        with env.begin() as txn:
            keys = [key for key in txn.cursor(db=main).iternext_nodup(values=False)]
        named = {}
        for key in keys:
            try:
                named[key] = env.open_db(key, create=False)
            except (lmdb.IncompatibleError, lmdb.NotFoundError, lmdb.BadValsizeError):
                continue
        records(env, b"", main, lines, named)
        for name, db in named.items():
            records(env, name, db, lines, {})
        # liblmdb takes names as C strings: it finds none with a NUL in it.
        if any(b"\0" in key for key in keys):
            return
        lines.sort()
        print("records", hashlib.md5("".join(lines).encode()).hexdigest())
    except lmdb.Error as error:
        print("fault", error)
    finally:
        env.close()


def records(env, name, db, lines, left_out):
    with env.begin(db=db) as txn:
        for key, value in txn.cursor().iternext_nodup(values=True):
            if key in left_out:
                continue
            if txn.get(key) != value:
                print("fault a get of", key.hex(), "gives another value than a walk")
            lines.append(" ".join(part.hex() for part in (name, key, value)) + "\n")


for path in sys.argv[1:]:
    print("file", path)
    examine(path)
    print("done", flush=True)
