"""What numbers mean: DN or reflectance, and what stands for no data, however readers leave it."""

import json

import numpy as np
import pytest
from conftest import DATA, EPSG, GSD, NORTH, SIZE, WEST, bands, data_array
from test_cubes import native, resampled

import s2sr
from s2sr import units

# Cases that files are held to as well (`src/product/floats.rs`, `tests/cli/inputs/units.rs`).
COMMON = json.loads((DATA / "units.json").read_text("utf-8"))

xr = pytest.importorskip("xarray")


def floats(arrays, divisor=10000.0):
    return {n: np.where(a == 0, np.nan, a / divisor).astype("float32") for n, a in arrays.items()}


def opened(product, **options):
    rioxarray = pytest.importorskip("rioxarray")
    files = {f.stem.split("_")[1]: f for f in product.glob("*.tif")}
    return {
        n: rioxarray.open_rasterio(f, **options).squeeze("band", drop=True)
        for n, f in files.items()
    }


@pytest.mark.parametrize(
    "options",
    [{}, {"masked": True}, {"mask_and_scale": True}, {"masked": True, "chunks": True}],
    ids=str,
)
def test_as_rioxarray_opens_them(product, whole, options):
    """A scale of 1 says nothing, be it in the attributes or the encoding."""
    result = s2sr.super_resolve(opened(product, **options))["B5"].values
    empty = whole["B5"] == 0
    assert np.array_equal(np.isnan(result) if options else result == 0, empty)
    assert np.abs(result[~empty] - whole["B5"][~empty].astype(float)).max() < 1


@pytest.mark.parametrize(
    "options", [{}, {"masked": True}, {"mask_and_scale": True}, {"band_as_variable": True}], ids=str
)
@pytest.mark.filterwarnings("ignore:.*differ across bands")
def test_a_stack_whose_bands_differ_as_rioxarray_opens_it(arrays, whole, options, tmp_path):
    """It has the scale of each band in `scales` then, and may count the variables."""
    rioxarray, rasterio = pytest.importorskip("rioxarray"), pytest.importorskip("rasterio")
    shifted = {n: np.where(a == 0, 0, a + 1000).astype("uint16") for n, a in arrays.items()}
    # Not in the order of their numbers.
    names = [*reversed(shifted), "SCL"]
    stack = resampled({**shifted, "SCL": shifted["B2"]}, {**GSD, "SCL": 10})
    profile = {"count": len(names), "height": SIZE, "width": SIZE, "dtype": "uint16", "nodata": 0}
    place = {"crs": f"EPSG:{EPSG}", "transform": rasterio.Affine(10, 0, WEST, 0, -10, NORTH)}
    with rasterio.open(tmp_path / "stack.tif", "w", driver="GTiff", **profile, **place) as file:
        file.write(np.stack([stack[n] for n in names]))
        file.descriptions = names
        file.scales, file.offsets = [0.0001] * len(arrays) + [1], [-0.1] * len(arrays) + [0]
    result = s2sr.super_resolve(rioxarray.open_rasterio(tmp_path / "stack.tif", **options))
    if "band_as_variable" in options:
        found = {array.attrs["long_name"]: array for array in result.data_vars.values()}
    else:
        found = {n: result.sel(band=n) for n in result.band.values}
        result.rio.to_raster(tmp_path / "back.tif")
        with rasterio.open(tmp_path / "back.tif") as file:
            assert file.scales == (0.0001,) * 8 and file.offsets == (-0.1,) * 8
    assert set(found) == set(whole)
    for name, array in found.items():
        dn = array * 10000 if "mask_and_scale" in options else array - 1000.0
        valid = whole[name] != 0
        assert np.abs(dn.values[valid] - whole[name][valid]).max() <= 1, name


@pytest.mark.parametrize("case", COMMON["numbers"], ids=lambda c: c["what"])
def test_the_unit_is_that_of_the_common_cases(case):
    def values(runs):
        return np.concatenate([[], *(first + step * np.arange(n) for first, step, n in runs)])

    found = case["bands"]
    samples = [values(b["runs"]).astype("float32") for b in found.values()]
    nodata = [float("nan") if b["nodata"] is None else b["nodata"] for b in found.values()]
    if case["unit"] == "refused":
        with pytest.raises(s2sr.ArgumentError):
            units.is_reflectance(samples, list(found), nodata)
        return
    told = units.is_reflectance(samples, list(found), nodata)
    assert {True: "reflectance", False: "dn", None: "unknown"}[told] == case["unit"]


