"""Says what the real engine thinks of files: `opinions.py FILE...`. What it prints
for each is told in tests/storage/engines.ts.
"""

import sqlite3
import sys


def examine(path):
    try:
        connection = sqlite3.connect("file:%s?immutable=1" % path, uri=True)
        for (text,) in connection.execute("PRAGMA integrity_check(100)"):
            if text != "ok":
                print("fault", text.replace("\n", " "))
        connection.close()
    except sqlite3.Error as error:
        print("fault", error)


for path in sys.argv[1:]:
    print("file", path)
    examine(path)
    print("done", flush=True)
