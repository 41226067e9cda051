"""Files: the same pixels as the program's and as arrays', reports that show themselves, Ctrl-C,
the command line."""

import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import s2sr

rasterio = pytest.importorskip("rasterio")


def test_a_file_is_what_arrays_give(product, whole, tmp_path):
    preview = tmp_path / "look.png"
    report = s2sr.super_resolve(product, tmp_path / "out.tif", to=10, preview=preview)
    with rasterio.open(tmp_path / "out.tif") as file:
        assert (
            list(file.descriptions)
            == report.bands
            == ["B1", "B5", "B6", "B7", "B8A", "B9", "B11", "B12"]
        )
        for i, name in enumerate(file.descriptions, 1):
            assert np.array_equal(file.read(i), whole[name]), name
    assert "240 x 240 pixels of 10 m" in repr(report)
    assert "<table>" in report._repr_html_() and "data:image/png;base64" in report._repr_html_()


def test_files_take_what_the_program_takes(product, tmp_path):
    options = {
        "offset": -100,
        "reflectance": True,
        "bands": ["B5"],
        "projwin": (600000, 5000040, 600600, 4999440),
        "mask": False,
    }
    s2sr.super_resolve(product, tmp_path / "out.tif", **options)
    s2sr.super_resolve(product, tmp_path / "plain.tif", bands=["B5"])
    with (
        rasterio.open(tmp_path / "out.tif") as file,
        rasterio.open(tmp_path / "plain.tif") as plain,
    ):
        reflectance, dn = file.read(1), plain.read(1)[:60, :60]
    assert reflectance.shape == (60, 60) and reflectance.dtype == np.float32
    assert np.abs(reflectance[dn > 0] * 10000 - (dn[dn > 0] - 100.0)).max() < 10


def test_what_a_daemon_thread_makes_is_cancelled_when_python_ends(product, tmp_path):
    """The process was aborted, and half of a file stayed."""
    out = tmp_path / "out"
    out.mkdir()
    code = f"""
import os, threading, time, s2sr

class Late:  # the end takes its time
    def __del__(self, sleep=time.sleep):
        sleep(1)

late, began = Late(), threading.Event()

def tell(fraction, note):
    if os.listdir({str(out)!r}):
        began.set()
        time.sleep(0.2)

def work():
    while True:
        s2sr.super_resolve({str(product)!r}, {str(out / "a.tif")!r}, progress=tell)

threading.Thread(target=work, daemon=True).start()
began.wait()
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and set(os.listdir(out)) <= {"a.tif"}, run


def test_files_need_neither_numpy_nor_an_import_of_rasterio(product, tmp_path):
    code = (
        "import sys, s2sr\n"
        f"s2sr.super_resolve({str(product)!r}, {str(tmp_path / 'out.tif')!r})\n"
        "print([name for name in ('numpy', 'rasterio') if name in sys.modules])\n"
        "import rasterio\n"
        f"print(rasterio.open({str(tmp_path / 'out.tif')!r}).crs.to_epsg())\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["[]", "32633"], run
    assert "proj.db" not in run.stderr


def test_answers_show_themselves(product, tmp_path):
    about, scores, networks = s2sr.info(product), s2sr.evaluate(product), s2sr.models()
    assert about.bands[0]["name"] == "B1" and "B8A" in repr(about)
    assert scores.tables and "bicubic" in repr(scores) and "SRE dB" in scores._repr_html_()
    assert "dummy-t2x" in repr(networks) or networks.models
    copied = s2sr.super_resolve(product, tmp_path / "copied.tif", bands=["B2"])
    assert re.search(r"networks +none\n", repr(copied))
    with pytest.raises(AttributeError, match="there is no colour"):
        _ = about.colour


def test_scores_as_a_page(product, tmp_path):
    s2sr.evaluate(product, html=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<svg" in page and "data:image/png" in page


def test_failures_are_exceptions_with_the_sentence(product, tmp_path):
    with pytest.raises(s2sr.InputError, match="there is no such file or folder"):
        s2sr.super_resolve(tmp_path / "none", tmp_path / "out.tif")
    with pytest.raises(s2sr.OutputError):
        s2sr.super_resolve(product, tmp_path / "no" / "folder" / "out.tif")
    with pytest.raises(s2sr.ArgumentError, match="say where the result goes"):
        s2sr.super_resolve(product)
    with pytest.raises(s2sr.ArgumentError, match="chunks is for bands in memory only"):
        s2sr.super_resolve(product, tmp_path / "out.tif", chunks=100)
    assert not list(tmp_path.iterdir())


def test_ctrl_c_ends_the_work_and_leaves_nothing(product, tmp_path):
    code = (
        "import signal, time, s2sr\n"
        # Whoever starts tests in the background has Ctrl-C ignored, and children inherit it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\ndef tell(fraction, note):\n   "
        " print('working', flush=True)\n    time.sleep(0.2)  # there is always work left when the"
        f" signal comes\ns2sr.super_resolve({str(product)!r}, {str(tmp_path / 'out.tif')!r},"
        " tile=1, progress=tell)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert error.strip().endswith("KeyboardInterrupt"), error
    assert not list(tmp_path.iterdir())


def test_nothing_is_printed(product, tmp_path):
    code = (
        "import rasterio, s2sr\n"
        "for more in [{'mask': True}, {'format': 'COG'}] + 10 * [{}]:\n"
        f"    s2sr.super_resolve({str(product)!r}, {str(tmp_path / 'out.tif')!r}, to=10, **more)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_line(product, whole, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "s2sr", "run", product, tmp_path / "out.tif", "--bands", "B5"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with rasterio.open(tmp_path / "out.tif") as file:
        assert np.array_equal(file.read(1), whole["B5"])
    done = subprocess.run(
        [sys.executable, "-m", "s2sr", "run", tmp_path / "none", tmp_path / "x.tif"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "no such file" in done.stderr


def test_a_vrt_and_the_plug_ins_folder(product, tmp_path):
    s2sr.write_vrt(product, tmp_path / "out.vrt", bands=["B5"])
    assert "B5" in (tmp_path / "out.vrt").read_text()
    assert os.path.isdir(s2sr.gdal_plugins())


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_names_of_files_need_not_be_utf_8(product, tmp_path):
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.symlink_to(product)
    output, picture = (tmp_path / os.fsdecode(name) for name in (b"\xe9.tif", b"\xe9.png"))
    s2sr.super_resolve(odd, output, bands=["B5"], preview=picture)
    assert output.is_file() and picture.is_file()
    assert s2sr.info(odd).bands[0]["name"] == "B1"
    results = s2sr.super_resolve_many([odd], tmp_path / "all", bands=["B5"])
    assert [r["state"] for r in results] == ["done"], results
    assert (tmp_path / "all" / os.fsdecode(b"caf\xe9_10m.tif")).is_file()
