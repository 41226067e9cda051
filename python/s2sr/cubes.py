"""xarray in, xarray out: the result of the same kind, with coordinates, attributes and laziness
as they were."""

import logging
from typing import Any, Dict, List

import numpy as np
import xarray as xr

from . import crs, units
from ._version import VERSION
from .arrays import cut, gives_reflectance, options_of, parted, result_type
from .blocks import Work, compute, is_reflectance, plan
from .engine import ArgumentError, InputError
from .job import Job
from .layers import OF_BANDS, Layer, band_dimension, band_names, layers
from .progress import Progress, shown

# Attributes that say where the source's pixels lie or how its file was cut; they are not true of
# the result.
STALE = (
    "transform",
    "spec",
    "res",
    "resolution",
    "proj:transform",
    "proj:shape",
    "proj:bbox",
    "shape",
    "long_name",
)
# What numbers mean, which is not true of reflectance made from them.
NUMBERS = (
    "scale_factor",
    "add_offset",
    "scale",
    "offset",
    "_FillValue",
    "missing_value",
    "fill_value",
    "nodata",
    "units",
    "dtype",
)
OFFSETS = ("add_offset", "offset")

STALE_ENCODING = (
    "chunks",
    "preferred_chunks",
    "chunksizes",
    "source",
    "original_shape",
    "rasterio_dtype",
    "shards",
)

log = logging.getLogger("s2sr")


def super_resolve(source: Any, options: Dict[str, Any], progress: Progress) -> Any:
    """What `s2sr.super_resolve` does with an xarray object, or a dict of DataArrays."""
    numbers = units.told(options)
    chunks = options.pop("chunks", None)
    found = layers(source, numbers)
    attributes = getattr(source, "attrs", {})
    system = crs.check(((layer.name, layer.array) for layer in found), attributes)
    # The library counts from the equator, where the grids of all bands begin.
    equator = crs.equator(system)
    bands = tuple(layer.band._replace(north=layer.band.north - equator) for layer in found)
    lazy = any(layer.array.chunks is not None for layer in found)
    if lazy:
        options = {"threads": 1, **options}
    elif chunks is not None:
        raise ArgumentError("chunks is for lazy arrays only; leave it out")
    in_doubt = tuple(units.as_reflectance(layer.array, numbers) for layer in found)
    dtype = result_type((layer.array.dtype for layer in found), options)
    is_open = tuple(units.says_no_offset(layer.array, numbers) for layer in found)
    work = Work(bands, options_of(options), in_doubt, dtype, is_open)
    planned = _plan(work, found)
    if numbers["nodata"] is None:
        units.tell_of_nodata(layer.array for layer in found)
    if isinstance(source, xr.DataArray) and not gives_reflectance(options):
        _check_offset(found, planned)
    if lazy:
        from . import lazy as blocks

        pixels: Any = blocks.compute_lazily(
            work, planned, [layer.array.data for layer in found], chunks
        )
    else:
        with shown(progress) as tell:
            pixels = _compute_now(
                work, planned, [np.asarray(layer.array.data) for layer in found], tell
            )
    plan = {**planned.plan, "north": planned.plan["north"] + equator}
    return _like(
        source, found, plan, pixels, STALE + NUMBERS if gives_reflectance(options) else STALE
    )


def _plan(work, found: List[Layer]) -> Job:
    """The job; where coordinates may be those of corners, what to do if they are."""
    doubt = next(
        (
            f"the coordinates of {layer.name} are multiples of {layer.band.gsd:g} m, as those of"
            " corners are, and were taken for those of the pixels' centres; if they are corners, as"
            " stackstac has them, stack with xy_coords='center', or give back the attribute"
            " transform"
            for layer in found
            if layer.may_be_corners
        ),
        "",
    )
    try:
        planned = plan(work)
    except InputError as error:
        if not doubt:
            raise
        raise InputError(f"{error}; {doubt}", error.code) from error
    if doubt:
        log.warning(doubt)
    return planned


def _check_offset(found: List[Layer], planned: Job) -> None:
    """An array says one offset for all its bands, and an expected error has none."""
    errors = [name for name in planned.plan["bands"] if parted(name)[1]]
    offsets = [units.number(layer.array.attrs, *OFFSETS) for layer in found]
    if errors and any(offsets):
        raise ArgumentError(
            f"{errors[0]} has no add_offset, as the bands of the array have; give a dict of the"
            " bands or a Dataset, whose variables have attributes of their own"
        )


