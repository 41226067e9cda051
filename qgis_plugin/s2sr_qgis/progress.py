# SPDX-License-Identifier: GPL-2.0-or-later
"""Carries the engine's progress to a Processing feedback: the bar, and now and then rate and time left."""

import time

LOG_EVERY = 5.0  # seconds


class Progress:
    """Callable as the engine's progress callback. Cancels the engine when the user cancels."""

    def __init__(self, feedback, megapixels=None, clock=time.monotonic):
        self._feedback = feedback
        self._megapixels = megapixels  # of the result, if known
        self._clock = clock
        self._start = self._logged = clock()

    def __call__(self, fraction, message):
        if message:
            self._feedback.pushInfo(message)
        self._feedback.setProgress(100.0 * fraction)
        now = self._clock()
        if now - self._logged >= LOG_EVERY:
            self._logged = now
            self._feedback.pushInfo(self._line(fraction, now - self._start))
        return not self._feedback.isCanceled()

    def _line(self, fraction, elapsed):
        parts = [f"{100 * fraction:.0f} %", f"{duration(elapsed)} elapsed"]
        if fraction > 0:  # not before the first tile is done
            if self._megapixels:
                parts.append(f"{self._megapixels * fraction / elapsed:.3g} Mpx/s")
            parts.append(f"{duration(elapsed * (1 - fraction) / fraction)} left")
        return ", ".join(parts)


def duration(seconds):
    seconds = int(round(seconds))
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes:
        return f"{minutes} min {seconds:02d} s"
    return f"{seconds} s"
