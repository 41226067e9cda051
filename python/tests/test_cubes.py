"""xarray: the same kind back, with coordinates, attributes and laziness as they have to be."""

import numpy as np
import pytest
from conftest import EPSG, GSD, NORTH, SIZE, WEST, data_array

import s2sr

xr = pytest.importorskip("xarray")


def native(arrays, **attributes):
    """As EOPF and many readers have it: bands on grids of their own."""
    dims = {10: ("y_10m", "x_10m"), 20: ("y_20m", "x_20m"), 60: ("y_60m", "x_60m")}
    found = {n: data_array(a, GSD[n], dims[GSD[n]], **attributes) for n, a in arrays.items()}
    return xr.Dataset({n: a.drop_vars("spatial_ref") for n, a in found.items()}).assign_coords(
        spatial_ref=found["B2"].spatial_ref
    )


def resampled(arrays, gsd=GSD):
    """As odc-stac and stackstac load it: all bands on the 10 m grid, by nearest neighbour."""
    return {n: np.kron(a, np.ones((gsd[n] // 10,) * 2, a.dtype)) for n, a in arrays.items()}


def check_grid(result, gsd=10, size=SIZE):
    assert result.sizes["x"] == result.sizes["y"] == size
    assert np.array_equal(result.x, WEST + (np.arange(size) + 0.5) * gsd)
    assert np.array_equal(result.y, NORTH - (np.arange(size) + 0.5) * gsd)
    assert result.spatial_ref.attrs["GeoTransform"].split()[1] == f"{float(gsd)}"


def test_a_dataset_of_native_grids(arrays, whole):
    source = native(arrays, units="DN", _FillValue=0)
    source.attrs["title"] = "a scene"
    result = s2sr.super_resolve(source)
    assert isinstance(result, xr.Dataset) and set(result.data_vars) == set(whole)
    check_grid(result)
    assert (
        result.B5.attrs["units"] == "DN"
        and result.B5.attrs["_FillValue"] == 0
        and result.B5.dtype == "uint16"
    )
    assert result.attrs["title"] == "a scene" and "dummy-t2x" in result.attrs["s2sr_models"]
    for name in whole:
        assert np.array_equal(result[name], whole[name]), name


def test_coordinates_that_were_divided(arrays, whole):
    """Programs that divide an extent by its pixels are off by what doubles cannot show."""
    source = native(arrays)
    for axis in ("x_10m", "y_10m", "x_20m", "y_20m", "x_60m", "y_60m"):
        source = source.assign_coords({axis: source[axis] + 1e-9 * np.arange(source.sizes[axis])})
    result = s2sr.super_resolve(source)
    assert np.abs(result.x - (WEST + 10 * np.arange(SIZE) + 5)).max() < 1e-6
    assert np.abs(result.y - (NORTH - 10 * np.arange(SIZE) - 5)).max() < 1e-6
    assert result.spatial_ref.attrs["GeoTransform"].split()[1] == "10.0"
    for name in whole:
        assert np.array_equal(result[name], whole[name]), name


def test_five_metres(arrays):
    result = s2sr.super_resolve(native(arrays), to=5, bands=["B5"])
    check_grid(result, 5, 2 * SIZE)


def test_a_stack_with_several_dates(arrays, whole):
    """(time, band, y, x) at 10 m, with labels, times and more a band and a date."""
    names = list(arrays)
    one = np.stack([resampled(arrays)[n] for n in names])
    cube = data_array(np.stack([one, one[..., ::-1]]), 10, ("time", "band", "y", "x"))
    times = np.array(["2024-05-01", "2024-05-06"], "datetime64[ns]")
    cube = cube.assign_coords(
        time=times,
        band=names,
        common=("band", [n.lower() for n in names]),
        cloud=("time", [1.0, 2.0]),
    )
    result = s2sr.super_resolve(cube)
    assert isinstance(result, xr.DataArray) and result.dims == ("time", "band", "y", "x")
    check_grid(result)
    assert list(result.band.values) == [n for n in names if n in whole]
    assert list(result.common.values) == [str(n).lower() for n in result.band.values]
    assert np.array_equal(result.time, times) and np.array_equal(result.cloud, [1, 2])
    for name in whole:
        assert np.abs(result.sel(band=name)[0].values.astype(int) - whole[name]).max() <= 1, name


@pytest.mark.parametrize("labels_are_numbers", [False, True])
def test_what_is_told_a_band_is_that_of_the_band(arrays, labels_are_numbers):
    """Be it for all dates, as ENVI's wavelengths are, or a date, as stackstac has it."""
    names = list(arrays)
    stack = np.stack([resampled(arrays)[n] for n in names])
    cube = data_array(np.stack([stack, stack]), 10, ("time", "band", "y", "x"))
    numbers = np.arange(2 * len(names)).reshape(2, -1)
    cube = cube.assign_coords(
        band=range(1, len(names) + 1) if labels_are_numbers else names,
        wavelength=("band", numbers[0]),
        title=(("time", "band"), numbers),
        turned=(("band", "time"), numbers.T),
        gsd=("band", [GSD[n] for n in names]),
    )
    if labels_are_numbers:
        cube.attrs["long_name"] = tuple(names)
    result = s2sr.super_resolve(cube, bands=["B5", "B11"])
    at = [names.index("B5"), names.index("B11")]
    assert list(result.band.values) == ["B5", "B11"] and result.gsd == 10
    assert list(result.wavelength.values) == at
    assert np.array_equal(result.title.transpose("time", "band"), numbers[:, at])
    assert np.array_equal(result.turned.transpose("time", "band"), numbers[:, at])


def test_rows_from_south_to_north(arrays, whole):
    result = s2sr.super_resolve(
        native(arrays).isel(y_10m=slice(None, None, -1), y_20m=slice(None, None, -1))
    )
    assert result.y[0] < result.y[-1]
    assert np.array_equal(result.B5.values[::-1], whole["B5"])


def test_coordinates_of_corners(arrays, whole):
    """As stackstac has them unless it is told otherwise; its attributes say where pixels lie."""
    stack, names = np.stack(list(resampled(arrays).values())), list(arrays)
    placed = {"transform": (10.0, 0.0, WEST, 0.0, -10.0, NORTH), "spec": "of the source's grid"}
    centres = data_array(stack, 10, ("band", "y", "x"), **placed).assign_coords(band=names)
    corners = centres.assign_coords(x=centres.x - 5, y=centres.y + 5)
    for source in (centres, corners, corners.sortby("y")):
        result = s2sr.super_resolve(source).sortby("y", ascending=False)
        check_grid(result)
        assert np.array_equal(result.sel(band="B5"), whole["B5"]) and "spec" not in result.attrs
    result = s2sr.super_resolve(corners.to_dataset("band"))
    check_grid(result)
    assert np.array_equal(result.B5, whole["B5"])
    part = s2sr.super_resolve(corners.isel(x=slice(60, 180), y=slice(120, 240)))
    assert (part.x[0], part.y[0]) == (WEST + 605, NORTH - 1205)


def test_coordinates_that_may_be_those_of_corners(arrays, caplog):
    """As stackstac's are once arithmetic has lost the transform."""
    stack, names = np.stack(list(resampled(arrays).values())), list(arrays)
    centres = data_array(stack, 10, ("band", "y", "x"), add_offset=-1000.0, epsg=EPSG)
    placed = centres.assign_coords(band=names)
    centres = placed.drop_vars("spatial_ref")
    corners = centres.assign_coords(x=centres.x - 5, y=centres.y + 5)
    what_to_do = "stack with xy_coords='center', or give back the attribute transform"
    with pytest.raises(s2sr.InputError, match=what_to_do) as refused:
        s2sr.super_resolve(corners)
    assert "line up" in str(refused.value) and refused.value.code
    ten = ["B2", "B3", "B4", "B8"]
    fine = {"to": 5, "bands": ["B2"], "model": "dummy"}
    s2sr.super_resolve(centres.sel(band=ten), **fine)
    s2sr.super_resolve(centres)
    s2sr.super_resolve(placed.assign_coords(x=placed.x - 5, y=placed.y + 5).sel(band=ten), **fine)
    assert not caplog.messages
    s2sr.super_resolve(corners.sel(band=ten), **fine)
    (said,) = caplog.messages
    assert what_to_do in said
    caplog.clear()
    given = corners.assign_attrs(transform=(10.0, 0.0, WEST, 0.0, -10.0, NORTH))
    assert s2sr.super_resolve(given).x[0] == WEST + 5 and not caplog.messages


def test_scaled_in_every_way_that_readers_leave_it(arrays, whole):
    """DN with attributes; reflectance that was decoded; reflectance that keeps its attributes."""
    scale, offset = 0.0001, -0.1
    shifted = {n: np.where(a == 0, 0, a + 1000).astype("uint16") for n, a in arrays.items()}
    attributes = {"scale_factor": scale, "add_offset": offset, "_FillValue": 0}
    expected = whole["B5"].astype(float)
    valid = expected != 0

    dn = s2sr.super_resolve(native(shifted, **attributes))
    assert np.abs(dn.B5.values[valid] - (expected[valid] + 1000)).max() <= 1
    assert dn.B5.attrs["scale_factor"] == scale

    decoded = xr.decode_cf(native(shifted, **attributes), decode_coords=False)
    assert decoded.B5.dtype.kind == "f"
    reflectance = s2sr.super_resolve(decoded)
    assert (
        np.array_equal(np.isnan(reflectance.B5), ~valid)
        and reflectance.B5.dtype == decoded.B5.dtype
    )
    assert np.abs(reflectance.B5.values[valid] * 10000 - expected[valid]).max() < 1

    floats = {n: np.where(a == 0, np.nan, a / 10000.0).astype("float32") for n, a in arrays.items()}
    kept = s2sr.super_resolve(native(floats, scale_factor=scale, add_offset=offset, nodata=np.nan))
    assert np.abs(kept.B5.values[valid] * 10000 - expected[valid]).max() < 1
    masked = {n: np.where(a == 0, np.nan, a).astype("float32") for n, a in shifted.items()}
    as_dn = s2sr.super_resolve(native(masked, scale_factor=scale, add_offset=offset))
    assert np.abs(as_dn.B5.values[valid] - (expected[valid] + 1000)).max() < 1


@pytest.mark.parametrize("lazy", [False, True])
def test_reflectance(arrays, whole, lazy):
    source = native(arrays, scale_factor=0.0001, _FillValue=0)
    result = s2sr.super_resolve(source.chunk(x_10m=100) if lazy else source, reflectance=True).B5
    assert result.dtype == "float32" and not {"scale_factor", "_FillValue"} & set(result.attrs)
    valid = whole["B5"] != 0
    assert np.array_equal(np.isnan(result), ~valid)
    assert np.abs(result.values[valid] * 10000 - whole["B5"][valid]).max() < 1
    assert np.array_equal(
        s2sr.super_resolve(arrays, reflectance=True)["B5"], result, equal_nan=True
    )


def test_a_dict_and_a_tree(arrays, whole):
    found = {n: data_array(a, GSD[n]) for n, a in arrays.items()}
    result = s2sr.super_resolve(found)
    assert type(result) is dict and np.array_equal(result["B5"], whole["B5"])
    if hasattr(xr, "DataTree"):
        groups = {
            f"r{g}m": xr.Dataset({n: a for n, a in found.items() if GSD[n] == g})
            for g in (10, 20, 60)
        }
        assert np.array_equal(s2sr.super_resolve(xr.DataTree.from_dict(groups)).B5, whole["B5"])


def test_what_other_variables_there_are_does_not_matter(arrays, whole):
    source = native(arrays)
    source["SCL"] = source.B5 * 0
    source["quality"] = ("n", [1, 2])
    assert set(s2sr.super_resolve(source).data_vars) == set(whole)


def test_what_is_refused(arrays):
    source = native(arrays)

    def refused(changed, match):
        with pytest.raises(s2sr.InputError, match=match):
            s2sr.super_resolve(changed)

    refused(source.drop_vars("spatial_ref"), "coordinate reference system is missing")
    degrees = source.copy()
    degrees.spatial_ref.attrs["crs_wkt"] = 'GEOGCS["WGS 84",UNIT["degree",0.0174532925199433]]'
    refused(degrees, "does not count in m")
    refused(source.drop_vars("x_20m"), "has no coordinates of at least two pixels along x_20m")
    refused(source.isel(x_20m=[0, 1, 3]), "not evenly spaced")
    refused(source.isel(x_20m=slice(None, None, -1)), "from east to west")
    refused(
        source[["SCL"]] if "SCL" in source else xr.Dataset({"SCL": source.B5}),
        "no band of Sentinel-2 is among SCL",
    )
    refused(source[["B5"]], "needs B2, B3, B4, B8")
    refused(data_array(arrays["B2"], 10), "one of them has to be the bands'")
    refused(source.assign(B6=source.B6.expand_dims(time=2)), "B6 has the dimensions time = 2")
    moved = source.assign_coords(x_20m=source.x_20m + 7)
    refused(moved, "grids of .* do not fit")


def test_an_expected_error_has_no_offset(arrays):
    """An array has one add_offset for all bands; to decode an error by it gives nonsense."""
    names = list(arrays)
    scaled = {"scale_factor": 0.0001, "add_offset": -0.1}
    stack = np.stack([resampled(arrays)[n] for n in names])
    cube = data_array(stack, 10, ("band", "y", "x"), **scaled).assign_coords(band=names)
    options = {"model": "sure", "uncertainty": True, "bands": ["B5"]}
    with pytest.raises(s2sr.ArgumentError, match="B5_uncertainty has no add_offset"):
        s2sr.super_resolve(cube, **options)
    errors = s2sr.super_resolve(cube, reflectance=True, **options).sel(band="B5_uncertainty")
    # As the sentence says.
    apart = s2sr.super_resolve({n: cube.sel(band=n, drop=True) for n in names}, **options)
    assert "add_offset" not in apart["B5_uncertainty"].attrs
    assert apart["B5"].attrs["add_offset"] == -0.1
    decoded = apart["B5_uncertainty"] * apart["B5_uncertainty"].attrs["scale_factor"]
    assert abs(float(decoded.mean()) - float(errors.mean())) < 0.0001
    for cube.attrs in ({"scale_factor": 0.0001}, {"scale": 0.0001, "offset": 0.0}):
        cube.attrs["grid_mapping"] = "spatial_ref"
        assert s2sr.super_resolve(cube, **options).sizes["band"] == 2
    named = native(arrays, scale=0.0001, offset=-0.1)
    assert "offset" not in s2sr.super_resolve(named, **options).B5_uncertainty.attrs


@pytest.mark.parametrize("name", ["time_utc", "time"])
def test_other_dimensions_keep_their_names(arrays, name):
    names = list(arrays)
    stack = np.stack([resampled(arrays)[n] for n in names])
    cube = data_array(stack, 10, ("band", "y", "x")).assign_coords(band=names)
    cube = cube.expand_dims({name: [1]})
    assert s2sr.super_resolve(cube).dims == (name, "band", "y", "x")


def test_the_names_of_a_dict_are_named(arrays):
    found = {n: data_array(a, GSD[n]).drop_vars("spatial_ref") for n, a in arrays.items()}
    with pytest.raises(s2sr.InputError, match="^B1: its coordinate reference system"):
        s2sr.super_resolve(found)
