"""A plug-in for pytest: says at the end what was skipped and why. Where the environment variable CI
is set, what is skipped for a reason that is not listed here has failed: what a test needs is
installed by scripts/setup.sh --tests.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Where it is skipped, and a word of the reason.
EXPECTED = [
    (
        "training/tests/",
        "'torch'",
    ),  # PyTorch is for training; what it gives is kept in tests/data/golden.json
    ("training/tests/test_golden.py", "'onnxruntime'"),  # runs with the Python in vendor/python
]


def is_expected(place, reason):
    return any(place.startswith(start) and word in reason for start, word in EXPECTED)


def skipped(reporter):
    for report in reporter.stats.get("skipped", []):
        path, _, reason = (
            report.longrepr
            if isinstance(report.longrepr, tuple)
            else (report.nodeid, 0, str(report.longrepr))
        )
        path = Path(path)
        place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(report.nodeid)
        yield place.as_posix(), reason


def pytest_terminal_summary(terminalreporter):
    for place, reason in skipped(terminalreporter):
        known = "" if is_expected(place, reason) else " (not expected)"
        terminalreporter.write_line(f"skipped {place}: {reason}{known}")


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return  # one of several processes; the one that began them knows what each has skipped
    unexpected = [s for s in skipped(reporter) if not is_expected(*s)]
    if unexpected and os.environ.get("CI") and session.exitstatus in (0, 5):
        session.exitstatus = 1