@pytest.mark.parametrize("case", COMMON["declared"], ids=lambda c: c["what"])
def test_what_is_declared_and_given_means_what_it_means_of_files(arrays, case):
    unit = {"dn": 1, "reflectance": 10000}[case["numbers"]]
    numbers = {n: (a / unit).astype(case["dtype"]) for n, a in arrays.items()}
    keys = {"scale": "scale_factor", "offset": "add_offset", "nodata": "_FillValue"}
    attributes = {keys[key]: value for key, value in case["declared"].items()}
    options = {"with_native": True, "bands": ["B2", "B5"], "reflectance": True, **case["given"]}
    results = [s2sr.super_resolve(native(numbers, **attributes), **options).B2.values]
    if not attributes:
        results.append(s2sr.super_resolve(numbers, **options)["B2"])
    expected = (numbers["B2"] + float(case["add_offset"])) / case["quantification"]
    expected[numbers["B2"] == case["nodata"]] = np.nan
    for result in results:
        assert np.allclose(result, expected, atol=1e-5, rtol=0, equal_nan=True)


@pytest.mark.parametrize("lazy", [False, True])
def test_per_cent_is_what_the_units_say(arrays, whole, lazy):
    """As satpy gives it; it was taken for very dark DN."""
    expected = floats(whole)["B5"]
    dn = {n: a.astype("uint16") for n, a in arrays.items()}
    stored = native(dn, units="%", scale_factor=0.01, _FillValue=0)
    for source in (
        native(floats(arrays, 100), units="%"),
        stored,
        xr.decode_cf(stored, decode_coords=False),
    ):
        source = source.chunk(x_10m=100) if lazy else source
        result = s2sr.super_resolve(source, reflectance=True).B5
        assert np.allclose(result, expected, atol=1e-4, equal_nan=True)
        assert "units" not in result.attrs
    result = s2sr.super_resolve(native(floats(arrays, 100), units="%")).B5
    assert result.attrs["units"] == "%"
    assert np.allclose(result, 100 * expected, atol=1e-2, equal_nan=True)


def test_what_may_be_per_cent_is_told(arrays, caplog):
    """Where nothing says it, as with files."""
    percent = floats(arrays, 100)
    for source in (percent, native(percent), native(percent).chunk(x_10m=100)):
        caplog.clear()
        np.asarray(s2sr.super_resolve(source)["B5"])
        said, _ = caplog.messages
        assert "taken as DN; if they are per cent, set quantification=100" in said
        caplog.clear()
        np.asarray(s2sr.super_resolve(source, quantification=100)["B5"])
        s2sr.super_resolve(floats(arrays))
        s2sr.super_resolve(floats(arrays, 1), offset=0)
        assert not caplog.messages


