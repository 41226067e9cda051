"""What numbers in memory mean, DN or reflectance: by what the caller and the attributes say, else
by a look at them, by the rule that `src/product/floats.rs` has for files.
"""

import logging
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from .engine import ArgumentError, OptionError

# Where nothing says otherwise, DN are so many per unit of reflectance.
DN_PER_REFLECTANCE = 10000.0
# Nothing reflects more than this, and no scene of DN is as dark everywhere.
BRIGHTEST_REFLECTANCE = 10.0
# What lies in the middle of the numbers of a band of reflectance is no more than this.
MIDDLE = 2.0
# Per cent, unless the scene is very dark.
PERCENT = 110.0
# Of dark water or shadow no more pixels are exactly 0.
MANY_ZEROS = 0.01
# No unit has greater numbers.
GREATEST = 1e6
# What stands where there is no data, declared or not; 0 and negative numbers besides.
FILLS = (9999.0, 32767.0, 65535.0, 99999.0)
# Rows and columns of a look at a band. Each band is looked at once, the next one elsewhere, so that
# a lazy cube need not be read to know the unit of its numbers.
LOOK = 128
PLACES = ((1, 1), (0, 0), (2, 2), (0, 2), (2, 0), (0, 1), (2, 1), (1, 0), (1, 2))

FILL_VALUES = ("_FillValue", "missing_value")

log = logging.getLogger("s2sr")


def told(options: Dict[str, Any]) -> Dict[str, Optional[float]]:
    """What the caller says of numbers, which is taken out of the options."""
    numbers: Dict[str, Optional[float]] = {}
    for key in ("quantification", "offset", "nodata"):
        value = options.pop(key, None)
        try:
            numbers[key] = None if value is None else float(value)
        except (TypeError, ValueError):
            raise OptionError(f"option {key} takes a number, not {value!r}") from None
    return numbers


def meaning(array: Any, numbers: Dict[str, Optional[float]]) -> Tuple[float, float, float]:
    """DN per unit of reflectance, what is added to DN, and nodata of a DataArray: what the caller
    says, else the attributes.

    By the conventions of CF, what stands in the encoding was applied, what stands in the attributes
    was not.
    """
    given, scale, offset = numbers["quantification"], _scale(array.attrs), _offset(array.attrs)
    per_unit = DN_PER_REFLECTANCE if given is None else given
    full = 100.0 if _in_percent(array) else 1.0
    quantification, added = per_unit, offset
    if _applied(array)[0] != 1:
        quantification, added = full if given is None else per_unit, 0.0
    elif scale is not None:
        quantification, added = full / scale if given is None else per_unit, offset / scale
    elif _in_percent(array):
        quantification = full if given is None else per_unit
    elif abs(offset) < 1:
        # One without a scale is one of reflectance, or none.
        added = offset * per_unit
    if numbers["offset"] is not None:
        added = numbers["offset"]
    # The library takes no more digits than a number has; 1 / 0.0001 is not 10000.
    return round(quantification, 6), round(added, 6), _nodata(array, numbers["nodata"])


def as_reflectance(array: Any, numbers: Dict[str, Optional[float]]) -> Optional[float]:
    """What is added to the numbers of a DataArray if a look tells that they are reflectance; None
    where no look is needed. DN or reflectance may be floats that nothing scales, or that are said
    to be scaled as DN are, since some keep the attributes of what they applied."""
    scale = _scale(array.attrs)
    is_told = numbers["quantification"] is not None or _applied(array)[0] != 1 or _in_percent(array)
    if array.dtype.kind != "f" or is_told or (scale or 0.0) >= 0.01:
        return None
    if numbers["offset"] is not None:
        return numbers["offset"]
    return _offset(array.attrs) if scale is None else 0.0


