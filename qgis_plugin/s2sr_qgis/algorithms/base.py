# SPDX-License-Identifier: GPL-2.0-or-later
"""What the algorithms share: the engine, the INPUT, MODEL and DEVICE parameters, and errors."""

from contextlib import contextmanager
from pathlib import Path

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread
from qgis.PyQt.QtGui import QIcon

from .. import bands, product, settings
from ..engine import RUNTIME, EngineCancelled, EngineError
from ..i18n import tr
from ..progress import Progress
from .area import AreaParameters

ICON = str(Path(__file__).parent.parent / "icon.svg")
METRES = (10, 5)  # what TARGET's numbers mean
QUALITIES = ("standard", "best")  # what QUALITY's numbers mean
# Named, not imported: the widgets must not be loaded under qgis_process.
WIDGETS = __name__.rsplit(".", 2)[0] + ".widgets."


def keep_window_alive():
    """Single runs have a thread of their own, but batch runs and scripts call algorithms in the
    window's thread."""
    application = QCoreApplication.instance()
    if application is not None and QThread.currentThread() == application.thread():
        application.processEvents()


def in_a_window():
    """Whether QGIS itself runs, rather than qgis_process or a script."""
    from qgis.utils import iface

    return iface is not None


class EngineAlgorithm(AreaParameters, QgsProcessingAlgorithm):
    INPUT = "INPUT"
    TARGET = "TARGET"
    MODEL = "MODEL"
    BANDS = "BANDS"
    QUALITY = "QUALITY"
    DEVICE = "DEVICE"
    BAND_NAMES = "BAND_NAMES"
    QUANTIFICATION = "QUANTIFICATION"
    OFFSET = "OFFSET"
    NODATA = "NODATA"
    NATIVE = "NATIVE"
    SCL = "SCL"
    MASK = "MASK"
    OUTPUT = "OUTPUT"

    def createInstance(self):
        return type(self)()

    def group(self):
        return ""

    def groupId(self):
        return ""

    def icon(self):
        return QIcon(ICON)

    def svgIconPath(self):
        return ICON

    def canExecute(self):
        """Without an engine the toolbox still lists the algorithm. In a window, opening it offers
        to install one; elsewhere it shows this sentence.
        """
        try:
            settings.engine()
        except EngineError as error:
            return in_a_window(), str(error)
        return True, ""

    def createCustomParametersWidget(self, parent):
        """The usual dialog; but first, where there is no engine, the offer to install one."""
        try:
            settings.engine()
        except EngineError:
            from ..engine_panel import EngineDialog

            EngineDialog(parent).exec()
        return None

    def checkParameterValues(self, parameters, context):
        """As usual, but INPUT may be no raster to QGIS itself, and BANDS may be written in
        several ways."""
        for definition in self.parameterDefinitions():
            name, value = definition.name(), parameters.get(definition.name())
            try:
                if name == self.INPUT:
                    product.path_of(value, context)
                elif name == self.BANDS:
                    self.chosen_bands(parameters, context)
                elif not definition.checkValueIsAcceptable(value, context):
                    return False, tr("Incorrect parameter value for {}").format(name)
            except (QgsProcessingException, ValueError) as error:
                return False, str(error)
        return True, ""

    # Parameters

    def add(self, definition, help_text, advanced=False):
        definition.setHelp(help_text)
        if advanced:
            flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
            definition.setFlags(definition.flags() | flag)
        self.addParameter(definition)

    def add_input(self):
        definition = QgsProcessingParameterRasterLayer(self.INPUT, tr("Sentinel-2 product"))
        definition.setMetadata({"widget_wrapper": {"class": WIDGETS + "ProductWidget"}})
        self.add(
            definition,
            tr(
                "A Sentinel-2 Level-1C or Level-2A product: its SAFE folder, any part of that, or"
                " an archive of it (zip, tar); an EOPF Zarr or Theia product; a STAC item (a JSON"
                " file, or its address); a folder with one raster per band (B02, nir08, ... in the"
                " file names; 'folder/*20200131*' for some of its files); or a raster, layer or"
                " netCDF file whose bands have names."
            ),
        )

    def add_target(self):
        self.add(
            QgsProcessingParameterEnum(
                self.TARGET, tr("Target resolution"), [tr("10 m"), tr("5 m")], defaultValue=0
            ),
            tr("The pixel size of the result: 10 m (the 20 m and 60 m bands) or 5 m (all bands)."),
        )

    def add_bands(self):
        # Text, not a list of choices: QGIS 3.22 loses several chosen names in its history and log.
        definition = QgsProcessingParameterString(self.BANDS, tr("Bands"), optional=True)
        definition.setMetadata({"widget_wrapper": {"class": WIDGETS + "BandsWidget"}})
        self.add(
            definition,
            tr(
                "The bands to super-resolve, such as B5,B11; among {}. None: all that the product"
                " has and the model can sharpen."
            ).format(", ".join(bands.BAND_NAMES)),
        )

    def add_model(self):
        definition = QgsProcessingParameterString(self.MODEL, tr("Model"), optional=True)
        definition.setMetadata({"widget_wrapper": {"class": WIDGETS + "ModelWidget"}})
        self.add(
            definition,
            tr(
                "The network: 'fast' (quick, the default), 'small' (quicker still, 20 m bands"
                " only), 'flagship' (the best, 17 times the work for 20 m bands, eight times for"
                " 5 m), 'dsen2' (DSen2 as published), 'vdsr' (VDSR, for 5 m), or the path of an"
                " .onnx file that carries an s2sr contract."
                " Empty: the engine's default."
            ),
        )

    def add_quality(self):
        self.add(
            QgsProcessingParameterEnum(
                self.QUALITY,
                tr("Quality"),
                [tr("Standard"), tr("Best (eight times slower)")],
                defaultValue=0,
            ),
            tr(
                "Best: the networks see each part turned and mirrored in eight ways, and the"
                " results are averaged. A little more accurate, and eight times slower."
            ),
            advanced=True,
        )

    def add_device(self):
        definition = QgsProcessingParameterString(
            self.DEVICE, tr("Device"), defaultValue="auto", optional=True
        )
        definition.setMetadata({"widget_wrapper": {"class": WIDGETS + "DeviceWidget"}})
        self.add(
            definition,
            tr(
                "Where the network runs: 'auto', 'cpu', 'cuda' (an NVIDIA GPU), or 'cuda:1' for the"
                " second GPU."
            ),
            advanced=True,
        )

    def add_reading(self):
        """What the product may not say of itself."""
        for name, label, help_text in (
            (
                self.BAND_NAMES,
                tr("Names of the bands"),
                tr(
                    "For a raster whose bands have no names: what they are, in their order, such as"
                    " B2,B3,B4; - leaves one out."
                ),
            ),
            (
                self.QUANTIFICATION,
                tr("Quantification value"),
                tr(
                    "Digital numbers per unit of reflectance, where the product does not say it:"
                    " 10000, or 1 for reflectance."
                ),
            ),
            (
                self.OFFSET,
                tr("Additive offset"),
                tr(
                    "What is added to digital numbers, where the product does not say it: -1000"
                    " since processing baseline 04.00."
                ),
            ),
            (
                self.NODATA,
                tr("No-data value"),
                tr(
                    "The digital number of pixels without data, where the product does not say it:"
                    " 0, or -9999; 'none' where each is data."
                ),
            ),
        ):
            self.add(
                QgsProcessingParameterString(name, label, optional=True), help_text, advanced=True
            )

    def add_native(self):
        self.add(
            QgsProcessingParameterBoolean(
                self.NATIVE, tr("Also write the native bands"), defaultValue=False
            ),
            tr(
                "Adds the bands that already have the target resolution, so that all lie in one"
                " file."
            ),
        )

    def add_extras(self):
        """What comes with the bands."""
        for name, label, help_text in (
            (
                self.SCL,
                tr("Also write the scene classification"),
                tr("Level-2A: the classes (SCL) as the last band, with their names and colours."),
            ),
            (self.MASK, tr("Also write a mask"), tr("Which pixels have data in every band.")),
        ):
            self.add(
                QgsProcessingParameterBoolean(name, label, defaultValue=False),
                help_text,
                advanced=True,
            )

    # Values

    def source(self, parameters, context, feedback):
        """The product's path. Says it where QGIS shows the layer elsewhere than its file lies."""
        path = product.path_of(parameters[self.INPUT], context)
        layer = product.layer_of(parameters[self.INPUT], context)
        if layer is not None and layer.isValid() and layer.crs() != layer.dataProvider().crs():
            feedback.pushWarning(
                tr(
                    "The layer {} has the coordinate reference system {} in QGIS, but {} in its"
                    " file. The result has that of the file."
                ).format(
                    layer.name(),
                    layer.crs().userFriendlyIdentifier(),
                    layer.dataProvider().crs().userFriendlyIdentifier(),
                )
            )
        return path

    def target(self, parameters, context):
        return METRES[self.parameterAsEnum(parameters, self.TARGET, context)]

    def chosen_bands(self, parameters, context):
        return bands.parse(product.evaluated(parameters.get(self.BANDS), context))

    def reading_options(self, parameters, context):
        """The engine's options that say what the product does not."""
        keys = (
            (self.BAND_NAMES, "band-names"),
            (self.QUANTIFICATION, "quantification"),
            (self.OFFSET, "offset"),
            (self.NODATA, "nodata"),
        )
        defined = {definition.name() for definition in self.parameterDefinitions()}
        return {
            key: self.parameterAsString(parameters, name, context).strip()
            for name, key in keys
            if name in defined
        }

    def engine_options(self, parameters, context):
        """The engine's options for the parameters that this algorithm has, and for the
        Processing options."""
        options = {**settings.engine_options(), **self.reading_options(parameters, context)}
        defined = {definition.name() for definition in self.parameterDefinitions()}
        if self.TARGET in defined:
            options["to"] = self.target(parameters, context)
        if self.BANDS in defined:
            options["bands"] = ",".join(self.chosen_bands(parameters, context))
        if self.QUALITY in defined:
            options["quality"] = QUALITIES[self.parameterAsEnum(parameters, self.QUALITY, context)]
        for name, key in (
            (self.NATIVE, "with-native"),
            (self.SCL, "with-scl"),
            (self.MASK, "mask"),
        ):
            if name in defined and self.parameterAsBoolean(parameters, name, context):
                options[key] = True
        for name, key in ((self.MODEL, "model"), (self.DEVICE, "device")):
            if name in defined:
                options[key] = self.parameterAsString(parameters, name, context).strip()
        return options

    def progress(self, feedback, megapixels=None):
        return Progress(feedback, megapixels, idle=keep_window_alive)

    @contextmanager
    def engine_errors(self, feedback):
        """The engine's sentence becomes the algorithm's error. A cancelled run is no error."""
        try:
            yield
        except EngineCancelled:
            feedback.pushInfo(tr("Cancelled. No output was written."))
        except EngineError as error:
            message = str(error)
            if error.code == RUNTIME:
                message += tr(
                    ". In QGIS, the library can be named in Settings > Options > Processing >"
                    " Providers > Sentinel-2 super-resolution > ONNX Runtime library."
                )
            raise QgsProcessingException(message) from error
