# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentinel-2's bands as the plug-in offers and shows them."""

# Those that can be super-resolved; B10 never is.
BAND_NAMES = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B11", "B12"]

# Red, green and blue, the first combination of which a raster has all bands: true colour, near
# infrared, and for the 20 m bands alone short-wave infrared (vegetation green, bare soil and burns
# red), red edge, 60 m bands.
COMBINATIONS = [
    ("B4", "B3", "B2"),
    ("B8", "B4", "B3"),
    ("B12", "B8A", "B5"),
    ("B11", "B8A", "B5"),
    ("B8A", "B6", "B5"),
    ("B7", "B6", "B5"),
]


def combination(names):
    """Band numbers (from 1) for red, green and blue among `names`, or None when no combination
    is complete."""
    for wanted in COMBINATIONS:
        if all(name in names for name in wanted):
            return tuple(names.index(name) + 1 for name in wanted)
    return None


def parse(value):
    """Band names from a BANDS value: names in a list or separated by commas; B05 is as good as B5.

    Raises ValueError with a sentence for people.
    """
    items = (
        value.split(",")
        if isinstance(value, str)
        else value
        if isinstance(value, (list, tuple))
        else [value]
    )
    names = []
    for item in items:
        text = str("" if item is None else item).strip()
        if not text:
            continue
        name = text.upper()
        name = "B" + name[2:] if name.startswith("B0") else name
        if name not in BAND_NAMES:
            raise ValueError(
                f"'{text}' is not a band that can be super-resolved; those are"
                f" {', '.join(BAND_NAMES)}."
            )
        names.append(name)
    return names
