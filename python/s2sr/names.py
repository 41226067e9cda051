"""Which names are bands, by the library's table, and the better one of two."""

import re
from typing import List, Optional

from .job import describe

# What cubes have a band's numbers of that is no raster, as a scalar a band; descriptions of bands,
# which the library's table is for as well, speak of it, too.
SCALARS = frozenset(("wavelength", "bandwidth", "irradiance"))
# Groups of a tree that hold what is no measurement.
NO_GROUPS = SCALARS | {"conditions", "sun", "solar", "view", "viewing"}


def band_of(name: object) -> Optional[dict]:
    """What the library knows of the band that a name stands for; None if it stands for none."""
    return None if SCALARS.intersection(words(name)) else describe(str(name))


def holds_measurements(group: object) -> bool:
    """Whether a group of this name may hold bands: its variables have the bands' names where it
    holds masks, angles and the like, too."""
    return not any(w in NO_GROUPS or _denies(w) for w in words(group))


def is_plain(name: object) -> bool:
    """Whether a name says nothing but the band and the size of its pixels: B05, red_edge_1,
    B05_20m."""
    rest = [w for w in words(name) if not re.fullmatch(r"\d+m", w)]
    return describe("".join(rest)) is not None


def words(name: object) -> List[str]:
    """The words of a name in lower case: runs of letters and digits."""
    return re.findall(r"[a-z0-9]+", str(name).lower())


def _denies(word: str) -> bool:
    """Whether the library takes no name with this word for a band's, such as mask."""
    return describe(f"B2 {word}") is None and describe(word) is None
