"""Progress for people: tqdm's bar where tqdm is installed, a line on standard error where it is
not.

Ctrl-C cancels: the library asks the progress function several times a second, on the calling
thread.
"""

import contextlib
import logging
import signal
import sys
import threading
from typing import Callable, Iterator, Union

Progress = Union[bool, None, Callable[[float, str], object]]
STEPS = 1000

log = logging.getLogger("s2sr")


@contextlib.contextmanager
def shown(progress: Progress, title: str = "s2sr") -> Iterator[Callable[[float, str], bool]]:
    """A progress function for the library. KeyboardInterrupt comes out once the work has ended."""
    interrupted = threading.Event()
    with _bar(progress, title) as tell, _hear(interrupted):

        def forward(fraction, message):
            if message:
                log.info(message)
            answer = tell(fraction, message)
            return not (_is_false(answer) or interrupted.is_set())

        try:
            yield forward
        finally:
            if interrupted.is_set():
                raise KeyboardInterrupt from None


def _is_false(answer):
    """False, numpy's too; nothing and 0 are what functions return that say nothing."""
    return type(answer).__name__ in ("bool", "bool_") and not answer


@contextlib.contextmanager
def _hear(interrupted):
    """Ctrl-C is remembered instead of raised wherever Python happens to be, which may be on the
    way to C."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def _bar(progress, title):
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda fraction, message: True
    else:
        bar = _make_bar(title)
        try:
            yield bar.tell
        finally:
            bar.close()


def _make_bar(title):
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Line(title)
    return _Tqdm(tqdm(total=STEPS, desc=title, bar_format="{l_bar}{bar}| {elapsed}<{remaining}"))


class _Tqdm:
    def __init__(self, bar):
        self.bar = bar

    def tell(self, fraction, message):
        if message:
            self.bar.write(f"note: {message}", file=sys.stderr)
        self.bar.update(max(0, int(fraction * STEPS) - self.bar.n))
        return True

    def close(self):
        self.bar.close()


class _Line:
    WIDTH = 30

    def __init__(self, title):
        self.title = title
        self.last = -1

    def tell(self, fraction, message):
        if message:
            print(f"\rnote: {message}", file=sys.stderr)
        if int(100 * fraction) != self.last:
            self.last = int(100 * fraction)
            done = "#" * int(self.WIDTH * fraction)
            print(
                f"\r{self.title}: {self.last:3d} % |{done:{self.WIDTH}}|",
                end="",
                file=sys.stderr,
                flush=True,
            )
        return True

    def close(self):
        print(file=sys.stderr)
