"""What the real GDBM library says of files; see EngineProgram in engines.ts."""

import ctypes
import dbm.gnu
import hashlib
import sys

library = ctypes.CDLL("libgdbm.so.6")
library.gdbm_errno_location.restype = ctypes.POINTER(ctypes.c_int)
library.gdbm_strerror.restype = ctypes.c_char_p
ITEM_NOT_FOUND = 15


def check_end():
    """Python takes an error for the end of the walk."""
    code = library.gdbm_errno_location()[0]
    if code not in (0, ITEM_NOT_FOUND):
        raise OSError(library.gdbm_strerror(code).decode())


for path in sys.argv[1:]:
    print("file", path, flush=True)
    try:
        lines = []
        with dbm.gnu.open(path, "r") as database:
            key = database.firstkey()
            while key is not None:
                value = database[key]
                lines.append(" ".join(["", key.hex(), value.hex()]) + "\n")
                if len(lines) > 100_000:
                    raise OverflowError("the walk does not end")
                key = database.nextkey(key)
            check_end()
        digest = hashlib.md5("".join(sorted(lines)).encode()).hexdigest()
        print("records", digest)
    except Exception as error:
        print("fault", repr(error).replace("\n", " "))
    print("done", flush=True)
