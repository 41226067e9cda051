"""Memory of a worker. Dask has the C library of its workers give back at once what is freed
(`MALLOC_TRIM_THRESHOLD_`), and each tile takes it again, page by page: an eighth of the time.
"""

import ctypes
import os
import sys

# Of malloc.h of the GNU C library, the only one that knows that variable.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3


def keep_for_next_tile() -> None:
    """Has this process keep up to 64 MiB at the end of a heap, and take from heaps what is smaller
    than 16 MiB. Where nobody changed how the C library does it, it finds that out itself."""
    if sys.platform != "linux" or "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(M_TRIM_THRESHOLD, 64 << 20)
        mallopt(M_MMAP_THRESHOLD, 16 << 20)
