"""A raster inside itself is an error, however long the way round."""

import os
import subprocess
import sys

import pytest
from changing import stack_of
from conftest import S2SR, tool

# Where B4, which is made of what lies there, is in a result.
B4 = 3


def ends(*command, **env):
    """Runs a program that must fail soon; what it said."""
    done = subprocess.run(
        [str(c) for c in command],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("size", [(), ("-outsize", "60", "60")])
def test_a_product_inside_itself_is_an_error(own, size):
    vrt = own.parent / "itself.vrt"
    stack_of(own, vrt, f'S2SR:"{vrt}",to=5,model=dummy-x2', place=B4)
    said = ends(
        "gdal_translate", "-q", *size, f'S2SR:"{vrt}",to=5,model=dummy-x2', own.parent / "never.tif"
    )
    assert "made of itself" in said
    if not size:
        assert "made of itself" in ends(
            S2SR,
            "run",
            vrt,
            own.parent / "never.tif",
            "--to",
            "5",
            "--model",
            "dummy-x2",
            "--quiet",
        )


def test_a_longer_circle_is_an_error_whoever_begins(own):
    one, two = own.parent / "one.vrt", own.parent / "two.vrt"
    names = [f'S2SR:"{vrt}",to=5,model=dummy-x2,tile=96' for vrt in (one, two)]
    stack_of(own, one, names[1], place=B4)
    stack_of(own, two, names[0], place=B4)
    code = """
import sys, threading
from osgeo import gdal
gdal.UseExceptions()
said = []
def read(name):
    try:
        gdal.Open(name).ReadAsArray(0, 0, 300, 300)
    except RuntimeError as e:
        said.append(str(e))
threads = [threading.Thread(target=read, args=(name,), daemon=True) for name in sys.argv[1:] * 4]
[t.start() for t in threads]
[t.join(25) for t in threads]
assert len(said) == 8 and all("made of itself" in s for s in said), said
"""
    tool(sys.executable, "-c", code, *names)


def test_a_pixel_function_whose_product_is_its_own_file(own):
    vrt = own.parent / "snake.vrt"
    subprocess.run(
        [S2SR, "vrt", own, vrt, "--to", "5", "--model", "dummy-x2", "--bands", "B2"], check=True
    )
    text = vrt.read_text().replace(f'product="{own}"', f'product="{vrt}"')
    vrt.write_text(text.replace(", 5.0,", ", 10.0,").replace(", -5.0<", ", -10.0<"))
    assert "made of itself" in ends("gdal_translate", "-q", vrt, own.parent / "never.tif")
