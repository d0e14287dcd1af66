"""Says what the real engine thinks of files: `opinions.py FILE...`. What it prints
for each is told in tests/storage/engines.ts. The engine is tinycdb's library.
"""

import ctypes
import hashlib
import os
import sys

cdb = ctypes.CDLL("libcdb.so.1")
START = 2048


class Cdb(ctypes.Structure):
    """`struct cdb` of <cdb.h>."""

    _fields_ = [
        ("fd", ctypes.c_int),
        ("fsize", ctypes.c_uint),
        ("dend", ctypes.c_uint),
        ("mem", ctypes.c_void_p),
        ("vpos", ctypes.c_uint),
        ("vlen", ctypes.c_uint),
        ("kpos", ctypes.c_uint),
        ("klen", ctypes.c_uint),
    ]


def examine(path):
    file = Cdb()
    fd = os.open(path, os.O_RDONLY)
    try:
        if cdb.cdb_init(ctypes.byref(file), fd) != 0:
            print("fault it cannot be opened")
            return
        walk(file, open(path, "rb").read())
        cdb.cdb_free(ctypes.byref(file))
    finally:
        os.close(fd)


def walk(file, data):
    at = ctypes.c_uint(START)
    found = {}
    while True:
        status = cdb.cdb_seqnext(ctypes.byref(at), ctypes.byref(file))
        if status <= 0:
            break
        key = data[file.kpos:file.kpos + file.klen]
        if key in found:
            continue
        value = data[file.vpos:file.vpos + file.vlen]
        if cdb.cdb_find(ctypes.byref(file), key, len(key)) != 1:
            print("fault", key.hex(), "is not found")
        elif data[file.vpos:file.vpos + file.vlen] != value:
            print("fault", key.hex(), "is found with another value")
        found[key] = value
    if status < 0:
        print("fault the records end too early")
    lines = [" ".join(("", key.hex(), value.hex())) + "\n" for key, value in found.items()]
    lines.sort()
    print("records", hashlib.md5("".join(lines).encode()).hexdigest())


for path in sys.argv[1:]:
    print("file", path)
    examine(path)
    print("done", flush=True)