def says_no_offset(array: Any, numbers: Dict[str, Optional[float]]) -> bool:
    """Whether nobody says what is added to the numbers of a DataArray, if they are DN."""
    is_scaled = _scale(array.attrs) is not None or _applied(array) != (1, 0) or _in_percent(array)
    return not is_scaled and not _offset(array.attrs) and offset_is_open(array.dtype, numbers)


def offset_is_open(dtype: np.dtype, numbers: Dict[str, Optional[float]]) -> bool:
    """Whether the caller does not say it, of numbers that may be a product's DN."""
    quantification = numbers["quantification"]
    is_dn = quantification is None or quantification > PERCENT
    return numbers["offset"] is None and is_dn and dtype != np.uint8


def tell_of_offset(names: Sequence[str], all_bands: int) -> None:
    """Says what is assumed of bands of DN whose offset nobody says."""
    if names:
        log.warning(
            "nothing says the additive offset of %s, 0 was assumed; where the DN are ESA's own of"
            " processing baseline 04.00 or later (January 2022), set offset=-1000",
            "its bands" if len(names) == all_bands else ", ".join(names),
        )


def looks(arrays: Sequence[Any]) -> List[Any]:
    """Of arrays (..., rows, columns) the pixels to tell their unit by: always the same ones,
    whatever is computed. Lazy arrays give lazy ones."""
    return [a[_place(i, a.shape)] for i, a in enumerate(arrays) if 0 not in a.shape]


