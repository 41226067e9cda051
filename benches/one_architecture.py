"""Takes the GPU code of all architectures but one out of a library of CUDA's.

  benches/one_architecture.py LIBRARY ARCHITECTURE
ARCHITECTURE as in 90, for sm_90. The library stays as long as it was and keeps its layout, with
zeros where the code was, which pack well. Where a part has no code for that architecture, all of it
stays.
"""

import struct
import sys
from pathlib import Path

# A container of GPU code ("fatbin"): magic number, version, length of this header, length of what
# follows. Then for each piece of code: kind (2: machine code), a number, length of its header,
# length of the code; the architecture 28 bytes from its beginning.
MAGIC = struct.pack("<IHH", 0xBA55ED50, 1, 16)
MACHINE_CODE = 2


def pieces(content, start):
    """(architecture or None, where its code begins, where it ends) of each piece in a container."""
    (length,) = struct.unpack_from("<Q", content, start + len(MAGIC))
    at, end = start + 16, start + 16 + length
    while at < end:
        kind, _, header, size = struct.unpack_from("<HHIQ", content, at)
        (architecture,) = struct.unpack_from("<I", content, at + 28)
        yield architecture if kind == MACHINE_CODE else None, at + header, at + header + size
        at += header + size


def main():
    library, wanted = Path(sys.argv[1]), int(sys.argv[2])
    content = bytearray(library.read_bytes())
    taken, start = 0, content.find(MAGIC)
    while start >= 0:
        found = list(pieces(content, start))
        if any(architecture == wanted for architecture, _, _ in found):
            for architecture, begin, end in found:
                if architecture != wanted:
                    content[begin:end] = bytes(end - begin)
                    taken += end - begin
        start = content.find(MAGIC, start + len(MAGIC))
    if not taken:
        sys.exit(f"{library} has no code for sm_{wanted} beside other code")
    library.write_bytes(content)


if __name__ == "__main__":
    main()
