"""What an xarray object holds, taken apart: a layer a band, with its grid, its numbers' meaning
and its attributes."""

from typing import Any, Dict, Hashable, List, NamedTuple, Optional, Tuple

import numpy as np
import xarray as xr

from .blocks import DN_PER_REFLECTANCE
from .engine import ArgumentError, InputError
from .job import Band, describe, working_type

X_NAMES = ("x", "lon", "longitude", "easting")
Y_NAMES = ("y", "lat", "latitude", "northing")
BAND_DIMENSIONS = ("band", "bands", "variable", "wavelength", "channel")


class Layer(NamedTuple):
    """One band: its pixels as (..., rows, columns) from north to south and west to east."""

    name: Hashable
    band: Band
    array: xr.DataArray
    y: Hashable
    x: Hashable
    flipped: bool  # whether its rows came from south to north

    @property
    def extra(self) -> Tuple[Hashable, ...]:
        """Its dimensions but rows and columns."""
        return self.array.dims[:-2]


def layers(source: Any, numbers: Dict[str, Any]) -> List[Layer]:
    """The bands of a Dataset, a DataTree, a dict of DataArrays, or a DataArray with a dimension
    of bands."""
    found: Dict[str, Layer] = {}
    for name, array in _named(source):
        known = describe(str(name))
        if known is None:
            continue
        layer = _layer(name, known, array, numbers)
        old = found.get(known["name"])
        # Of several copies, as L2A products have them, the finest that is no finer than the band.
        if old is None or _rank(layer, known) < _rank(old, known):
            found[known["name"]] = layer
    if not found:
        names = ", ".join(str(name) for name, _ in _named(source))
        raise InputError(
            f"no band of Sentinel-2 is among {names or 'no variable'}; name them B2, B3, ... or"
            " red, green, ..."
        )
    result = list(found.values())
    first = result[0]
    for layer in result[1:]:
        if layer.extra != first.extra or layer.array.shape[:-2] != first.array.shape[:-2]:
            raise InputError(
                f"{layer.name} has the dimensions {_sizes(layer)} and {first.name} has"
                f" {_sizes(first)}; but for rows and columns they have to be the same"
            )
    return result


def band_dimension(array: xr.DataArray) -> Hashable:
    """The dimension of an array that counts its bands."""
    named = [d for d in array.dims if str(d).lower() in BAND_DIMENSIONS]
    if len(named) != 1:
        raise InputError(
            f"the array has the dimensions {', '.join(map(str, array.dims))}; one of them has to be"
            " the bands', called band"
        )
    return named[0]


def band_names(array: xr.DataArray, dimension: Hashable) -> List[Hashable]:
    """The names along it: its labels, or rioxarray's long_name."""
    if dimension in array.coords:
        labels = [v.item() if hasattr(v, "item") else v for v in array.coords[dimension].values]
        if any(describe(str(label)) for label in labels):
            return labels
    described = array.attrs.get("long_name")
    if isinstance(described, (tuple, list)) and len(described) == array.sizes[dimension]:
        return list(described)
    raise InputError(
        f"the dimension {dimension} does not name its bands; give it labels such as B2, B3, ..."
    )


def _named(source):
    if isinstance(source, xr.DataArray):
        dimension = band_dimension(source)
        for i, name in enumerate(band_names(source, dimension)):
            yield name, source.isel({dimension: i})
    elif isinstance(source, xr.Dataset):
        yield from source.data_vars.items()
    elif hasattr(source, "subtree"):
        for node in source.subtree:
            yield from node.to_dataset().data_vars.items()
    else:
        yield from source.items()


