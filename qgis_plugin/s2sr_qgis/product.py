# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the user gave as INPUT to the path that the engine opens.

INPUT is a raster-layer parameter, so that the dialog lists layers and models can be wired, but its
value may also be the path of a product that is no raster to QGIS: a SAFE folder, its zip, or a
folder of bands.
"""

import glob
import os
import re
from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsProperty,
    QgsProviderRegistry,
)

from .i18n import tr

# A sub-dataset of GDAL's SENTINEL2 driver, e.g.
# SENTINEL2_L1C:/data/X.SAFE/MTD_MSIL1C.xml:10m:EPSG_32618
_SUBDATASET = re.compile(
    r"^SENTINEL2_[^:]+:(?P<file>.+?)(:(10m|20m|60m|TCI|PREVIEW)(:EPSG_\d+)?)?$"
)

_ADDRESS = re.compile(r"^(https?|s3|gs|file)://", re.IGNORECASE)


def exists(path):
    """Whether there is such a file or folder, an address, files that fit a pattern, or a file
    that it is a part of."""
    if not path or path.startswith("/vsi") or _ADDRESS.match(path):
        return bool(path)
    if os.path.exists(path) or (set("*?") & set(os.path.basename(path)) and glob.glob(path)):
        return True
    return any(
        above.is_file() for above in Path(path).parents
    )  # the engine says what of it there is


def evaluated(value, context):
    """The value of a parameter that may be an expression, as in batch runs and models."""
    return value.value(context.expressionContext())[0] if isinstance(value, QgsProperty) else value


def layer_of(value, context):
    """The layer that a parameter value is, or whose id or name it is; None for a path."""
    value = evaluated(value, context)
    if isinstance(value, QgsMapLayer):
        return value
    text = str(value or "").strip()
    if not text or exists(text):
        return None
    return QgsProcessingUtils.mapLayerFromString(text, context, False)


def path_of(value, context):
    """The product behind a parameter value: a path, a layer, or a layer's id or name."""
    layer = layer_of(value, context)
    if layer is not None:
        return path_of_layer(layer)
    text = str(evaluated(value, context) or "").strip()
    file = product_of_file(text)
    if exists(file):
        return file
    raise QgsProcessingException(
        tr(
            "There is no Sentinel-2 product at '{}'. Choose a SAFE folder, a zip or tar of it, a"
            " STAC item, a folder with one raster per band, or a raster layer of the project."
        ).format(text)
    )


def path_of_layer(layer):
    if layer.providerType() != "gdal":
        raise QgsProcessingException(
            tr(
                "The layer '{}' is not read from a file, so its bands cannot be super-resolved."
            ).format(layer.name())
        )
    source = layer.source()
    if _SUBDATASET.match(source):  # decodeUri takes the drive of "SENTINEL2_L1C:/..." for a path
        return product_of_file(source)
    # Without open options, but with the file within an archive.
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    pieces = (parts.get(key) or "" for key in ("vsiPrefix", "path", "vsiSuffix"))
    return "".join(pieces) or source


def product_of_file(source):
    """The file behind a sub-dataset. The engine knows to which product a part of one belongs."""
    subdataset = _SUBDATASET.match(source)
    return subdataset["file"] if subdataset else source
