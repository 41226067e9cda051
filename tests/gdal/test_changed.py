"""A product or a network that changed is seen; what stays is computed once."""

import os
import shutil
import sys
import time

import numpy as np
import pytest
from changing import brighten, names_of, names_of_many
from conftest import count, gdal, pixels, runs, tool, work


def is_brighter(name, before):
    return 1800 < np.median(pixels(name) - before) < 2200


def test_pixels_that_were_overwritten_are_seen(own, entry):
    name = names_of(own)[entry]
    before = pixels(name)
    for file in own.glob("*.tif"):
        brighten(file)
    assert is_brighter(name, before)


def test_files_that_were_exchanged_are_seen_even_with_their_old_times(own, entry):
    name = names_of(own)[entry]
    before = pixels(name)
    for file in own.glob("*.tif"):
        new = own.parent / "new.tif"
        shutil.copy(file, new)
        brighten(new)
        os.utime(new, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
        os.replace(new, file)
    assert is_brighter(name, before)


def test_a_band_that_came_later_is_seen(own):
    band = own / "T33_B02.tif"
    band.rename(own.parent / "aside.tif")
    name = f'S2SR:"{own}",to=5,model=dummy-x2'
    count = gdal.Open(name).RasterCount
    shutil.move(own.parent / "aside.tif", band)
    assert gdal.Open(name).RasterCount == count + 1
    (own / "R20m").mkdir()
    shutil.move(own / "T33_B03.tif", own / "R20m" / "T33_B03.tif")
    assert gdal.Open(name).RasterCount == count + 1


def test_a_source_of_a_vrt_that_changed_is_seen(own):
    stack = work / "stack.vrt"
    files = sorted(own.glob("*.tif"))
    inner = []
    for file in files:
        one = own / f"{file.stem}.vrt"
        gdal.BuildVRT(str(one), [str(file)])
        inner.append(str(one))
    gdal.BuildVRT(str(stack), inner, separate=True, resolution="highest")
    text = stack.read_text()
    for i, file in enumerate(files, 1):
        text = text.replace(
            f'band="{i}">', f'band="{i}"><Description>{file.stem.split("_")[1]}</Description>', 1
        )
    stack.write_text(text)
    name = f'S2SR:"{stack}",to=5,model=dummy-x2'
    before = pixels(name)
    for file in files:
        brighten(file)
    assert is_brighter(name, before)


@pytest.mark.parametrize("archive", ["zip", "vsimem"])
def test_what_gdal_alone_can_see(own, archive):
    def place():
        if archive == "zip":
            return "/vsizip/" + shutil.make_archive(str(work / "changing"), "zip", own)
        for file in own.glob("*.tif"):
            gdal.FileFromMemBuffer(f"/vsimem/changing/{file.name}", file.read_bytes())
        return "/vsimem/changing"

    name = f'S2SR:"{place()}"'
    before = pixels(name)
    for file in own.glob("*.tif"):
        brighten(file)
    time.sleep(1.1)  # GDAL's times are seconds
    place()
    assert is_brighter(name, before)


def test_a_network_that_changed_is_seen(own, entry):
    models = work / "changing-models"
    shutil.rmtree(models, ignore_errors=True)
    shutil.copytree(os.environ["S2SR_MODELS"], models)
    code = """
import os, shutil, sys
from osgeo import gdal
gdal.UseExceptions()
models, name = sys.argv[1:]
assert gdal.Open(name).ReadAsArray(0, 0, 30, 30) is not None
data = open(models + "/dummy-t2x.onnx", "rb").read()
open(models + "/dummy-t2x.onnx", "wb").write(data[:-1] + b"x")
try:
    gdal.Open(name).ReadAsArray(0, 0, 30, 30)
except RuntimeError as e:
    assert "dummy-t2x.onnx" in str(e), e
else:
    raise SystemExit("the old network was used")
"""
    tool(sys.executable, "-c", code, models, names_of(own)[entry], S2SR_MODELS=str(models))


def test_an_open_dataset_stays_usable_while_the_product_changes(own):
    name = names_of(own)["driver"]
    old = gdal.Open(name)
    first = old.ReadAsArray(0, 0, 50, 50)
    for file in own.glob("*.tif"):
        brighten(file)
    pixels(name)
    assert np.array_equal(old.ReadAsArray(0, 0, 50, 50), first)


def test_many_products_abreast_are_computed_once_with_the_same_networks(product, entry):
    """As programs read a mosaic of them: line by line, one product after the other."""
    names = names_of_many(product, entry, 12)
    code = """
import sys
from osgeo import gdal
for line in range(2):
    for name in sys.argv[1:]:
        gdal.Open(name).ReadAsArray(0, line, 30, 1)
"""
    said = tool(sys.executable, "-c", code, *names)
    assert runs(said) == len(names) * count(names[0]), said
    assert said.count("S2SR: opened") == 1, said


def test_a_product_that_stays_is_computed_once(own, entry):
    code = (
        "import sys\nfrom osgeo import gdal\nfor _ in range(3):"
        " gdal.Open(sys.argv[1]).ReadAsArray()\nopen(sys.argv[2] + '/notes.txt', 'w').close()\nos ="
        " gdal.Open(sys.argv[1])"
    )
    name = names_of(own)[entry]
    said = tool(sys.executable, "-c", code, name, own)
    assert said.count("S2SR: opened") == 1 and runs(said) == count(name)
