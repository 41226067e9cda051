"""What is kept lives no longer than what it was made from: changed products, open files."""

import ctypes
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from changing import names_of, stack_of
from conftest import S2SR, count, gdal, pixels, runs, tool, work

LIBRARY = S2SR.parent / "libs2sr.so"


def brighten(file, by=2000):
    raster = gdal.Open(str(file), gdal.GA_Update)
    band = raster.GetRasterBand(1)
    values = band.ReadAsArray()
    band.WriteArray(np.where(values == 0, 0, values + by).astype(np.uint16))


def is_brighter(name, before):
    return 1800 < np.median(pixels(name) - before) < 2200


# A product that changed.


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
    names = []
    for number in range(12):
        place = work / f"abreast-{number}"
        place.unlink(missing_ok=True)
        place.symlink_to(product, target_is_directory=True)
        names.append(names_of(place)[entry])
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


# What is left open, and how to forget.


@pytest.mark.parametrize(
    "command",
    [
        "gdalwarp -q -overwrite -t_srs EPSG:3035",
        "gdal_translate -q",
        "gdalwarp -q -overwrite -multi",
    ],
)
def test_no_file_stays_open(own, names, entry, command):
    program, *options = command.split()
    done = subprocess.run(
        [program, *options, names["10", entry], work / "closed.tif"], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == ""


def open_files(folder):
    links = [os.path.join("/proc/self/fd", fd) for fd in os.listdir("/proc/self/fd")]
    return [
        target
        for target in (os.readlink(link) for link in links if os.path.islink(link))
        if str(folder) in target
    ]


def test_files_are_closed_with_the_last_dataset(own, entry):
    name = names_of(own)[entry]
    first, second = gdal.Open(name), gdal.Open(name)
    first.ReadAsArray()
    second.ReadAsArray(buf_xsize=100, buf_ysize=100)
    first = None
    assert open_files(own) or entry == "vrt"
    second = None
    assert not open_files(own)


@pytest.mark.parametrize("how", ["function", "configuration", "nothing"])
def test_everything_can_be_forgotten(own, entry, how):
    code = """
import ctypes, sys
from osgeo import gdal
library, name, how = sys.argv[1:]
def read(): return gdal.Open(name).ReadAsArray().sum()
a = read()
if how == "function": assert ctypes.CDLL(library).s2sr_forget() == 0
if how == "configuration": gdal.SetConfigOption("S2SR_CACHEMAX", "0")
assert read() == a
kept = gdal.Open(name)
if how == "function": assert ctypes.CDLL(library).s2sr_forget() == 0
assert kept.ReadAsArray().sum() == a
"""
    said = tool(sys.executable, "-c", code, LIBRARY, names_of(own)[entry], how)
    # Read three times; forgotten before the second and the third.
    assert said.count("S2SR: opened") == (1 if how == "nothing" else 3), said


# Configuration that counts on one thread.


class Server(http.server.BaseHTTPRequestHandler):
    """Gives parts of the files in a folder, and remembers who asked."""

    folder, seen = "", []

    def do_GET(self):
        self.seen.append(self.headers.get("User-Agent"))
        file = os.path.join(self.folder, os.path.basename(self.path))
        data = open(file, "rb").read() if os.path.isfile(file) else b""
        asked = self.headers.get("Range")
        first, last = (
            (int(v or len(data) - 1) for v in asked.removeprefix("bytes=").split("-"))
            if asked
            else (0, len(data) - 1)
        )
        last = min(last, len(data) - 1)
        self.send_response(404 if not data else 206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1 if data else 0))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[first : last + 1])

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("how", ["vrt", "run"])
def test_what_is_set_for_the_callers_thread_counts_in_ours(own, how):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Here", (Server,), {"folder": str(own), "seen": []})
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    vrt = own.parent / "remote.vrt"
    stack_of(own, vrt, f"/vsicurl/http://127.0.0.1:{server.server_port}/T33_B04.tif")
    gdal.SetThreadLocalConfigOption("GDAL_HTTP_USERAGENT", "somebody")
    gdal.SetConfigOption("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".tif")
    gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")
    try:
        if how == "vrt":
            out = own.parent / "of-remote.vrt"
            subprocess.run(
                [
                    S2SR,
                    "vrt",
                    vrt,
                    out,
                    "--to",
                    "5",
                    "--model",
                    "dummy-x2",
                    "--tile",
                    "96",
                    "--bands",
                    "B4",
                ],
                check=True,
            )
            # One block of several tiles, so that the next one is read by a thread of ours.
            out.write_text(
                out.read_text().replace(
                    'blockXSize="192" blockYSize="192"', 'blockXSize="960" blockYSize="960"'
                )
            )
            server.RequestHandlerClass.seen.clear()
            gdal.Open(str(out)).ReadAsArray()
        else:
            assert (
                ctypes.CDLL(str(LIBRARY)).s2sr_run(
                    str(vrt).encode(), str(work / "remote.tif").encode(), None, None, None, None
                )
                == 0
            )
    finally:
        gdal.SetThreadLocalConfigOption("GDAL_HTTP_USERAGENT", None)
        gdal.SetConfigOption("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", None)
        gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", None)
        server.shutdown()
    seen = server.RequestHandlerClass.seen
    assert seen and set(seen) == {"somebody"}, seen


# Many threads, little to keep.


@pytest.mark.parametrize("limit", ["0", "512"])
def test_sixteen_threads_at_random(made, names, entry, limit):
    code = """
import sys, threading, numpy as np
from osgeo import gdal
gdal.UseExceptions()
whole, wrong = gdal.Open(sys.argv[2]).ReadAsArray().astype(int), []
def read(seed):
    try:
        random = np.random.default_rng(seed)
        for _ in range(2):
            dataset = gdal.Open(sys.argv[1])
            for _ in range(3):
                x, y = (int(v) for v in random.integers(0, 400, 2))
                got = dataset.ReadAsArray(x, y, 80, 75).astype(int)
                if np.abs(got - whole[:, y:y + 75, x:x + 80]).max() > 1: wrong.append((x, y))
            dataset.ReadAsArray(buf_xsize=60, buf_ysize=60)
    except Exception as e: wrong.append(e)
threads = [threading.Thread(target=read, args=(i,)) for i in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
assert not wrong, wrong
"""
    tool(
        sys.executable,
        "-c",
        code,
        names["10", entry],
        made["10"],
        S2SR_CACHEMAX=limit,
        GDAL_CACHEMAX="5",
    )
