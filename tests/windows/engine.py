"""The engine of the Python package and of the QGIS plug-in, by ctypes, in a Python for Windows
whose GDAL is there already, as in QGIS: engine.py FOLDER-OF-ENGINE SCENE OUT.tif VRT MODEL
"""

import importlib
import os
import sys
from pathlib import Path

import numpy as np
from osgeo import gdal

parent, scene, out, vrt, model = sys.argv[1:]
sys.path.insert(0, parent)
engines = importlib.import_module("engine")
gdal.UseExceptions()


def fails(error, work, *words):
    try:
        work()
    except error as said:
        assert all(word in str(said) for word in words), said
    else:
        raise AssertionError(f"no {error.__name__}")


# Found in a folder, as the plug-in does it in the profile, and by the environment's name.
found = engines.find(folders=[Path(os.environ["S2SR_LIBRARY"]).parent])
assert found == os.environ.pop("S2SR_LIBRARY")
assert engines.find(folders=[Path(found).parent]) == found
fails(engines.EngineNotFound, lambda: engines.find(setting=found + "x"), "s2sr.dllx")

engine = engines.Engine(found)
assert {m["name"] for m in engine.models()["models"]} > {"fast-t2x", "fast-s6x"}
assert [i["name"] for i in engine.info(scene)["bands"]][0] == "B1", engine.info(scene)
window = {"srcwin": "60 60 240 240"}
heard = []
report = engine.run(scene, out, window, lambda fraction, message: heard.append(fraction))
assert report["output"].endswith(Path(out).name) and heard[-1] == 1, report
whole = gdal.Open(out).ReadAsArray()
assert whole.shape == (8, 240, 240) and whole.any()
# A name with what one byte does not hold.
accents = str(Path(out).with_name("Zürich 東京.tif"))
engine.run(scene, accents, window)
gdal.Unlink(out)
os.rename(accents, out)
# Cancelled, and refused.
fails(
    engines.EngineCancelled,
    lambda: engine.run(scene, accents, {"model": model}, lambda *_: False),
    "cancelled",
)
assert not Path(accents).exists()
fails(engines.InputError, lambda: engine.info(scene + "x"), Path(scene).name + "x")
# What the plug-in does with a virtual layer.
engine.register_in_gdal()
engine.write_vrt(scene, vrt)
read = gdal.Open(vrt).ReadAsArray(60, 60, 240, 240)
assert np.abs(read.astype(int) - whole).max() <= 1
print(f"GDAL {gdal.__version__}: the engine in Python {sys.version.split()[0]} on {sys.platform}")
