# SPDX-License-Identifier: GPL-2.0-or-later
"""Carries the engine's progress to a Processing feedback: the bar, and now and then rate and
time left."""

import time

LOG_EVERY = 5.0  # seconds, and ever more seldom in a long run


class Progress:
    """Callable as the engine's progress callback. Cancels the engine when the user cancels."""

    def __init__(self, feedback, megapixels=None, idle=None, clock=time.monotonic):
        self._feedback = feedback
        self._idle = idle  # called each time, several times a second
        self._megapixels = megapixels  # of the result, if known
        self._clock = clock
        self._start = self._logged = clock()
        self._fraction, self._reached = (
            0.0,
            0.0,
        )  # the last step, and the seconds it took to get there

    def __call__(self, fraction, message):
        if message:
            self._feedback.pushInfo(message)
        self._feedback.setProgress(100.0 * fraction)
        now = self._clock()
        elapsed = now - self._start
        if fraction > self._fraction:
            self._fraction, self._reached = fraction, elapsed
        if now - self._logged >= max(LOG_EVERY, elapsed / 10):
            self._logged = now
            self._feedback.pushInfo(self._line(elapsed))
        if self._idle:
            self._idle()
        return not self._feedback.isCanceled()

    def _line(self, elapsed):
        """The engine's fraction grows tile by tile, so speed is measured at the end of the last
        tile."""
        done = self._fraction
        parts = [f"{100 * done:.0f} %", f"{duration(elapsed)} elapsed"]
        if done > 0:
            if self._megapixels:
                parts.append(f"{self._megapixels * done / self._reached:.3g} Mpx/s")
            left = self._reached / done - elapsed
            if (
                left > 0
            ):  # else this tile takes longer than those before, and there is nothing to say
                parts.append(f"{duration(left)} left")
        return ", ".join(parts)


def duration(seconds):
    seconds = int(round(seconds))
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes:
        return f"{minutes} min {seconds:02d} s"
    return f"{seconds} s"
