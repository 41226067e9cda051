"""Which variables and labels are bands, and which only lie beside them."""

import numpy as np
import pytest
from conftest import GSD, data_array
from test_cubes import native, resampled

import s2sr

xr = pytest.importorskip("xarray")

BESIDE = [
    *("B05_qa", "MSK_QUALIT_B05", "B5_mask", "B5_std", "mean_B05", "sun_B05", "B5_uncertainty"),
    *("B05_view_zenith", "B05_count", "quality_B5", "rededge1_mask"),
]


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("first", [True, False])
def test_what_lies_beside_a_band_is_not_taken_for_it(arrays, whole, name, first):
    source = native(arrays)
    beside, found = {name: source.B5 * 0}, dict(source.data_vars)
    named = xr.Dataset({**beside, **found} if first else {**found, **beside})
    result = s2sr.super_resolve(named.assign_coords(source.coords))
    assert name not in result and np.array_equal(result.B5, whole["B5"])


def test_labels_of_what_lies_beside(arrays, whole):
    names = list(arrays)
    stack = np.stack([arrays["B2"] * 0, *(resampled(arrays)[n] for n in names)])
    cube = data_array(stack, 10, ("band", "y", "x")).assign_coords(band=["B5_mask", *names])
    result = s2sr.super_resolve(cube, bands=["B5"])
    assert list(result.band.values) == ["B5"]
    assert np.abs(result[0].values.astype(int) - whole["B5"]).max() <= 1


def test_numbers_count_bands_and_name_none(arrays):
    """As rioxarray opens a stack; B8A is the ninth of most."""
    names = list(arrays)
    stack = np.stack([resampled(arrays)[n] for n in names])
    cube = data_array(stack, 10, ("band", "y", "x")).assign_coords(band=range(1, 13))
    with pytest.raises(s2sr.InputError, match="does not name its bands"):
        s2sr.super_resolve(cube)
    cube.attrs["long_name"] = tuple(names)
    assert s2sr.super_resolve(cube, bands=["B8A"]).attrs["long_name"] == ("B8A",)


def test_what_gdal_counted_is_named_by_nothing(arrays):
    """Band1 of its netCDF files is the first one, whichever that is."""
    found = native(arrays)
    counted = xr.Dataset()
    for i, array in enumerate(reversed(list(found.data_vars.values())), 1):
        counted[f"Band{i}"] = array.assign_attrs(long_name=f"GDAL Band Number {i}")
    with pytest.raises(s2sr.InputError, match="no band of Sentinel-2 is among Band1, Band2"):
        s2sr.super_resolve(counted)


def test_composites_are_bands_where_nothing_better_is(arrays, whole):
    source = native(arrays)
    composite = source.rename({n: f"{n}_median" for n in arrays})
    assert np.array_equal(s2sr.super_resolve(composite).B5_median, whole["B5"])


def test_two_that_are_equally_good_are_refused(arrays):
    source = native(arrays)
    with pytest.raises(s2sr.InputError, match="B5 and rededge1 are the same band"):
        s2sr.super_resolve(source.assign(rededge1=source.B5))
    one = source.drop_vars("B5")
    with pytest.raises(s2sr.InputError, match="B5_min and B5_max are the same band"):
        s2sr.super_resolve(one.assign(B5_min=source.B5, B5_max=source.B5))
    # Names of arrays without coordinates go by the same rules.
    with pytest.raises(s2sr.InputError, match="'B5_qa' is no band"):
        s2sr.super_resolve({**arrays, "B5_qa": arrays["B5"]})


def test_trees_hold_more_than_measurements(arrays, whole):
    if not hasattr(xr, "DataTree"):
        pytest.skip("xarray without trees")
    found = {n: data_array(a, GSD[n]) for n, a in arrays.items()}

    def group(gsd, of=found):
        return xr.Dataset({f"b{n[1:].lower():0>2}": a for n, a in of.items() if GSD[n] == gsd})

    def tree(parent, mask):
        # A mask of the band 10, which there is no measurement of, made floats of all bands.
        masks = {n: (a * 0 + 3).astype("uint8") for n, a in found.items()}
        footprint = group(60, masks).assign(b10=masks["B9"])
        groups = {f"{parent}/r{gsd}m": group(gsd) for gsd in (10, 20, 60)}
        return xr.DataTree.from_dict(
            {f"{mask}/r60m": footprint, f"{mask}/r20m": group(20, masks), **groups}
        )

    for parent, mask in (
        ("measurements/reflectance", "conditions/mask/detector_footprint"),
        ("measurements/reflectance", "other"),
        ("bands", "conditions/footprint"),
        ("bands", "mask"),
    ):
        result = s2sr.super_resolve(tree(parent, mask))
        assert set(result.data_vars) == {"b01", "b05", "b06", "b07", "b8a", "b09", "b11", "b12"}
        assert result.b05.dtype == "uint16" and np.array_equal(result.b05, whole["B5"])
    with pytest.raises(s2sr.InputError, match="other/r60m/b01 and bands/r60m/b01 are the same"):
        s2sr.super_resolve(tree("bands", "other"))