def _compute_now(work, planned: Job, arrays: List[np.ndarray], tell) -> np.ndarray:
    extra = arrays[0].shape[:-2]
    shape = (*extra, len(planned.plan["bands"]), planned.plan["rows"], planned.plan["cols"])
    result = np.empty(shape, work.dtype)
    places = list(np.ndindex(*extra))
    reflectance = is_reflectance(work, *units.looks(work.in_doubt(arrays)))
    for done, at in enumerate(places):
        pixels = cut(planned, planned.whole, [a[at] for a in arrays])

        def part(fraction, message, done=done):
            return tell((done + fraction) / len(places), message)

        result[at] = compute(work, planned.whole, reflectance, *pixels, progress=part)
    return result


def _like(source, found, plan, pixels, stale):
    """The pixels, of shape (..., bands, rows, columns), as the kind of object that the source
    is."""
    by_band = {layer.band.name: layer for layer in found}
    arrays = {}
    parents = []
    for i, name in enumerate(plan["bands"]):
        band, rest = parted(name)
        layer = by_band[band]
        array = _array(layer, plan, pixels[..., i, :, :], stale)
        if rest:  # a difference, which has no offset
            array.name = f"{layer.name}{rest}"
            array.attrs = {k: v for k, v in array.attrs.items() if k not in (*OFFSETS, "long_name")}
            array.encoding.pop("add_offset", None)
        arrays[array.name] = array
        parents.append(layer.name)
    about = {
        "s2sr_version": VERSION,
        "s2sr_models": ", ".join(plan["models"]),
        "s2sr_notes": "; ".join(plan["notes"]),
    }
    about = {key: value for key, value in about.items() if value}
    if isinstance(source, xr.DataArray):
        y, x = found[0].y, found[0].x
        return _stacked(source, y, x, list(arrays.values()), list(arrays), parents, about)
    if isinstance(source, xr.Dataset) or hasattr(source, "subtree"):
        return xr.Dataset(arrays, attrs={**source.attrs, **about})
    for array in arrays.values():
        array.attrs.update(about)
    return arrays


def _array(layer: Layer, plan, pixels, stale) -> xr.DataArray:
    gsd, source = plan["gsd"], layer.array
    x = plan["west"] + (np.arange(plan["cols"]) + 0.5) * gsd
    y = plan["north"] - (np.arange(plan["rows"]) + 0.5) * gsd
    if layer.flipped:
        pixels, y = pixels[..., ::-1, :], y[::-1]
    # Attributes and coordinates of a band of the source hold for it, but for those that say where
    # pixels lie.
    y_name, x_name = _plain(layer.y), _plain(layer.x)
    coordinates: Dict[Any, Any] = {
        y_name: xr.Variable(y_name, y, source.coords[layer.y].attrs),
        x_name: xr.Variable(x_name, x, source.coords[layer.x].attrs),
    }
    for name, coordinate in source.coords.items():
        if not {layer.y, layer.x} & set(coordinate.dims) and name not in coordinates:
            coordinates[name] = crs.moved(coordinate, plan["west"], plan["north"], gsd)
    if "gsd" in coordinates:
        coordinates["gsd"] = xr.DataArray(gsd)
    attributes = {
        k: v
        for k, v in source.attrs.items()
        if k not in stale or isinstance(v, str) and k == "long_name"
    }
    if hasattr(attributes.get("area"), "area_extent"):
        attributes["area"] = crs.area_of(attributes["area"], x, y, gsd)
    result = xr.DataArray(
        pixels, coordinates, (*layer.extra, y_name, x_name), layer.name, attributes
    )
    result.encoding = {
        k: v for k, v in source.encoding.items() if k not in (*STALE_ENCODING, *stale)
    }
    return result


def _plain(dimension):
    """x of x_20m: all bands of the result lie on one grid."""
    return str(dimension).split("_")[0] if isinstance(dimension, str) else dimension


def _stacked(source, y, x, arrays, labels, parents, about):
    dimension = band_dimension(source)
    result = xr.concat(arrays, dim=dimension, coords="minimal", compat="override", join="override")
    # What is told a band, be it for all dates or a date, is that of the bands that are there.
    names = [str(name) for name in band_names(source, dimension)]
    at = [names.index(str(parent)) for parent in parents]
    for name, coordinate in source.coords.items():
        if dimension in coordinate.dims and not {y, x} & set(coordinate.dims) and name != "gsd":
            result = result.assign_coords({name: coordinate.variable.isel({dimension: at})})
    if dimension not in result.coords or list(result.coords[dimension].values) != labels:
        result = result.assign_coords({dimension: labels})
    result = result.transpose(*(_plain(d) if d in (y, x) else d for d in source.dims))
    result.name = source.name
    result.attrs = {**arrays[0].attrs, **about}
    for many, one in OF_BANDS.items():
        values = [array.attrs.get(one) for array in arrays]
        if len(set(values)) > 1:
            result.attrs.pop(one, None)
            result.attrs[many] = tuple(values)
    if isinstance(source.attrs.get("long_name"), (tuple, list)):
        result.attrs["long_name"] = tuple(str(label) for label in labels)
    return result
