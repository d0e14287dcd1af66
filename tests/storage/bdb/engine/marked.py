"""Makes files with items that are marked as deleted, and still on their pages:
what is copied while cursors stand on them. `marked.py FOLDER` prints what a get
must give then, as lines of JSON: the file, the key and the value in hexadecimal
digits.
"""

import json
import os
import sys

from bsddb3 import db


def make(folder, name, pairs, drop, flags=0, page=512, kind=db.DB_BTREE):
    path = os.path.join(folder, name)
    if os.path.exists(path):
        os.remove(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    d = db.DB()
    d.set_pagesize(page)
    if flags:
        d.set_flags(flags)
    d.open(path, None, kind, db.DB_CREATE)
    for key, value in pairs:
        d.put(key, value)
    cursors = []
    for key, value in drop:
        cursor = d.cursor()
        if d.get_flags() & db.DB_DUP:
            assert cursor.get_both(key, value)
        else:
            assert cursor.set(key)
        cursor.delete()
        cursors.append(cursor)
    d.sync()
    with open(path, "rb") as file:
        copy = file.read()
    for cursor in cursors:
        cursor.close()
    d.close()
    with open(path, "wb") as file:
        file.write(copy)
    told(path, name)


def told(path, name):
    d = db.DB()
    d.open(path, None, db.DB_UNKNOWN, db.DB_RDONLY)
    keys = sorted(set(d.keys()))
    for key in keys:
        value = d.get(key)
        if value is not None:
            print(json.dumps([name, key.hex(), value.hex()]))
    d.close()


def main(folder):
    numbered = [(b"u/%05da" % (n * 127), b"value %d" % n) for n in range(60)]
    make(folder, "bdb/bt-recnum-marked.db", numbered,
         [pair for n, pair in enumerate(numbered) if n % 8 == 3], db.DB_RECNUM)
    several = [(b"k%02d" % (n // 3), b"%d" % (n * 7 % 10)) for n in range(60)]
    several += [(b"empties", b""), (b"empties", b"x"), (b"many", b"")]
    several += [(b"many", b"item %d" % n) for n in range(80)]
    drop = [several[n] for n in range(60) if n % 9 < 4] + [(b"many", b"")]
    make(folder, "bdb/bt-dup-marked.db", several, drop, db.DB_DUP)
    make(folder, "bdb/h-dup-marked.db", several, drop, db.DB_DUP, 1024, db.DB_HASH)
    records = []
    for n in range(30):
        key = b"key-%d" % (n // 2)
        data = b"data %d" % n
        suffix = b" %d %d\r\n" % (n, len(data))
        head = (len(data) + 2).to_bytes(4, "little") + bytes([len(suffix), len(key), 0, 0])
        records.append((key, head + key + b"\0" + suffix + data + b"\r\n"))
    make(folder, "memcachedb/dup.db", records, [], db.DB_DUP, 1024)


main(sys.argv[1])
