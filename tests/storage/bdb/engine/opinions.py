"""Says what the real engine thinks of files: `opinions.py FILE...`. What it prints
for each is told in tests/storage/engines.ts; a record is the name of its database
(none: the only one), its key and the first of its data.
"""

import hashlib
import subprocess
import sys

from bsddb3 import db


def verified(path):
    run = subprocess.run(["db5.3_verify", path], capture_output=True)
    if run.returncode < 0:
        print("fault the engine is ended by signal", -run.returncode)
    elif run.returncode > 0:
        print("fault it fails")
    for line in run.stderr.decode("latin1").splitlines():
        if run.returncode != 0 and "BDB" in line and "BDB0090" not in line:
            print("fault", line[line.index("BDB"):])


def opened(path, name=None):
    d = db.DB()
    d.open(path, name, db.DB_UNKNOWN, db.DB_RDONLY)
    return d


def records(path, name, lines):
    d = opened(path, name)
    if d.get_type() not in (db.DB_BTREE, db.DB_HASH):
        d.close()
        return
    # In a hash, libdb's own search can miss long keys that it has written.
    is_tree = d.get_type() == db.DB_BTREE
    cursor = d.cursor()
    pair = cursor.first()
    while pair is not None:
        key, value = pair
        if is_tree and d.get(key) != value:
            print("fault a get of", key.hex(), "gives other data than a walk")
        lines.append(" ".join(
            part.hex() for part in ((name or "").encode(), key, value)) + "\n")
        pair = cursor.next_nodup()
    cursor.close()
    d.close()


def examine(path):
    verified(path)
    lines = []
    try:
        names = named(path)
        if any("\0" in (name or "") for name in names):
            raise UnicodeError
        for name in names:
            try:
                records(path, name, lines)
            except db.DBInvalidArgError:
                continue
    except db.DBError as error:
        print("fault", error)
        return
    except UnicodeError:
        # bsddb3 does not open a database of such a name.
        return
    lines.sort()
    print("records", hashlib.md5("".join(lines).encode()).hexdigest())


def named(path):
    """The names of the databases in a file; no name if there is only one."""
    with open(path, "rb") as file:
        page = file.read(512)
    little = page[12:16] == b"\x62\x31\x05\x00"
    flags = int.from_bytes(page[48:52], "little" if little else "big")
    if page[25] != 9 or flags & 0x20 == 0:
        return [None]
    d = opened(path)
    names = [name.decode("utf-8") for name in d.keys()]
    d.close()
    return names


for path in sys.argv[1:]:
    print("file", path)
    examine(path)
    print("done", flush=True)
