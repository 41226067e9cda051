"""What numbers in memory mean, DN or reflectance: by what the caller and the attributes say, else
by a look at them, by the rule that `src/product/floats.rs` has for files.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .engine import ArgumentError

# Where nothing says otherwise, DN are so many per unit of reflectance.
DN_PER_REFLECTANCE = 10000.0
# Nothing reflects more than this, and no scene of DN is as dark everywhere.
BRIGHTEST_REFLECTANCE = 10.0
# What lies in the middle of the numbers of a band of reflectance is no more than this.
MIDDLE = 2.0
# No unit has greater numbers.
GREATEST = 1e6
# What stands where there is no data, declared or not; 0 and negative numbers besides.
FILLS = (9999.0, 32767.0, 65535.0, 99999.0)
# Rows and columns of a look at a band. Each band is looked at once, the next one elsewhere, so that
# a lazy cube need not be read to know the unit of its numbers.
LOOK = 128
PLACES = ((1, 1), (0, 0), (2, 2), (0, 2), (2, 0), (0, 1), (2, 1), (1, 0), (1, 2))


def meaning(array: Any, numbers: Dict[str, Any]) -> Tuple[float, float, float]:
    """DN per unit of reflectance, what is added to DN, and nodata of a DataArray: what the caller
    says, else the attributes.

    By the conventions of CF, what stands in the encoding was applied, what stands in the attributes
    was not.
    """
    floats = array.dtype.kind == "f"
    scaled = floats and _scale(array.encoding) is not None
    shifted = floats and number(array.encoding, "add_offset") not in (None, 0.0)
    scale, offset = _scale(array.attrs), number(array.attrs, "add_offset", "offset")
    if scaled:
        quantification, added = 1.0, 0.0
    elif scale is not None:
        quantification, added = 1.0 / scale, (offset or 0.0) / scale
    else:
        quantification, added = DN_PER_REFLECTANCE, offset or 0.0
    if numbers["quantification"] is not None:
        quantification = float(numbers["quantification"])
    if numbers["offset"] is not None:
        added = float(numbers["offset"])
    nodata = numbers["nodata"]
    replaced = number(array.encoding, "_FillValue", "missing_value")
    if scaled or shifted:
        nodata = None
    elif nodata is None and not (floats and replaced is not None):
        nodata = number(array.attrs, "_FillValue", "nodata", "missing_value", "fill_value")
        nodata = replaced if nodata is None else nodata
    if nodata is None:
        nodata = float("nan") if floats else 0.0
    # The library takes no more digits than a number has; 1 / 0.0001 is not 10000.
    return round(quantification, 6), round(added, 6), float(nodata)


def unknown(array: Any, numbers: Dict[str, Any]) -> bool:
    """Whether the numbers of a DataArray may be DN or reflectance: floats that nothing scales, or
    that are said to be scaled as DN are, since some keep the attributes of what they applied."""
    if array.dtype.kind != "f" or numbers["quantification"] is not None:
        return False
    scale = _scale(array.attrs)
    return _scale(array.encoding) is None and (scale is None or scale < 0.01)


def looks(unit_unknown: Sequence[bool], arrays: Sequence[Any]) -> List[Any]:
    """Of arrays (..., rows, columns) whose unit is unknown the pixels to tell it by: always the
    same ones, whatever is computed. Lazy arrays give lazy ones."""
    chosen = [a for a, is_unknown in zip(arrays, unit_unknown) if is_unknown and 0 not in a.shape]
    return [array[_place(i, array.shape)] for i, array in enumerate(chosen)]


def is_reflectance(
    samples: Sequence[np.ndarray], names: Sequence[str], nodata: Sequence[float]
) -> Optional[bool]:
    """Whether numbers are reflectance rather than DN, four orders of magnitude apart: each band by
    the middle of its different numbers. Those in doubt are as the others are. None where no pixel
    carries data."""
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
    if reflectance or dn or not numbers:
        return bool(reflectance) if numbers else None
    brightest = max(v[max(0, v.size - 1 - v.size // 50)] for v in numbers.values())
    return bool(brightest <= BRIGHTEST_REFLECTANCE)


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
    """The different numbers above 0 that may be a pixel's, in order. Each counts once, so that a
    fill value is none of many."""
    values = values.compressed() if isinstance(values, np.ma.MaskedArray) else np.ravel(values)
    values = values.astype(np.float64)
    numbers = np.unique(values[(values > 0) & (values < GREATEST)])
    return numbers[~np.isin(numbers, FILLS) & (numbers != nodata)]


def _are_whole(numbers):
    return 2 * np.count_nonzero(numbers == np.floor(numbers)) > numbers.size


def _scale(attributes) -> Optional[float]:
    """The scale that attributes declare. One of 1 says nothing: rasters have it that have none."""
    scale = number(attributes, "scale_factor", "scale")
    return None if scale in (None, 0.0, 1.0) else scale


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
