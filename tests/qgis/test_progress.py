# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress lines; no QGIS needed."""

from s2sr_qgis.progress import Progress, duration


class Feedback:
    def __init__(self):
        self.lines, self.bar, self.cancelled = [], [], False

    def pushInfo(self, text):
        self.lines.append(text)

    def setProgress(self, value):
        self.bar.append(value)

    def isCanceled(self):
        return self.cancelled


def test_rate_and_time_left_now_and_then():
    now = [0.0]
    feedback = Feedback()
    progress = Progress(feedback, megapixels=120, clock=lambda: now[0])
    for second in range(21):
        now[0] = second
        assert progress(second / 100, "") is True
    assert feedback.bar[-1] == 20
    assert feedback.lines[0] == "5 %, 5 s elapsed, 1.2 Mpx/s, 1 min 35 s left"
    assert len(feedback.lines) == 4


def test_time_left_runs_down_within_a_tile():
    now = [0.0]
    feedback = Feedback()
    progress = Progress(feedback, megapixels=1, clock=lambda: now[0])
    for second, fraction in ((0, 0.0), (10, 0.25), (16, 0.25)):
        now[0] = second
        progress(fraction, "")
    assert feedback.lines[-1] == "25 %, 16 s elapsed, 0.025 Mpx/s, 24 s left"
    now[0] = 50
    progress(0.25, "")
    assert feedback.lines[-1] == "25 %, 50 s elapsed, 0.025 Mpx/s"


def test_a_long_run_is_logged_more_seldom():
    now = [0.0]
    feedback = Feedback()
    progress = Progress(feedback, clock=lambda: now[0])
    for second in range(3600):
        now[0] = second
        progress(second / 3600, "")
    assert len(feedback.lines) < 60


def test_before_the_first_tile_the_log_says_only_how_long_it_took():
    now = [0.0]
    feedback = Feedback()
    progress = Progress(feedback, clock=lambda: now[0])
    now[0] = 7
    progress(0.0, "")
    assert feedback.lines == ["0 %, 7 s elapsed"]


def test_notes_are_logged_and_cancelling_is_passed_on():
    feedback = Feedback()
    progress = Progress(feedback)
    feedback.cancelled = True
    assert progress(0.0, "the grids do not nest") is False
    assert feedback.lines == ["the grids do not nest"]


def test_durations():
    assert [duration(s) for s in (0.4, 59, 61, 3600, 7322)] == [
        "0 s",
        "59 s",
        "1 min 01 s",
        "1 h 00 min",
        "2 h 02 min",
    ]
