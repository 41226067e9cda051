# SPDX-License-Identifier: MIT OR Apache-2.0
"""Calls that come back to Python while they run, and the end of the interpreter.

A thread that comes back once the interpreter has ended takes the process down, and leaves half of a
file behind. So what daemon threads do then is cancelled, and waited for.
"""

import atexit
import os
import threading
import time
from contextlib import contextmanager

from .errors import CANCELLED, EngineCancelled

# Seconds that the end waits for calls, which hear of it several times a second, but for those whose
# progress function waits itself.
PATIENCE = 10

_calls: set = set()
_ended_by = None  # the thread in which the interpreter ends


def goes_on():
    """Whether a call of this thread may go on."""
    return _ended_by in (None, threading.get_ident())


@contextmanager
def call():
    """Around a call that comes back to Python."""
    this = object()
    _calls.add(this)  # before the look, so that the end waits for it or is seen by it
    try:
        if not goes_on():
            raise EngineCancelled("cancelled, since Python ends", CANCELLED)
        yield
    finally:
        _calls.discard(this)


@atexit.register
def _end():
    global _ended_by
    _ended_by = threading.get_ident()
    deadline = time.monotonic() + PATIENCE
    while _calls and time.monotonic() < deadline:
        time.sleep(0.01)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_calls.clear)  # their threads did not come along
