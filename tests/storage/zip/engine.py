"""What Python's zipfile says of files; see EngineProgram in engines.ts."""

import hashlib
import sys
import zipfile

for path in sys.argv[1:]:
    print("file", path, flush=True)
    try:
        contents = {}
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    # Names are read as cp437 where no flag says UTF-8.
                    utf8 = info.flag_bits & 0x800
                    name = info.orig_filename.encode("utf-8" if utf8 else "cp437")
                    contents[name] = archive.read(info)
        lines = sorted(f" {k.hex()} {v.hex()}\n" for k, v in contents.items())
        print("records", hashlib.md5("".join(lines).encode()).hexdigest())
    except Exception as error:
        print("fault", repr(error).replace("\n", " "))
    print("done", flush=True)
