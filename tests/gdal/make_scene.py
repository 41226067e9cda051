"""Makes the small product of these tests, for scripts: make_scene.py FOLDER"""

import sys
from pathlib import Path

import conftest

folder = Path(sys.argv[1])
folder.mkdir()
for gsd, bands in conftest.BANDS.items():
    for number, band in enumerate(bands):
        conftest.write_band(folder, band, gsd, 1 + 0.1 * number + gsd / 100)
