# SPDX-License-Identifier: GPL-2.0-or-later
"""The assessment's scores as lines for the log. The page with tables, charts and a picture is
the engine's."""

from .i18n import tr

# Key in the engine's scores, heading, digits.
MEASURES = (
    ("rmse", "RMSE (DN)", 1),
    ("sre", "SRE (dB)", 2),
    ("sam", "SAM (°)", 2),
    ("ergas", "ERGAS", 2),
    ("uiq", "UIQ", 4),
)


def summary(scores):
    """One line per task."""
    for table in scores.get("tables", []):
        result, bicubic = table.get("result", {}), table.get("bicubic", {})
        parts = [
            f"{heading} {result[key]:.{digits}f} ({tr('bicubic')} {bicubic[key]:.{digits}f})"
            for key, heading, digits in MEASURES
            if _both(key, result, bicubic)
        ]
        yield f"{table.get('task', '')} ({table.get('model', '')}): " + ", ".join(parts)


def _both(key, result, bicubic):
    return isinstance(result.get(key), (int, float)) and isinstance(bicubic.get(key), (int, float))
