"""What the plug-in does to a process: nothing until a pixel is read; then threads; and errors of
one sentence."""

import os
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import LIBRARY, S2SR, count, gdal, pixels, runs, tool, work

QUIET = """
import sys
from osgeo import gdal
gdal.UseExceptions()
assert gdal.GetDriverByName("S2SR")
dataset = gdal.Open(sys.argv[1])
assert dataset.RasterCount == 8 and dataset.GetGeoTransform()[1] == 10
maps, status = open("/proc/self/maps").read(), open("/proc/self/status").read()
assert "libs2sr" in maps and "onnxruntime" not in maps
assert "Threads:\\t1\\n" in status, status
"""


def test_nothing_is_loaded_until_a_pixel_is_read(names, entry):
    subprocess.run([sys.executable, "-c", QUIET, names["10", entry]], check=True)


def test_the_driver_is_known():
    said = tool("gdalinfo", "--format", "S2SR")
    assert "Super-resolved Sentinel-2" in said
    assert "ONNXRUNTIME" not in said and "MODELS" not in said
    for key in ("TO", "MODEL", "BANDS", "WITH_NATIVE", "DEVICE", "THREADS", "TILE"):
        assert f"'{key}'" in said or f'"{key}"' in said


def test_subdatasets_per_target(product):
    dataset = gdal.Open(f"S2SR:{product}")
    found = dataset.GetSubDatasets()
    assert [about.rsplit(" at ")[1] for _, about in found] == ["10 m, 480x480", "5 m, 960x960"]
    assert gdal.Open(found[1][0]).RasterXSize == 960
    assert gdal.OpenEx(f"S2SR:{product}", open_options=["TO=5", "BANDS=B5"]).RasterCount == 1


def test_other_names_are_left_to_others(product):
    assert gdal.IdentifyDriver(str(product / "T33_B02.tif")).ShortName == "GTiff"
    assert gdal.IdentifyDriver(str(product)) is None
    assert gdal.IdentifyDriver("s2sr:anything").ShortName == "S2SR"