def _layer(name, known, array, numbers) -> Layer:
    y, x = _axes(name, array)
    array = array.transpose(..., y, x)
    west, east_step = _axis(name, array, x)
    north, south_step = _axis(name, array, y)
    if east_step < 0:
        raise InputError(f"the columns of {name} run from east to west; sort them: .sortby('{x}')")
    flipped = south_step > 0
    if flipped:
        array = array.isel({y: slice(None, None, -1)})
        north += south_step * (array.sizes[y] - 1)
    gsd = (east_step + abs(south_step)) / 2
    if abs(east_step - abs(south_step)) > 1e-6 * gsd:
        raise InputError(
            f"the pixels of {name} are {east_step:g} x {abs(south_step):g}; they have to be squares"
        )
    quantification, offset, nodata = meaning(array, numbers)
    band = Band(
        known["name"],
        west - gsd / 2,
        north + gsd / 2,
        gsd,
        array.sizes[x],
        array.sizes[y],
        working_type(array.dtype, str(name)),
        quantification,
        offset,
        nodata,
    )
    return Layer(name, band, array, y, x, flipped)


def _axes(name, array) -> Tuple[Hashable, Hashable]:
    def one(names, what):
        found = [d for d in array.dims if str(d).lower().split("_")[0] in names]
        if len(found) != 1:
            raise InputError(
                f"{name} has the dimensions {', '.join(map(str, array.dims))}; one of them has to"
                f" be called {names[0]}, for its {what}"
            )
        return found[0]

    return one(Y_NAMES, "rows"), one(X_NAMES, "columns")


def _axis(name, array, dimension) -> Tuple[float, float]:
    """The first pixel's centre and the step from one to the next."""
    if dimension not in array.coords or array.sizes[dimension] < 2:
        raise InputError(
            f"{name} has no coordinates of at least two pixels along {dimension}; assign those of"
            " their centres, in m"
        )
    values = np.asarray(array.coords[dimension].values, dtype=np.float64)
    step = (values[-1] - values[0]) / (len(values) - 1)
    if (
        not np.isfinite(step)
        or step == 0
        or np.max(np.abs(np.diff(values) - step)) > 1e-3 * abs(step)
    ):
        raise InputError(
            f"the coordinates of {name} along {dimension} are not evenly spaced; resample it to its"
            " grid"
        )
    return float(values[0]), float(step)


def meaning(array: xr.DataArray, numbers: Dict[str, Any]) -> Tuple[float, float, float]:
    """DN per unit of reflectance, what is added to DN, and nodata: what the caller says, else the
    attributes.

    By the conventions of CF, what stands in the encoding was applied, what stands in the attributes
    was not.
    """
    floats = array.dtype.kind == "f"
    applied = floats and any(k in array.encoding for k in ("scale_factor", "add_offset"))
    scale = _number(array.attrs, "scale_factor", "scale")
    offset = _number(array.attrs, "add_offset", "offset")
    if applied:
        quantification, added = 1.0, 0.0
    elif scale not in (None, 0.0, 1.0):
        quantification, added = 1.0 / scale, (offset or 0.0) / scale
    else:
        quantification, added = DN_PER_REFLECTANCE, offset or 0.0
    if numbers["quantification"] is not None:
        quantification = float(numbers["quantification"])
    if numbers["offset"] is not None:
        added = float(numbers["offset"])
    nodata = numbers["nodata"]
    if nodata is None:
        nodata = _number(array.attrs, "_FillValue", "nodata", "missing_value", "fill_value")
    if nodata is None and not applied:
        nodata = _number(array.encoding, "_FillValue", "missing_value")
    if nodata is None or (floats and applied):
        nodata = float("nan") if floats else 0.0
    # The library takes no more digits than a number has; 1 / 0.0001 is not 10000.
    return round(quantification, 6), round(added, 6), float(nodata)


def unit_unknown(layer: Layer, numbers: Dict[str, Any]) -> bool:
    """Whether floats may be DN or reflectance: attributes of scale are kept by some who applied
    them."""
    applied = any(k in layer.array.encoding for k in ("scale_factor", "add_offset"))
    return layer.array.dtype.kind == "f" and not applied and numbers["quantification"] is None


def _number(attributes, *keys) -> Optional[float]:
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


def _rank(layer, known):
    return (layer.band.gsd > known["gsd"], -layer.band.gsd)


def _sizes(layer):
    return ", ".join(f"{d} = {layer.array.sizes[d]}" for d in layer.array.dims)
