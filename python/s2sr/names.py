"""Which names are bands: the library's table, but for names that say that something else lies
there, and the better one of two."""

import re
from typing import List, Optional

from .job import describe

# What is computed from a band, or lies beside it, has a band's name in its own, and is none.
NO_BANDS = frozenset(
    "mask masks msk qa qc quality qualit flag flags valid validity scl classi class classes"
    " classification cld cloud clouds cloudmask shadow detfoo footprint detector defect saturated"
    " saturation preview tci pvi ndvi ndwi ndmi ndsi evi savi index sun solar sza saa view viewing"
    " vza vaa angle angles zenith azimuth std stddev stdev sd sigma var variance unc uncertainty"
    " error rmse noise snr count counts weight weights wavelength bandwidth irradiance".split()
)
# Groups of a tree that hold what is no measurement.
NO_GROUPS = NO_BANDS | {"conditions"}


def band_of(name: object) -> Optional[dict]:
    """What the library knows of the band that a name stands for; None if it stands for none."""
    if NO_BANDS.intersection(words(name)):
        return None
    return describe(str(name))


def is_plain(name: object) -> bool:
    """Whether a name says nothing but the band and the size of its pixels: B05, red_edge_1,
    B05_20m."""
    rest = [w for w in words(name) if not re.fullmatch(r"\d+m", w)]
    return describe("".join(rest)) is not None


def words(name: object) -> List[str]:
    """The words of a name in lower case: runs of letters and digits."""
    return re.findall(r"[a-z0-9]+", str(name).lower())
