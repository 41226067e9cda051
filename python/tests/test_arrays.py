"""Dicts of numpy arrays: the right pixels, the right kinds, and sentences for what does not fit."""

import numpy as np
import pytest
from conftest import GSD, SIZE, bands

import s2sr


def test_twenty_and_sixty_metres_become_ten(arrays, whole):
    assert sorted(whole) == sorted(n for n, gsd in GSD.items() if gsd > 10)
    for name, pixels in whole.items():
        assert pixels.shape == (SIZE, SIZE) and pixels.dtype == np.uint16
        # The dummies are not far from bicubic, so a block of the result is about the pixel it came
        # from.
        k = GSD[name] // 10
        means = pixels[60:, 60:].reshape(SIZE // k - 60 // k, k, -1, k).mean((1, 3))
        assert np.abs(means - arrays[name][60 // k :, 60 // k :]).mean() < 200


def test_nodata_covers_its_own_pixels_only(arrays, whole):
    covered = np.kron(arrays["B5"] == 0, np.ones((2, 2), bool))
    guides = np.any([arrays[b] == 0 for b in ("B2", "B3", "B4", "B8")], axis=0)
    assert np.all(whole["B5"][covered] == 0)
    assert np.all(whole["B5"][~(covered | guides)] != 0)


def test_five_metres_and_chosen_bands(arrays):
    fine = s2sr.super_resolve(arrays, to=5, bands=["B2", "B5"])
    assert {n: a.shape for n, a in fine.items()} == {
        "B2": (2 * SIZE, 2 * SIZE),
        "B5": (2 * SIZE, 2 * SIZE),
    }
    both = s2sr.super_resolve(arrays, bands="B5", with_native=True)
    assert np.array_equal(both["B2"], arrays["B2"])


def test_names_come_back_as_they_were(arrays, whole):
    named = {f"T33_{n}_x".replace("_B5_", "_B05_"): a for n, a in arrays.items()}
    result = s2sr.super_resolve(named)
    assert np.array_equal(result["T33_B05_x"], whole["B5"])


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint32", "float32", "float64", ">u2"])
def test_types_come_back(arrays, whole, dtype):
    result = s2sr.super_resolve({n: a.astype(dtype) for n, a in arrays.items()}, nodata=0)
    assert result["B5"].dtype == np.dtype(dtype).newbyteorder("=")
    valid = whole["B5"] != 0
    assert np.abs(result["B5"][valid].astype(float) - whole["B5"][valid]).max() <= 1


def test_floats_of_reflectance_and_nan(arrays, whole):
    reflectance = {n: np.where(a == 0, np.nan, a / 10000.0) for n, a in arrays.items()}
    result = s2sr.super_resolve(reflectance)["B5"]
    assert np.array_equal(np.isnan(result), whole["B5"] == 0)
    assert np.nanmax(np.abs(result * 10000 - whole["B5"])) < 1


def test_the_offset_is_taken_out_and_put_back(arrays, whole):
    shifted = {n: np.where(a == 0, 0, a + 1000).astype("uint16") for n, a in arrays.items()}
    result = s2sr.super_resolve(shifted, offset=-1000)["B5"].astype(int)
    valid = whole["B5"] != 0
    assert np.abs(result[valid] - 1000 - whole["B5"][valid]).max() <= 1


def test_views_and_masks(arrays, whole):
    views = {n: np.asfortranarray(a) for n, a in arrays.items()}
    assert np.array_equal(s2sr.super_resolve(views)["B5"], whole["B5"])
    masked = {n: np.ma.masked_equal(a, 0) for n, a in arrays.items()}
    assert np.array_equal(s2sr.super_resolve(masked)["B5"], whole["B5"])


def test_what_does_not_fit_is_said(arrays):
    def refused(change, match, error=s2sr.InputError, **options):
        with pytest.raises(error, match=match):
            s2sr.super_resolve({**arrays, **change}, **options)

    refused(
        {"B5": arrays["B5"][:-1]},
        "B5 has 119 rows of 120 pixels; beside .* it has to have 120 of 120 at 20 m",
    )
    refused({"SCL": arrays["B5"]}, "'SCL' is no band of Sentinel-2")
    refused({"B05": arrays["B5"]}, "B5 and B05 are the same band", s2sr.ArgumentError)
    refused({"B5": arrays["B5"][None]}, r"B5 has the shape \(1, 120, 120\)", s2sr.ArgumentError)
    refused({"B5": arrays["B5"] > 0}, "B5 is of type bool", s2sr.ArgumentError)
    for kind in ("complex64", "complex128", "datetime64[s]", "U4"):
        refused(
            {"B5": arrays["B5"].astype(kind)}, "B5 is of type .*; convert it", s2sr.ArgumentError
        )
    refused({}, "option to takes 10.5, not '7'", s2sr.OptionError, to=7)
    refused({}, "unknown option 'colour'", s2sr.OptionError, colour="red")
    refused({}, "srcwin is for files only", s2sr.ArgumentError, srcwin=(0, 0, 1, 1))
    refused({}, "no-such", s2sr.ModelError, model="no-such")
    with pytest.raises(s2sr.InputError, match="needs B6, B7"):
        s2sr.super_resolve({n: a for n, a in arrays.items() if n not in ("B6", "B7")}, bands="B5")
    for nothing in ({}, [], 7):
        with pytest.raises(s2sr.Error):
            s2sr.super_resolve(nothing)


def test_progress_cancels_and_exceptions_come_through(arrays):
    seen = []
    s2sr.super_resolve(arrays, progress=lambda fraction, note: seen.append(fraction))
    assert seen[0] == 0 and seen == sorted(seen)
    with pytest.raises(s2sr.Cancelled):
        s2sr.super_resolve(arrays, progress=lambda fraction, note: False)

    def stumble(fraction, note):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        s2sr.super_resolve(arrays, progress=stumble)


def test_bars_end_well(arrays, capsys, monkeypatch):
    s2sr.super_resolve(bands(60), progress=True)
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    s2sr.super_resolve(bands(60), progress=True)
    assert "100" in capsys.readouterr().err


def test_uncertainty_comes_after_the_bands(arrays):
    plain = s2sr.super_resolve(arrays, model="sure")
    sure = s2sr.super_resolve(arrays, model="sure", uncertainty=True)
    assert list(sure) == [*plain, *(f"{name}_uncertainty" for name in plain)]
    for name, pixels in plain.items():
        assert np.array_equal(pixels, sure[name])
        assert np.array_equal(pixels == 0, sure[f"{name}_uncertainty"] == 0)
    with pytest.raises(s2sr.Error, match="gives no expected errors"):
        s2sr.super_resolve(arrays, uncertainty=True)


def test_what_is_broadcast(arrays):
    """Its strides are 0."""
    even = {**arrays, "B9": np.full_like(arrays["B9"], 300)}
    spread = {**arrays, "B9": np.broadcast_to(np.uint16(300), arrays["B9"].shape)}
    assert np.array_equal(s2sr.super_resolve(spread)["B9"], s2sr.super_resolve(even)["B9"])


def test_masks_and_nodata_that_the_type_cannot_hold(arrays, whole):
    def masked(dtype):
        return {n: np.ma.masked_equal(a.astype(dtype), 0) for n, a in arrays.items()}

    for nodata in (-9999, 70000, np.nan, 0.5):
        with pytest.raises(s2sr.ArgumentError, match="uint16, which cannot hold the nodata"):
            s2sr.super_resolve(masked("uint16"), nodata=nodata)
    unmasked = {n: np.ma.array(a + 1) for n, a in arrays.items()}
    assert s2sr.super_resolve(unmasked, nodata=-9999)["B5"].dtype == "uint16"
    empty = whole["B5"] == 0
    assert (s2sr.super_resolve(masked("int16"), nodata=-9999)["B5"][empty] == -9999).all()
    # 32 bits go to the library as floats, which hold more.
    assert (s2sr.super_resolve(masked("int32"), nodata=np.nan)["B5"][empty] == 0).all()


@pytest.mark.parametrize("on", [True, np.True_, 1, "yes", "true", "True", "on", "1", "YES", " On "])
def test_switches_are_read_as_the_library_reads_them(arrays, whole, on):
    result, valid = s2sr.super_resolve(arrays, reflectance=on)["B5"], whole["B5"] != 0
    assert result.dtype == "float32"
    assert np.abs(result[valid] * 10000 - whole["B5"][valid]).max() < 1
    for off in (False, np.False_, 0, "no", "False", "off", None):
        assert s2sr.super_resolve(arrays, reflectance=off)["B5"].dtype == "uint16"


def test_bands_may_come_in_anything(arrays):
    class Index(list):
        """As pandas has it."""

        def to_numpy(self):
            return np.array(self)

    wanted = ["B5", "B6"]
    for given in (
        *(wanted, tuple(wanted), iter(wanted), (b for b in wanted), dict.fromkeys(wanted).keys()),
        *(np.array(wanted), Index(wanted), "B5,B6"),
    ):
        assert list(s2sr.super_resolve(arrays, bands=given)) == wanted


def test_numpy_s_false_cancels_and_nothing_does_not(arrays):
    with pytest.raises(s2sr.Cancelled):
        s2sr.super_resolve(arrays, progress=lambda fraction, note: np.False_)
    for answer in (None, 0, np.True_, np.float64(0)):
        s2sr.super_resolve(arrays, progress=lambda fraction, note, answer=answer: answer)