def test_zeros_in_floats_are_told(arrays, caplog):
    """As with files: nothing says whether they are data."""
    masked = {name: band.copy() for name, band in floats(arrays, 1).items()}
    for band in masked.values():
        band[: len(band) // 2] = 0
    for source in (masked, native(masked), native(masked).chunk(x_10m=100)):
        caplog.clear()
        np.asarray(s2sr.super_resolve(source)["B5"])
        said, _ = caplog.messages
        assert "exactly 0" in said and "nodata=0" in said
        caplog.clear()
        np.asarray(s2sr.super_resolve(source, nodata=0, offset=0)["B5"])
        assert not caplog.messages


def test_an_offset_that_nothing_says_is_told(arrays, caplog):
    """As with files: without that of -1000 the pixels of new products are wrong by it."""
    decoded = native(floats(arrays))
    for array in decoded.data_vars.values():
        array.encoding["scale_factor"] = 0.0001
    for source in (
        arrays,
        native(arrays),
        native(arrays).chunk(x_10m=100),
        native(arrays, scale_factor=1.0, add_offset=0.0),
        floats(arrays, 1),
        native(floats(arrays, 1)).chunk(x_10m=100),
    ):
        caplog.clear()
        np.asarray(s2sr.super_resolve(source)["B5"])
        (said,) = caplog.messages
        assert "nothing says the additive offset of its bands" in said and "offset=-1000" in said
        caplog.clear()
        np.asarray(s2sr.super_resolve(source, offset=0)["B5"])
        assert not caplog.messages
    for source in (
        native(arrays, add_offset=-1000.0),
        native(arrays, scale_factor=0.0001),
        floats(arrays),
        native(floats(arrays)),
        decoded,
        {n: a.astype("uint8") for n, a in arrays.items()},
    ):
        np.asarray(s2sr.super_resolve(source)["B5"])
        assert not caplog.messages
    some = native(arrays, add_offset=-1000.0).assign(B5=native(arrays).B5)
    s2sr.super_resolve(some)
    assert "offset of B5," in caplog.text


@pytest.mark.parametrize("key", ["quantification", "offset", "nodata"])
@pytest.mark.parametrize("value", ["x", [1, 2], 1j])
def test_what_is_no_number_is_an_error_of_ours(arrays, key, value):
    for source in (arrays, native(arrays)):
        with pytest.raises(s2sr.OptionError, match=f"option {key} takes a number"):
            s2sr.super_resolve(source, **{key: value})


SCALED = (
    {"scale_factor": 0.0001},
    {"add_offset": -1000.0},
    {"scale_factor": 1e-4, "add_offset": -0.1},
)


@pytest.mark.parametrize("attributes", SCALED, ids=str)
def test_nodata_that_the_caller_gives_is_that_of_the_stored_numbers(arrays, attributes):
    options = {"bands": ["B2", "B5"], "with_native": True}
    # 0, as mostly, and one that a reader rounds.
    for nodata in (0, int(arrays["B2"][100, 100])):
        decoded = xr.decode_cf(native(arrays, **attributes), decode_coords=False)
        assert decoded.B2.dtype.kind == "f"
        result = s2sr.super_resolve(decoded, nodata=nodata, reflectance=True, **options).B2.values
        assert np.array_equal(np.isnan(result), arrays["B2"] == nodata)


@pytest.mark.parametrize("nodata", [np.nan, -9999, 70000, 0.5])
def test_a_declared_nodata_that_the_type_cannot_hold_is_0(arrays, whole, nodata, caplog):
    """As with files. Floats without data that became integers keep the attribute NaN."""
    source = native(arrays, nodata=nodata, scale_factor=0.0001)
    for given in (source, source.chunk(x_10m=100)):
        caplog.clear()
        assert np.array_equal(s2sr.super_resolve(given).B5, whole["B5"])
        (said,) = caplog.messages
        assert f"nodata value {nodata:g} is no number of type uint16; 0 was taken for it" in said
    caplog.clear()
    s2sr.super_resolve(native(arrays, nodata=1, scale_factor=0.0001))
    s2sr.super_resolve(source, nodata=0)
    assert not caplog.messages


def test_what_was_decoded_has_no_data_where_it_is_nan(arrays, whole):
    decoded = xr.decode_cf(native(arrays, _FillValue=np.uint16(0)), decode_coords=False)
    result = s2sr.super_resolve(decoded).B5
    assert np.array_equal(np.isnan(result), whole["B5"] == 0)
    assert (s2sr.super_resolve(decoded, nodata=0).B5.values[whole["B5"] == 0] == 0).all()


def test_an_offset_that_was_applied_alone_leaves_dn(arrays, whole):
    shifted = {n: np.where(a == 0, 0, a + 1000).astype("uint16") for n, a in arrays.items()}
    attributes = {"add_offset": -1000.0, "_FillValue": np.uint16(0)}
    decoded = xr.decode_cf(native(shifted, **attributes), decode_coords=False)
    result, valid = s2sr.super_resolve(decoded).B5.values, whole["B5"] != 0
    assert np.abs(result[valid] - whole["B5"][valid]).max() < 1


@pytest.mark.parametrize("outlier", [-9999, 65535, 12, 1e20, -30000])
@pytest.mark.parametrize("divisor", [10000.0, 1.0])
def test_one_outlier_changes_the_unit_of_nothing(arrays, whole, outlier, divisor):
    odd = floats(arrays, divisor)
    odd["B2"][130, 130] = outlier
    far = np.ones(whole["B5"].shape, bool)
    far[90:170, 90:170] = False
    far &= whole["B5"] != 0
    # The unit shows in what comes out as reflectance.
    options = {"reflectance": True, "bands": ["B5"]}
    together = s2sr.super_resolve(odd, **options)["B5"]
    assert np.abs(together[far] * 10000 - whole["B5"][far]).max() < 1
    pytest.importorskip("dask")
    parts = s2sr.super_resolve(native(odd).chunk(x_10m=70), chunks=120, **options).B5.values
    assert np.array_equal(np.isnan(parts), np.isnan(together))
    assert np.nanmax(np.abs(parts - together)) * 10000 < 1


@pytest.mark.parametrize("fill", [9999, 32767, 65535])
def test_an_undeclared_fill_tells_no_unit(arrays, whole, fill):
    filled = floats(arrays)
    for pixels in filled.values():
        pixels[: len(pixels) // 3] = fill
    result = s2sr.super_resolve(filled, bands=["B5"], reflectance=True)["B5"]
    far = whole["B5"] != 0
    far[:120] = False
    assert np.abs(result[far] * 10000 - whole["B5"][far]).max() < 1


def test_bands_in_different_units_are_refused(arrays):
    mixed = {**floats(arrays), "B4": arrays["B4"].astype("float32")}
    with pytest.raises(s2sr.ArgumentError, match="those of B4 as large as DN"):
        s2sr.super_resolve(mixed)
    lazy = pytest.importorskip("dask") and native(mixed).chunk(x_10m=70)
    with pytest.raises(s2sr.ArgumentError, match="those of B4 as large as DN"):
        s2sr.super_resolve(lazy, bands=["B5"]).compute()
    one = s2sr.super_resolve(mixed, bands=["B5"], quantification=1)["B5"]
    assert one.dtype == "float32"


def test_a_dark_part_of_dn_has_the_unit_of_the_whole(arrays):
    """A chunk whose DN are all below 10 was taken for reflectance."""
    pytest.importorskip("dask")
    dark = {n: a.astype("float32") for n, a in arrays.items()}
    for pixels in dark.values():
        pixels[: len(pixels) // 2] = 7
    options = {"reflectance": True, "bands": ["B5"]}
    together = s2sr.super_resolve(dark, **options)["B5"]
    parts = s2sr.super_resolve(native(dark).chunk(x_10m=70), chunks=60, **options).B5.values
    assert np.nanmax(np.abs(parts - together)) * 10000 < 1


def test_a_few_pixels_tell_the_unit_of_a_lazy_cube(arrays):
    da = pytest.importorskip("dask.array")
    read = []

    def source(name, pixels):
        def block(block_info=None):
            at = block_info[None]["array-location"]
            read.append((name, at[0]))
            return pixels[tuple(slice(*p) for p in at[-2:])][None]

        rows, cols = ((40,) * (n // 40) for n in pixels.shape)
        return da.map_blocks(block, chunks=((1,) * 7, rows, cols), dtype="float32")

    fine = floats(bands(240, empty_corner=False))
    cube = native({n: a[:1] for n, a in arrays.items()})  # for its names alone
    dims = {n: cube[n].dims for n in fine}
    cube = xr.Dataset(
        {
            n: data_array(source(n, a), 2400 // len(a), ("time", *dims[n])).drop_vars("spatial_ref")
            for n, a in fine.items()
        }
    ).assign_coords(spatial_ref=cube.spatial_ref)
    result = s2sr.super_resolve(cube, bands=["B5"], chunks=60)
    assert not read
    part = result.B5[5, :40, :40].compute()
    assert np.abs(part.values * 10000 - s2sr.super_resolve(fine)["B5"][:40, :40] * 10000).max() < 1
    # Of all dates but the one that was asked for, a look at each band at most.
    others = {r for r in read if r[1][0] != 5}
    assert 0 < len(others) <= len(fine)


def test_a_cube_without_data_where_it_is_looked_at(arrays, whole):
    """Then each part tells its unit by itself."""
    pytest.importorskip("dask")
    one = floats(arrays)
    gone = {n: np.full_like(a, np.nan) for n, a in one.items()}
    dates = [gone, one, gone, gone, gone, gone, gone]
    cube = xr.concat([native(d) for d in dates], "time", coords="minimal", compat="override")
    valid = whole["B5"] != 0
    for source in (cube, cube.chunk(x_10m=70)):
        result = s2sr.super_resolve(source, bands=["B5"], reflectance=True).B5.values
        assert np.isnan(result[0]).all()
        assert np.abs(result[1][valid] * 10000 - whole["B5"][valid]).max() < 1


def test_each_band_of_several_types_has_its_own_unit(arrays, whole):
    mixed = {**arrays, "B5": floats(arrays)["B5"]}
    result, valid = s2sr.super_resolve(mixed)["B5"], whole["B5"] != 0
    assert np.abs(result[valid] * 10000 - whole["B5"][valid]).max() < 1