def test_threads_with_a_dataset_each(names, made, entry):
    whole, failures = pixels(made["5"]), []

    def read(seed):
        try:
            random = np.random.default_rng(seed)
            dataset = gdal.Open(names["5", entry])
            for _ in range(12):
                x, y = (int(v) for v in random.integers(0, 800, 2))
                got = dataset.ReadAsArray(x, y, 150, 140).astype(np.int64)
                assert np.abs(got - whole[:, y : y + 140, x : x + 150]).max() <= 1
        except Exception as e:  # noqa: BLE001
            failures.append(e)

    threads = [threading.Thread(target=read, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_a_process_of_many_threads_infers_each_tile_once(names, entry):
    code = (
        "import sys, threading\nfrom osgeo import gdal\nread = lambda:"
        " gdal.Open(sys.argv[1]).ReadAsArray()\nthreads = [threading.Thread(target=read) for _ in"
        " range(4)]\n[t.start() for t in threads]\n[t.join() for t in threads]"
    )
    said = tool(sys.executable, "-c", code, names["10", entry])
    assert runs(said) == 9 * count(names["10", entry]) and said.count("S2SR: opened") == 1


@pytest.mark.parametrize(
    "old, new, words",
    [
        (
            'to="10"',
            'target="10"',
            ["unknown argument 'target'", "there are product, band, to, model"],
        ),
        ('to="10"', 'to="7"', ["option to takes 10|5, not '7'"]),
        (
            'to="10"',
            'threads="1e308"',
            ["threads takes a whole number from 1 to 1024, not '1e308'"],
        ),
        ('to="10"', 'offset="1e-300"', ["offset takes 0 or a number from 0.000001 to 1000000"]),
        ('to="10"', 'model="nope"', ["there is no model 'nope'", "there are dummy"]),
        ('band="B5"', 'band="B3"', ["B3 is not among the bands", "B1, B5"]),
        ('band="B5"', 'band="B77"', ["'B77'"]),
        ('band="B5"', "", ["needs the argument band"]),
        ('product="', 'product="/moved', ["there is no such file or folder"]),
        ("Float64</Source", "Byte</Source", ["SourceTransferType"]),
        ('rasterXSize="480"', 'rasterXSize="500"', ["480 x 480"]),
    ],
)
def test_mistakes_in_a_vrt(names, old, new, words):
    text = open(names["10", "vrt"]).read()
    assert old in text
    broken = work / "broken.vrt"
    text = text.replace(old, new)
    if "500" in new:
        text = (
            text.replace("columns-480", "columns-500")
            .replace('RasterXSize="480"', 'RasterXSize="500"')
            .replace(' xSize="480"', ' xSize="500"')
        )
    broken.write_text(text)
    said = tool("gdal_translate", "-q", broken, work / "never.tif", fails=True)
    assert all(word in said for word in words), said
    assert "panicked" not in said and said.count("ERROR 1") <= 2


@pytest.mark.parametrize(
    "name, words",
    [
        ("S2SR:/nowhere.SAFE", ["/nowhere.SAFE: there is no such file or folder"]),
        ("S2SR:", ["S2SR:/path/product.SAFE"]),
        ('S2SR:"{product}",target=5', ["unknown option 'target'", "there are to, model"]),
        ('S2SR:"{product}",to=20', ["option to takes 10|5, not '20'"]),
        ('S2SR:"{product}",model=nope', ["there is no model 'nope'"]),
        ('S2SR:"{product}",bands=B10', ["B10"]),
        ("S2SR:index:480x480", ["write the VRT anew with s2sr vrt"]),
    ],
)
def test_mistakes_in_a_name(product, name, words):
    said = tool("gdalinfo", name.format(product=product), fails=True)
    assert all(word in said for word in words), said


@pytest.mark.parametrize("limit", ["512MB", "-1", "1e3", "5%"])
def test_a_limit_of_the_cache_that_is_none(names, entry, limit):
    said = tool(
        "gdal_translate",
        "-q",
        names["10", entry],
        work / "never.tif",
        fails=True,
        S2SR_CACHEMAX=limit,
    )
    assert "S2SR_CACHEMAX" in said and "whole number of MB" in said and limit in said, said


@pytest.fixture(scope="module")
def spy():
    """A shared library that leaves a file when it is loaded, and the file."""
    left = work / "loaded"
    source = work / "spy.c"
    source.write_text(
        "#include <stdio.h>\n__attribute__((constructor)) static void run(void) {"
        f' fclose(fopen("{left}", "w")); }}\n'
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-o", work / "spy.so", source], check=True)
    return work / "spy.so", left


def test_a_file_or_a_name_loads_no_code(names, product, spy):
    library, left = spy
    text = open(names["10", "vrt"]).read()
    arguments = work / "code.vrt"
    arguments.write_text(text.replace('to="10"', f'to="10" onnxruntime="{library}"'))
    plain = work / "plain.vrt"
    band = (
        "<VRTRasterBand dataType='UInt16' band='1'><SimpleSource>"
        "<SourceFilename>{}</SourceFilename>{}</SimpleSource></VRTRasterBand>"
    )
    size = "<VRTDataset rasterXSize='480' rasterYSize='480'>{}</VRTDataset>"
    name = f'S2SR:"{product}",onnxruntime={library}'
    plain.write_text(size.format(band.format(name.replace('"', "&quot;"), "")))
    opened = work / "opened.vrt"
    option = f"<OpenOptions><OOI key='ONNXRUNTIME'>{library}</OOI></OpenOptions>"
    opened.write_text(size.format(band.format(f"S2SR:{product}", option)))
    for file in (arguments, plain, opened, arguments.read_text(), name):
        # Whether a plain VRT band ends well where its source fails is GDAL's matter.
        said = tool(
            "gdal_translate",
            "-q",
            file,
            work / "never.tif",
            fails=None if file in (plain, opened) else True,
        )
        assert "may be set by programs" in said and "ORT_DYLIB_PATH" in said, said
    assert not left.exists()


def test_networks_are_named_by_programs(names, product):
    """A VRT or a name may name installed networks; a file or a folder of its own only where the
    reader allows it."""
    models = os.environ["S2SR_MODELS"]
    file = f"{models}/dummy-t2x.onnx"
    vrt = work / "own.vrt"
    written = subprocess.run(
        [S2SR, "vrt", product, vrt, "--model", file, "--models", models],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "S2SR_ALLOW_MODEL_FILES" in written.stderr and "models=" not in vrt.read_text()
    for name in (vrt, f'S2SR:"{product}",model={file}'):
        assert "S2SR_ALLOW_MODEL_FILES=YES" in tool(
            "gdal_translate", "-q", name, work / "never.tif", fails=True
        )
        tool(
            "gdal_translate",
            "-q",
            "--config",
            "S2SR_ALLOW_MODEL_FILES",
            "YES",
            "-srcwin",
            0,
            0,
            9,
            9,
            name,
            work / "part.tif",
        )
    assert "S2SR_MODELS" in tool("gdalinfo", f'S2SR:"{product}",models={models}', fails=True)
    # The process's own GDAL configuration is a program's.
    said = tool("gdalinfo", "--config", "S2SR_MODELS", "/nowhere", f"S2SR:{product}", fails=True)
    assert "/nowhere" in said


DAMAGED = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.s2sr_last_error.restype = ctypes.c_char_p
code = library.s2sr_run(sys.argv[2].encode(), sys.argv[3].encode(), None, None, None, None)
print(code, library.s2sr_last_error().decode())
"""


def test_the_library_says_what_a_decoder_finds_and_prints_nothing(product):
    folder = work / "cut short"
    shutil.copytree(product, folder)
    band = folder / "T33_B08.jp2"
    options = ["REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
        str(band), gdal.Open(str(folder / "T33_B08.tif")), options=options
    )
    (folder / "T33_B08.tif").unlink()
    data = band.read_bytes()
    band.write_bytes(data[: len(data) * 2 // 3])
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED, LIBRARY, folder, work / "never.tif"],
        capture_output=True,
        text=True,
    )
    assert (
        done.stdout.startswith("3 ")
        and "T33_B08.jp2" in done.stdout
        and "no reason given" not in done.stdout
    ), done.stdout
    assert done.stderr == ""


def test_no_onnxruntime_is_an_error_not_zeros(names, entry):
    out = work / "never.tif"
    out.unlink(missing_ok=True)
    tool("gdalinfo", names["10", entry], ORT_DYLIB_PATH="/nowhere/libonnxruntime.so")
    said = tool(
        "gdal_translate",
        "-q",
        names["10", entry],
        out,
        fails=True,
        ORT_DYLIB_PATH="/nowhere/libonnxruntime.so",
    )
    assert "ONNX Runtime was not found" in said and "/nowhere/libonnxruntime.so" in said


def test_a_vrt_keeps_to_its_product(product):
    folder = work / "elsewhere"
    folder.mkdir()
    subprocess.run(
        [S2SR, "vrt", product.name, folder / "o.vrt", "--bands", "B11"],
        check=True,
        cwd=product.parent,
    )
    assert gdal.Open(str(folder / "o.vrt")).ReadAsArray(100, 100, 5, 5).min() > 0
    refused = subprocess.run(
        [S2SR, "vrt", product, work / "missing" / "o.vrt"], capture_output=True, text=True
    )
    assert refused.returncode == 1 and "cannot be written" in refused.stderr
