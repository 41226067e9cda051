"""Bands by name as numpy arrays, at their native sizes."""

import sys
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

import numpy as np

from . import units
from .blocks import Work, compute, is_reflectance, plan
from .engine import ArgumentError, InputError
from .job import Band, Job, Options, working_type
from .names import band_of
from .progress import Progress, shown
from .spelling import is_on, spelt


def super_resolve(
    arrays: Mapping[str, Any], options: Dict[str, Any], progress: Progress
) -> Dict[str, np.ndarray]:
    """What `s2sr.super_resolve` does with a dict of arrays."""
    if options.get("chunks") is not None:
        raise ArgumentError("chunks is for lazy arrays only; leave it out")
    names: Dict[str, str] = {}
    pixels = []
    for name, array in arrays.items():
        band = _band(name)
        if band["name"] in names:
            raise ArgumentError(
                f"{names[band['name']]} and {name} are the same band; give one of them"
            )
        names[band["name"]] = name
        array = array if isinstance(array, np.ma.MaskedArray) else np.asarray(array)
        if array.ndim != 2:
            raise ArgumentError(
                f"{name} has the shape {array.shape}; give each band as (rows, columns)"
            )
        pixels.append((band, array))
    if not pixels:
        raise ArgumentError(
            "there is no band in the dict; give arrays by band: {'B2': ..., 'B3': ...}"
        )
    _check_sizes(pixels, names)
    numbers = units.told(options)
    bands = tuple(_described(band, array, numbers) for band, array in pixels)
    dtype = result_type([a.dtype for _, a in pixels], options)
    # Arrays say nothing of their unit, so floats are looked at.
    told = numbers["quantification"] is not None
    offsets = (
        None if told or a.dtype.kind != "f" else b.add_offset for b, (_, a) in zip(bands, pixels)
    )
    is_open = tuple(units.offset_is_open(array.dtype, numbers) for _, array in pixels)
    work = Work(bands, options_of(options), tuple(offsets), dtype, is_open)
    planned = plan(work)
    whole, given = planned.whole, [a for _, a in pixels]
    reflectance = is_reflectance(work, *units.looks(work.in_doubt(given)))
    with shown(progress) as tell:
        result = compute(work, whole, reflectance, *cut(planned, whole, given), progress=tell)
    return {_named(names, layer): result[i] for i, layer in enumerate(planned.plan["bands"])}


def parted(layer: str) -> Tuple[str, str]:
    """A band of a result, as "B5_uncertainty": its band, and what its name has besides."""
    band, _, rest = layer.partition("_")
    return band, layer[len(band) :] if rest else ""


def _named(names, layer):
    """As the caller named the band."""
    band, rest = parted(layer)
    return f"{names[band]}{rest}" if rest else names[band]


def is_xarray(source: Any) -> bool:
    """Whether it is xarray's, without importing xarray; or a dict of its arrays."""
    if isinstance(source, Mapping) and not type(source).__module__.startswith("xarray"):
        return bool(source) and all(
            type(v).__module__.startswith("xarray") for v in source.values()
        )
    return "xarray" in sys.modules and type(source).__module__.startswith("xarray")


def cut(planned: Job, window, pixels):
    """Of each band's pixels those that a window needs; None where none are."""
    for (x, y, w, h), array in zip(planned.reads(window), pixels):
        yield array[..., y : y + h, x : x + w] if w else None


def options_of(options: Mapping[str, Any]) -> Options:
    """Options as the library spells them, in a form that can be compared and sent."""
    return tuple(
        sorted(
            (k, str(v) if not isinstance(v, bool) else v)
            for k, v in spelt(options).items()
            if v is not None
        )
    )


def result_type(dtypes: Iterable[np.dtype], options: Mapping[str, Any]) -> str:
    """The type of the result: that of all bands, or floats where they differ or reflectance is
    asked for."""
    types = {d.name for d in dtypes}
    if len(types) == 1 and not (gives_reflectance(options) and np.dtype(min(types)).kind in "iu"):
        return types.pop()
    return np.result_type(np.float32, *(t for t in types if np.dtype(t).kind == "f")).name


def gives_reflectance(options: Mapping[str, Any]) -> bool:
    """Whether the result is to be reflectance."""
    return is_on(options.get("reflectance"))


def _band(name) -> dict:
    band: Optional[dict] = band_of(name)
    if band is None:
        raise InputError(f"'{name}' is no band of Sentinel-2; there are B1 to B12 and B8A")
    return band


def _check_sizes(pixels, names):
    """Arrays say nothing of where they lie, so their sizes have to fit to the pixel."""
    finest, first = min(pixels, key=lambda p: p[0]["gsd"])
    rows, cols = (n * finest["gsd"] for n in first.shape)
    for band, array in pixels:
        wanted = (rows // band["gsd"], cols // band["gsd"])
        if array.shape != wanted or rows % band["gsd"] or cols % band["gsd"]:
            raise InputError(
                f"{names[band['name']]} has {array.shape[0]} rows of {array.shape[1]} pixels;"
                f" beside {names[finest['name']]} with {first.shape[0]} of {first.shape[1]} at"
                f" {finest['gsd']} m it has to have {rows / band['gsd']:g} of"
                f" {cols / band['gsd']:g} at {band['gsd']} m; cut the bands to the same area, a"
                " whole number of pixels of each"
            )


def _described(band, array, numbers) -> Band:
    dtype = working_type(array.dtype, band["name"])
    floats = array.dtype.kind == "f"
    nodata = numbers["nodata"]
    if nodata is None:
        nodata = float("nan") if floats else 0.0
    scale = (
        units.DN_PER_REFLECTANCE if numbers["quantification"] is None else numbers["quantification"]
    )
    return Band(
        band["name"],
        0.0,
        0.0,
        float(band["gsd"]),
        array.shape[1],
        array.shape[0],
        dtype,
        scale,
        numbers["offset"] or 0.0,
        nodata,
    )
