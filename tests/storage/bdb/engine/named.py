"""Makes a file with several databases: `named.py FILE` prints their records, as
lines of JSON: the database, the key and the value in hexadecimal digits.
"""

import json
import os
import sys

from bsddb3 import db


def put(path, name, pairs, kind=db.DB_BTREE, flags=0):
    d = db.DB()
    d.set_pagesize(512)
    if flags:
        d.set_flags(flags)
    d.open(path, name, kind, db.DB_CREATE)
    for key, value in pairs:
        d.put(key, value)
    d.close()


def main(path):
    if os.path.exists(path):
        os.remove(path)
    few = [(b"key %d" % n, b"value %d" % n) for n in range(12)]
    many = [(b"%04d" % (n * 7919 % 9973), b"number %d" % n) for n in range(150)]
    several = [(b"k%d" % (n % 9), b"%d" % n) for n in range(70)]
    put(path, "few", few)
    put(path, "many", many)
    put(path, "several", several, flags=db.DB_DUP)
    put(path, "sorted", several, flags=db.DB_DUP | db.DB_DUPSORT)
    put(path, "hash", many, db.DB_HASH)
    put(path, "void", [])
    for name in ["few", "many", "several", "sorted", "hash", "void"]:
        d = db.DB()
        d.open(path, name, db.DB_UNKNOWN, db.DB_RDONLY)
        for key in sorted(set(d.keys())):
            print(json.dumps([name, key.hex(), d.get(key).hex()]))
        d.close()


main(sys.argv[1])
