# SPDX-License-Identifier: GPL-2.0-or-later
"""How a result looks when QGIS loads it: true or false colour, stretched, instead of the first
band in grey."""

from qgis.core import (
    QgsContrastEnhancement,
    QgsGradientColorRamp,
    QgsGradientStop,
    QgsMultiBandColorRenderer,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsRasterBandStats,
    QgsRasterLayer,
    QgsRasterMinMaxOrigin,
    QgsRectangle,
    QgsSingleBandGrayRenderer,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt import sip
from qgis.PyQt.QtGui import QColor

from .bands import combination
from .i18n import tr

UNCERTAINTY = "_uncertainty"  # what the names of bands with expected errors end with

SAMPLE = 250_000  # pixels looked at for the percentiles; the default of QGIS
DARK, BRIGHT = 0.0, 0.35  # reflectance; used where reading pixels would be slow


def band_names(layer):
    """Band descriptions as the file gives them, without the 'Band 1: ' that QGIS puts before
    them."""
    provider = layer.dataProvider()
    names = (provider.generateBandName(n) for n in range(1, provider.bandCount() + 1))
    return [name.split(":", 1)[-1].split("(", 1)[0].strip() for name in names]


def choose_bands(layer):
    provider = layer.dataProvider()
    rgb = combination(band_names(layer))
    if rgb:
        layer.setRenderer(QgsMultiBandColorRenderer(provider, *rgb))
        return list(rgb)
    layer.setRenderer(QgsSingleBandGrayRenderer(provider, 1))
    return [1]


class PercentileStyle(QgsProcessingLayerPostProcessorInterface):
    """Stretches between the 2nd and the 98th percentile."""

    def postProcessLayer(self, layer, context, feedback):
        if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
            return
        choose_bands(layer)
        layer.setContrastEnhancement(
            QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum,
            QgsRasterMinMaxOrigin.Limits.CumulativeCut,
            QgsRectangle(),
            SAMPLE,
        )
        layer.triggerRepaint()


class ReflectanceStyle(QgsProcessingLayerPostProcessorInterface):
    """Stretches over a fixed range of reflectance: a virtual layer would have to be computed for
    percentiles. Its file declares scale and offset, so reflectance is what QGIS sees."""

    def postProcessLayer(self, layer, context, feedback):
        if not isinstance(layer, QgsRasterLayer) or not layer.isValid():
            return
        shown = choose_bands(layer)
        enhancements = [self._enhancement(layer.dataProvider(), band) for band in shown]
        renderer = layer.renderer()
        if len(enhancements) == 1:
            renderer.setContrastEnhancement(enhancements[0])
        else:
            renderer.setRedContrastEnhancement(enhancements[0])
            renderer.setGreenContrastEnhancement(enhancements[1])
            renderer.setBlueContrastEnhancement(enhancements[2])
        layer.triggerRepaint()

    @staticmethod
    def _enhancement(provider, band):
        enhancement = QgsContrastEnhancement(provider.dataType(band))
        enhancement.setMinimumValue(DARK)
        enhancement.setMaximumValue(BRIGHT)
        enhancement.setContrastEnhancementAlgorithm(
            QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
        )
        return enhancement


class WithUncertaintyStyle(PercentileStyle):
    """The same, and the expected errors as a layer of their own."""

    def postProcessLayer(self, layer, context, feedback):
        super().postProcessLayer(layer, context, feedback)
        if isinstance(layer, QgsRasterLayer) and layer.isValid():
            names = band_names(layer)
            first = next(i for i, name in enumerate(names, 1) if name.endswith(UNCERTAINTY))
            # The whole file again: a project that moves along with it finds it, which is not so of
            # a name of GDAL's for some of its bands.
            other = QgsRasterLayer(layer.source(), tr("{} (uncertainty)").format(layer.name()))
            if other.isValid():
                colour_errors(other, first)
                (context.project() or QgsProject.instance()).addMapLayer(other)


COLOURS = (
    (0.0, "#000004"),
    (0.25, "#50127b"),
    (0.5, "#b63679"),
    (0.75, "#fb8761"),
    (1.0, "#fcfdbf"),
)


def colour_errors(layer, band):
    """From dark where a band says certain to bright where it does not, up to the mean and two
    standard deviations."""
    provider = layer.dataProvider()
    kind = QgsRasterBandStats.Stats
    wanted = kind.Mean | kind.StdDev | kind.Min
    stats = provider.bandStatistics(band, wanted, QgsRectangle(), SAMPLE)
    (_, first), *between, (_, last) = COLOURS
    stops = [QgsGradientStop(at, QColor(colour)) for at, colour in between]
    renderer = QgsSingleBandPseudoColorRenderer(provider, band)
    renderer.setClassificationMin(stats.minimumValue)
    renderer.setClassificationMax(stats.mean + 2 * stats.stdDev)
    renderer.createShader(QgsGradientColorRamp(QColor(first), QColor(last), False, stops))
    layer.setRenderer(renderer)


_pending = []


def attach(context, layer_source, style_class):
    """Has the layer styled when it is loaded.

    QGIS deletes a post-processor together with the context it was given to, so each run needs its
    own; until then Python must hold a reference, or its half of the object would vanish first.
    """
    if not context.willLoadLayerOnCompletion(layer_source):
        return
    style = style_class()
    _pending[:] = [s for s in _pending if not sip.isdeleted(s)] + [style]
    context.layerToLoadOnCompletionDetails(layer_source).setPostProcessor(style)
