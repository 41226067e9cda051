"""The coordinate reference system of an xarray object, found where libraries put it; and its
place in a result."""

import re
from typing import Any, Hashable, Iterable, List, Optional, Tuple

import numpy as np
import xarray as xr

from .engine import InputError

UNKNOWN = (
    "its coordinate reference system is missing or does not count in m; give the product in its own"
    " UTM zone"
)


def check(arrays: Iterable[Tuple[Hashable, xr.DataArray]], attributes: Any) -> str:
    """The system of named arrays, as `find` gives it. Refuses one that is unknown, is not in m, or
    is not the same for all."""
    seen: Optional[Tuple[Hashable, str]] = None
    for name, array in arrays:
        text = find(array, attributes)
        if text is None or not _in_metres(text):
            raise InputError(
                f"{name}: {UNKNOWN} (a coordinate spatial_ref, as rioxarray's write_crs makes it)"
            )
        if seen is not None and _key(seen[1]) != _key(text):
            raise InputError(f"the coordinate reference system of {name} is not that of {seen[0]}")
        seen = (name, text)
    return seen[1] if seen else ""


def equator(text: str) -> float:
    """The northing of the equator: in southern zones of UTM 10,000,000 m, else 0."""
    zone = re.fullmatch(r"327(0[1-9]|[1-5]\d|60)", _key(text))
    name = r'PARAMETER\s*[\[(]\s*"false[ _]northing"\s*,\s*'
    return 1e7 if zone or re.search(rf"(?i){name}1(0000000(\.0*)?|e\+?0?7)\b", text) else 0.0


def with_coordinates(dataset: xr.Dataset) -> xr.Dataset:
    """The same, its grid mappings among the coordinates, of which each band has them. xarray opens
    netCDF with them as variables."""
    names = {name for array in dataset.data_vars.values() for name in _mappings(array)}
    found = [name for name in names if name in dataset.data_vars and not dataset[name].ndim]
    return dataset.set_coords(found)


def _mappings(array: xr.DataArray) -> List[Any]:
    """What the grid mapping of an array may be called."""
    said = (array.encoding.get("grid_mapping"), array.attrs.get("grid_mapping"))
    return [name for name in (*said, "spatial_ref", "crs") if name]


def find(array: xr.DataArray, attributes: Any) -> Optional[str]:
    """WKT or EPSG:n, from the grid mapping (CF, rioxarray, odc-geo, satpy), stackstac's epsg, or
    the attributes of STAC or EOPF."""
    for name in _mappings(array):
        if name in array.coords:
            found = array.coords[name].attrs
            text = found.get("crs_wkt") or found.get("spatial_ref") or _wkt(array.coords[name])
            if text:
                return str(text)
    if "epsg" in array.coords and array.coords["epsg"].ndim == 0:
        # stackstac has None or NaN there where assets do not say it.
        text = _spelt(array.coords["epsg"].item())
        if text.startswith("EPSG:"):
            return text
    for place in (array.attrs, attributes):
        code = (
            place.get("proj:epsg")
            or place.get("epsg")
            or place.get("proj:code")
            or place.get("crs")
        )
        if code:
            return _spelt(code)
    return None


def _wkt(coordinate: xr.DataArray) -> Optional[str]:
    """WKT of a system that is the coordinate's value, as satpy has it."""
    to_wkt = getattr(coordinate.item(), "to_wkt", None) if coordinate.ndim == 0 else None
    return to_wkt() if to_wkt else None


def _spelt(code) -> str:
    """EPSG:n of whatever says it: 32633, "32633", 32633.0, "epsg:32633"; other texts as they
    are."""
    text = str(code).strip()
    number = re.fullmatch(r"(?i)(?:(?:\+init=)?epsg:)?(\d+)(?:\.0)?", text)
    return f"EPSG:{number[1]}" if number else text


def moved(coordinate: xr.DataArray, west: float, north: float, gsd: float) -> xr.DataArray:
    """A grid mapping with the geotransform of the result."""
    if "GeoTransform" not in coordinate.attrs:
        return coordinate
    copy = coordinate.copy()
    copy.attrs = {
        **coordinate.attrs,
        "GeoTransform": f"{west!r} {gsd!r} 0.0 {north!r} 0.0 {-gsd!r}",
    }
    return copy


def area_of(area: Any, x: np.ndarray, y: np.ndarray, gsd: float) -> Any:
    """The area of the result, from that which satpy has in the attributes."""
    half = gsd / 2
    extent = (x.min() - half, y.min() - half, x.max() + half, y.max() + half)
    return area.copy(area_extent=tuple(map(float, extent)), width=x.size, height=y.size)


def _key(text: str) -> str:
    """What two spellings of a system share: the EPSG number at the end, or all."""
    codes = re.findall(r'(?:EPSG:|"EPSG",\s*"?)(\d+)', text)
    return codes[-1] if codes else text


def _in_metres(text: str) -> bool:
    short = re.fullmatch(r"(?i)(?:epsg:)?(\d+)", text.strip())
    if short:
        try:
            import pyproj
        except ImportError:
            # The zones of Sentinel-2's tiles, and the systems in m that mosaics come in.
            return bool(
                re.fullmatch(
                    r"32[67](0[1-9]|[1-5]\d|60)|3857|3035|5070|6933|258(2[89]|3\d)", short[1]
                )
            )
        try:
            axes = pyproj.CRS.from_epsg(int(short[1])).axis_info
        except pyproj.exceptions.CRSError:  # there is no such number
            return False
        return bool(axes) and all(a.unit_name in ("metre", "meter") for a in axes[:2])
    if not re.match(r"(?i)\s*(PROJCS|PROJCRS|PROJECTEDCRS|COMPD_CS|COMPOUNDCRS)\b", text):
        return False
    units = _units(text)
    return bool(units) and all(unit == 1 for unit in units)


def _units(text: str) -> List[float]:
    """What a projected system of WKT counts in, in m: not what its ellipsoid, its parameters or
    heights do."""
    within: List[str] = []
    found = []
    # Texts in quotation marks may hold brackets.
    for token in re.finditer(r'"[^"]*"|(\w+)\s*[\[(]|[\])]|[^\s,\[\]()"]+', text):
        keyword = token[1]
        if keyword:
            within.append(keyword.upper())
        elif token[0] in ("]", ")"):
            del within[-1:]
        elif within and within[-1] in ("UNIT", "LENGTHUNIT") and not token[0].startswith('"'):
            outer = [k for k in within[:-1] if k != "AXIS"]
            if outer and outer[-1] in ("PROJCS", "PROJCRS", "PROJECTEDCRS"):
                found.append(_number(token[0]))
    return found


def _number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")
