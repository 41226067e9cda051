"""What an xarray object holds, taken apart: a layer a band, with its grid, its numbers' meaning
and its attributes."""

import re
from typing import Any, Dict, Hashable, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np
import xarray as xr

from . import crs, units
from .engine import InputError
from .job import Band, working_type
from .names import band_of, holds_measurements, is_plain

X_NAMES = ("x", "lon", "longitude", "easting")
Y_NAMES = ("y", "lat", "latitude", "northing")
# What rioxarray calls the numbers of all bands where they differ, and those of one.
OF_BANDS = {"scales": "scale_factor", "offsets": "add_offset"}
BAND_DIMENSIONS = ("band", "bands", "variable", "wavelength", "channel")


class Layer(NamedTuple):
    """One band: its pixels as (..., rows, columns) from north to south and west to east."""

    name: Hashable
    band: Band
    array: xr.DataArray
    y: Hashable
    x: Hashable
    flipped: bool  # whether its rows came from south to north
    may_be_corners: bool  # whether its coordinates may not be those of centres, as they were taken

    @property
    def extra(self) -> Tuple[Hashable, ...]:
        """Its dimensions but rows and columns."""
        return self.array.dims[:-2]


def layers(source: Any, numbers: Dict[str, Optional[float]]) -> List[Layer]:
    """The bands of a Dataset, a DataTree, a dict of DataArrays, or a DataArray with a dimension
    of bands."""
    copies: Dict[str, List[Tuple[dict, str, Hashable, xr.DataArray]]] = {}
    for place, name, array in _named(source):
        known = band_of(_said(name, array))
        if known is not None:
            copies.setdefault(known["name"], []).append((known, place, name, array))
    if not copies:
        names = ", ".join(place for place, _, _ in _named(source))
        raise InputError(
            f"no band of Sentinel-2 is among {names or 'no variable'}; name them B2, B3, ... or"
            " red, green, ..."
        )
    attributes = getattr(source, "attrs", {})
    result = [_best(found, numbers, attributes) for found in copies.values()]
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
        # Whole numbers count a raster's bands, whichever these are.
        if any(band_of(label) for label in labels if not isinstance(label, int)):
            return labels
    described = array.attrs.get("long_name")
    if isinstance(described, (tuple, list)) and len(described) == array.sizes[dimension]:
        return list(described)
    raise InputError(
        f"the dimension {dimension} does not name its bands; give it labels such as B2, B3, ..."
    )


def _named(source) -> Iterator[Tuple[str, Hashable, xr.DataArray]]:
    """Where each array is, its name, and itself."""
    if isinstance(source, xr.DataArray):
        dimension = band_dimension(source)
        for i, name in enumerate(band_names(source, dimension)):
            array = source.isel({dimension: i})
            array.attrs = _of_band(source.attrs, i, source.sizes[dimension])
            array.encoding = _of_band(source.encoding, i, source.sizes[dimension])
            yield str(name), name, array
    elif hasattr(source, "subtree"):
        for path, node in _groups(source):
            for name, array in crs.with_coordinates(node.to_dataset()).data_vars.items():
                yield f"{path}/{name}".strip("/"), name, array
    else:
        is_dataset = isinstance(source, xr.Dataset)
        named = crs.with_coordinates(source).data_vars if is_dataset else source
        for name, array in named.items():
            yield str(name), name, array


def _of_band(attributes, i, bands):
    """The attributes of one of several bands."""
    own = dict(attributes)
    for many, one in OF_BANDS.items():
        if many in own and np.shape(own[many]) == (bands,):
            own[one] = own.pop(many)[i]
    return own


def _said(name, array):
    """What names a band: the variable's name, but its long_name where rioxarray or GDAL counted."""
    described = str(array.attrs.get("long_name"))
    is_counted = re.fullmatch(r"(?i)band_?\d+", str(name))
    is_told = band_of(described) or described.startswith("GDAL Band Number ")
    return described if is_counted and is_told else name


def _groups(tree):
    """The groups of a tree that may hold bands: EOPF's measurements, else all but masks, angles and
    the like, whose variables have the bands' names."""
    groups = [(node.path[len(tree.path) :], node) for node in tree.subtree]
    measured = [g for g in groups if "measurements" in g[0].split("/")]
    return measured or [g for g in groups if holds_measurements(g[0])]


def _best(found, numbers, attributes) -> Layer:
    """Of the copies of a band the one whose name says nothing else; of several, as L2A products
    have them, the finest that is no finer than the band."""
    plain = [f for f in found if is_plain(_said(f[2], f[3]))]
    ranked: Dict[Tuple[bool, float], Tuple[str, Layer]] = {}
    twice = {}
    for known, place, name, array in plain or found:
        layer = _layer(name, known, array, numbers, attributes)
        rank = (layer.band.gsd > known["gsd"], -layer.band.gsd)
        if rank in ranked:
            twice[rank] = place
        else:
            ranked[rank] = (place, layer)
    best = min(ranked)
    place, layer = ranked[best]
    if best in twice:
        raise InputError(f"{place} and {twice[best]} are the same band; give one of them")
    return layer


def _layer(name, known, array, numbers, attributes) -> Layer:
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
    transform = array.attrs.get("transform", attributes.get("transform"))
    margin = 0.0 if _are_corners(transform, west, north, gsd) else gsd / 2
    quantification, offset, nodata = units.meaning(array, numbers)
    band = Band(
        known["name"],
        west - margin,
        north + margin,
        gsd,
        array.sizes[x],
        array.sizes[y],
        working_type(array.dtype, str(name)),
        quantification,
        offset,
        nodata,
    )
    is_open = margin and transform is None and not _is_placed(array)
    may_be_corners = bool(is_open) and all(_is_whole(n / gsd) for n in (west, north))
    return Layer(name, band, array, y, x, flipped, may_be_corners)


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


def _are_corners(transform, west, north, gsd) -> bool:
    """Whether coordinates are those of the pixels' upper left corners, as stackstac has them, by
    the transform in the attributes; it may be that of a whole of which the array is a part."""
    try:
        step, _, x, _, _, y = map(float, tuple(transform)[:6])
    except (TypeError, ValueError):
        return False
    away = ((west - x) / gsd, (north - y) / gsd)
    return abs(step - gsd) <= 1e-6 * gsd and all(map(_is_whole, away))


def _is_placed(array) -> bool:
    """Whether a grid mapping says where the pixels lie, whose coordinates are then centres."""
    return any("GeoTransform" in c.attrs for c in array.coords.values() if c.ndim == 0)


def _is_whole(number) -> bool:
    return abs(number - round(number)) < 1e-3


def _sizes(layer):
    return ", ".join(f"{d} = {layer.array.sizes[d]}" for d in layer.array.dims)
