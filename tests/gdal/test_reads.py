"""Of a file that holds several bands no block is read, nor decoded, twice: counted by Linux."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import S2SR, gdal, osr, work

BANDS = "B2,B3,B4,B8,B5,B6,B7,B8A,B11,B12"
SIZE = 1200
TIFF = ("GTiff", ["COMPRESS=DEFLATE"])
FORMS = {
    "pixels in tiles": (*TIFF, ["TILED=YES", "INTERLEAVE=PIXEL"], False),
    "pixels in strips": (*TIFF, ["INTERLEAVE=PIXEL"], False),
    "pixels in JPEG 2000": (
        "JP2OpenJPEG",
        ["REVERSIBLE=YES", "QUALITY=100"],
        ["BLOCKXSIZE=512", "BLOCKYSIZE=512"],
        False,
    ),
    "bands in tiles": (*TIFF, ["TILED=YES", "INTERLEAVE=BAND"], False),
    "from south to north": (
        *TIFF,
        ["TILED=YES", "INTERLEAVE=BAND", "BLOCKXSIZE=1024", "BLOCKYSIZE=1024"],
        True,
    ),
}


def stack(path, form):
    """A stack of noise, which no compression makes small."""
    driver, how, blocks, south_up = FORMS[form]
    count = len(BANDS.split(","))
    memory = gdal.GetDriverByName("MEM").Create("", SIZE, SIZE, count, gdal.GDT_UInt16)
    system = osr.SpatialReference()
    system.ImportFromEPSG(32633)
    memory.SetProjection(system.ExportToWkt())
    south = 5_000_000 - 10 * SIZE
    top = (south, 0, 10) if south_up else (5_000_000, 0, -10)
    memory.SetGeoTransform((600_000, 10, 0, *top))
    noise = np.random.default_rng(0).integers(500, 4000, (count, SIZE, SIZE)).astype(np.uint16)
    # Bands of 20 m are brought back to their grid where pixels repeat.
    for band in noise[4:]:
        band[:] = np.kron(band[::2, ::2], np.ones((2, 2), np.uint16))
    memory.WriteArray(noise)
    gdal.GetDriverByName(driver).CreateCopy(str(path), memory, options=how + blocks)
    return path


def bytes_read(*command):
    """How many bytes a program reads from files."""
    process = subprocess.Popen([str(word) for word in command])
    # Its account is there until it is waited for.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    account = Path(f"/proc/{process.pid}/io").read_text()
    assert process.wait() == 0
    return int(account.split()[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="Linux counts what is read")
@pytest.mark.parametrize("form", FORMS)
def test_no_block_is_read_twice(form):
    driver = FORMS[form][0]
    file = stack(work / ("stack.jp2" if driver.startswith("JP2") else "stack.tif"), form)
    out = work / "read.tif"
    read = bytes_read(S2SR, "run", file, out, "--band-names", BANDS, "--quiet")
    size = file.stat().st_size
    assert size < read < 1.3 * size, f"{read / size:.2f} times"
    # Through GDAL, tile by tile: what tiles share stays in its cache.
    name = f'S2SR:"{file}",band-names="{BANDS}"'
    read = bytes_read("gdal_translate", "-q", name, out)
    assert size < read < 1.6 * size, f"{read / size:.2f} times through GDAL"