def is_reflectance(
    samples: Sequence[np.ndarray], names: Sequence[str], nodata: Sequence[float]
) -> Optional[bool]:
    """Whether numbers are reflectance rather than DN, four orders of magnitude apart: each band by
    the middle of its different numbers. Those in doubt are as the others are. None where no pixel
    carries data."""
    _tell_of_zeros([s for s, no in zip(samples, nodata) if np.isnan(no)])
    numbers = {n: _numbers(s, no) for n, s, no in zip(names, samples, nodata)}
    numbers = {name: values for name, values in numbers.items() if values.size}
    middles = {name: values[values.size // 2] for name, values in numbers.items()}
    reflectance = [n for n, m in middles.items() if m <= MIDDLE and not _are_whole(numbers[n])]
    dn = [n for n, m in middles.items() if m > BRIGHTEST_REFLECTANCE]
    if reflectance and dn:
        raise ArgumentError(
            f"the numbers of {', '.join(reflectance)} are as small as reflectance is, and those of"
            f" {', '.join(dn)} as large as DN are; bring all bands to one unit, or say with"
            " quantification what all of them are in"
        )
    if not numbers:
        return None
    brightest = max(v[max(0, v.size - 1 - v.size // 50)] for v in numbers.values())
    small = bool(reflectance) if reflectance or dn else bool(brightest <= BRIGHTEST_REFLECTANCE)
    large = any(m > MIDDLE and not _are_whole(numbers[n]) for n, m in middles.items())
    may_be_percent = large if small else brightest <= PERCENT
    if may_be_percent:
        log.warning(
            "its numbers are floats of at most 100, which were taken as %s; if they are per cent,"
            " set quantification=100",
            "reflectance" if small else "DN",
        )
    return small


def _tell_of_zeros(samples):
    """Zeros are mostly what lies outside a swath or a cutline; of floats nothing but NaN stands for
    that by itself."""
    samples = [np.ma.compressed(s) for s in samples]
    pixels = sum(s.size for s in samples)
    zeros = sum(np.count_nonzero(s == 0) for s in samples)
    if pixels and zeros >= MANY_ZEROS * pixels:
        log.warning(
            "%.0f %% of the pixels that were looked at are exactly 0, which counts as data in"
            " floats; where it stands for no data, set nodata=0",
            100 * zeros / pixels,
        )


def _place(i, shape):
    row, col = PLACES[i % len(PLACES)]

    def start(length, size, part):
        return max(0, length - size) * part // 2

    extra = shape[:-2]
    # Dates in another order than places, so that all of both are met.
    date = start(int(np.prod(extra)), 1, (row + col) % 3)
    y, x = start(shape[-2], LOOK, row), start(shape[-1], LOOK, col)
    at = [int(n) for n in np.unravel_index(date, extra)] if extra else []
    return (*at, slice(y, y + LOOK), slice(x, x + LOOK))


def _numbers(values, nodata):
    """The different numbers above 0 that may be a pixel's, in order, as the library has them. Each
    counts once, so that a fill value is none of many."""
    values = values.compressed() if isinstance(values, np.ma.MaskedArray) else np.ravel(values)
    values = values.astype(np.float32)
    numbers = np.unique(values[(values > 0) & (values < GREATEST)])
    return numbers[~np.isin(numbers, FILLS) & (numbers != np.float32(nodata))]


def _are_whole(numbers):
    return 2 * np.count_nonzero(numbers == np.floor(numbers)) > numbers.size


def _nodata(array, given) -> float:
    """The number of pixels without data. What was applied to all numbers was applied to theirs."""
    floats, (scale, offset) = array.dtype.kind == "f", _applied(array)
    replaced = number(array.encoding, *FILL_VALUES)
    nodata: Optional[float] = given
    if (scale, offset) != (1, 0):
        if nodata is not None:
            decoded = np.array([nodata], array.dtype)
            # As xarray does it, to the last bit.
            decoded *= scale
            decoded += offset
            nodata = float(decoded[0])
    elif nodata is None and not (floats and replaced is not None):
        nodata = _declared_nodata(array)
    if nodata is None or (given is None and not _holds(array.dtype, nodata)):
        nodata = float("nan") if floats else 0.0
    return nodata


def _declared_nodata(array) -> Optional[float]:
    nodata = number(array.attrs, "_FillValue", "nodata", "missing_value", "fill_value")
    return number(array.encoding, *FILL_VALUES) if nodata is None else nodata


def _holds(dtype: np.dtype, value: float) -> bool:
    if dtype.kind not in "iu":
        return True
    return value == np.rint(value) and np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def tell_of_nodata(arrays: Iterable[Any]) -> None:
    """Says of the first DataArray whose declared nodata is none what was taken for it."""
    for array in arrays:
        nodata = _declared_nodata(array)
        if nodata is not None and not _holds(array.dtype, nodata):
            log.warning(
                "the declared nodata value %g is no number of type %s; 0 was taken for it",
                nodata,
                array.dtype,
            )
            return


def _applied(array) -> Tuple[Any, Any]:
    """Scale and offset that a reader applied to floats, of the types that it had them in; 1 and 0
    for none."""

    def one(key, none):
        is_none = array.dtype.kind != "f" or number(array.encoding, key) in (None, 0.0, none)
        value = none if is_none else array.encoding[key]
        return np.asarray(value).item() if np.ndim(value) else value

    return one("scale_factor", 1), one("add_offset", 0)


def _in_percent(array) -> bool:
    """Whether its numbers, once scaled, are per cent of reflectance, as satpy has them."""
    return str(array.attrs.get("units", "")).strip().lower() in ("%", "percent")


def _scale(attributes) -> Optional[float]:
    """The scale that attributes declare. One of 1 says nothing: rasters have it that have none."""
    scale = number(attributes, "scale_factor", "scale")
    return scale if scale is not None and scale > 0 and scale != 1 else None


def _offset(attributes) -> float:
    """The offset that they declare; none beside a scale that is none."""
    scale = number(attributes, "scale_factor", "scale")
    is_sound = scale is None or scale > 0
    return number(attributes, "add_offset", "offset") or 0.0 if is_sound else 0.0


def number(attributes, *keys) -> Optional[float]:
    """The first of these attributes that is there."""
    for key in keys:
        value = attributes.get(key)
        if value is not None and np.size(value) == 1:
            try:
                return float(np.ravel(value)[0])
            except (TypeError, ValueError):
                raise ArgumentError(
                    f"the attribute {key} is {value!r}, which is no number; correct or remove it"
                ) from None
    return None
