"""Coordinate reference systems of xarray objects: where they are found, what they count in."""

import numpy as np
import pytest
from conftest import GSD, NORTH, SIZE, UTM, WEST, data_array
from test_cubes import native, resampled

import s2sr

xr = pytest.importorskip("xarray")

FEET = UTM.replace('UNIT["metre",1]', 'UNIT["US survey foot",0.304800609601219]').replace(
    '"32633"', '"2263"'
)
# WKT 2: the ellipsoid and the parameters count in m, the axes in feet.
FEET_2 = """PROJCRS["NAD83 / New York Long Island (ftUS)",BASEGEOGCRS["NAD83",
DATUM["North American Datum 1983",ELLIPSOID["GRS 1980",6378137,298.257,LENGTHUNIT["metre",1]]],
PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["(meters [m])",
METHOD["Lambert Conic Conformal (2SP)"],PARAMETER["Easting",984250,LENGTHUNIT["metre",1]]],
CS[Cartesian,2],AXIS["x",east,ORDER[1],LENGTHUNIT["US survey foot",0.304800609601219]],
AXIS["y",north,ORDER[2],LENGTHUNIT["US survey foot",0.304800609601219]],ID["EPSG",2263]]"""
METRES_2 = FEET_2.replace('"US survey foot",0.304800609601219', '"metre",1').replace(
    "2263", "32633"
)


def test_what_a_system_counts_in(arrays):
    source = native(arrays)
    vertical = 'VERT_CS["depth",VERT_DATUM["mean sea",2005],UNIT["US survey foot",0.3048006]]'
    for text in (UTM, METRES_2, f'COMPD_CS["both",{UTM},{vertical}]'):
        source.spatial_ref.attrs["crs_wkt"] = text
        assert s2sr.super_resolve(source, bands=["B5"]).B5.shape == (SIZE, SIZE)
    for text in (FEET, FEET_2, f'COMPD_CS["both",{FEET},{vertical}]', "PROJCS[", 'PROJCS["metre"]'):
        source.spatial_ref.attrs["crs_wkt"] = text
        with pytest.raises(s2sr.InputError, match="does not count in m"):
            s2sr.super_resolve(source)


def test_numbers_of_systems(arrays):
    def numbered(code, as_coordinate):
        found = {n: data_array(a, GSD[n]).drop_vars("spatial_ref") for n, a in arrays.items()}
        if as_coordinate:
            return {n: a.assign_coords(epsg=code) for n, a in found.items()}
        return {n: a.assign_attrs(epsg=code) for n, a in found.items()}

    for code in (32633, "32633", 32633.0, "EPSG:32633", "epsg:32633"):
        for as_coordinate in (False, True):
            assert "B5" in s2sr.super_resolve(numbered(code, as_coordinate))
    for code in (999999, None, float("nan"), "utm33"):
        for as_coordinate in (False, True):
            with pytest.raises(s2sr.InputError, match="reference system is missing"):
                s2sr.super_resolve(numbered(code, as_coordinate))


def test_a_system_that_is_a_coordinate(arrays):
    """As satpy has it."""
    pyproj = pytest.importorskip("pyproj")
    system = xr.Variable((), np.array(pyproj.CRS.from_epsg(32633), dtype=object))
    found = {n: data_array(a, GSD[n]).drop_vars("spatial_ref") for n, a in arrays.items()}
    result = s2sr.super_resolve({n: a.assign_coords(crs=system) for n, a in found.items()})
    assert result["B5"].crs.item() == system.item()


def test_the_area_is_that_of_the_result(arrays):
    """Satpy writes files by it."""

    class Area:
        area_extent = None

        def copy(self, **changed):
            return changed

    found = {n: data_array(a, GSD[n], area=Area()) for n, a in arrays.items()}
    result = s2sr.super_resolve(found)["B5"].attrs["area"]
    extent = (WEST, NORTH - 10 * SIZE, WEST + 10 * SIZE, NORTH)
    assert result == {"area_extent": extent, "width": SIZE, "height": SIZE}
    text = {n: a.assign_attrs(area="Virginia") for n, a in found.items()}
    assert s2sr.super_resolve(text)["B5"].attrs["area"] == "Virginia"


def test_a_system_that_is_a_variable(arrays, whole):
    """As xarray opens netCDF."""
    source = native(arrays)
    with_it = s2sr.super_resolve(source)
    for name in ("spatial_ref", "transverse_mercator"):
        opened = source.rename(spatial_ref=name)
        for array in opened.data_vars.values():
            array.attrs["grid_mapping"] = name
        result = s2sr.super_resolve(opened.reset_coords(name))
        assert set(result.data_vars) == set(whole)
        assert result[name].attrs == with_it.spatial_ref.attrs and name in result.coords
    if hasattr(xr, "DataTree"):
        tree = xr.DataTree.from_dict({"measurements": opened.reset_coords(name)})
        assert set(s2sr.super_resolve(tree).data_vars) == set(whole)


def test_a_stack_from_the_southern_hemisphere(arrays, whole):
    """Northings of southern zones are no multiples of 60 m where 60 m pixels begin."""
    south = NORTH - 99_980.0
    parameters = 'PARAMETER["false_northing",10000000],UNIT["metre",1]]'
    wkt_1 = UTM.split('UNIT["metre"')[0].replace("33N", "33S") + parameters
    for attributes in (
        {"crs_wkt": UTM.replace("32633", "32733")},
        {"crs_wkt": wkt_1},
        {"crs_wkt": wkt_1.replace("false_northing", "False northing").replace("10000000", "1e7")},
    ):
        found = {n: data_array(a, 10) for n, a in resampled(arrays).items()}
        for name, array in found.items():
            found[name] = array.assign_coords(y=array.y - NORTH + south)
            found[name].spatial_ref.attrs.update(attributes)
        result = s2sr.super_resolve(found)
        for name in whole:
            assert np.array_equal(result[name], whole[name]), name
            assert np.array_equal(result[name].y, found["B2"].y)
        placed = result["B5"].spatial_ref.attrs["GeoTransform"].split()
        assert float(placed[3]) == south
