# SPDX-License-Identifier: GPL-2.0-or-later
"""Widgets of the dialogs: a product (layer, file or folder), a model, a device.

Imported only when a dialog is made. The classes named in the parameters' metadata are factories:
they give these widgets to the single-run dialog and the batch table, and to the model builder the
native one, which knows the outputs of other steps.
"""

from qgis.core import QgsProcessingContext
from qgis.gui import (
    QgsAbstractProcessingParameterWidgetWrapper,
    QgsCheckableComboBox,
    QgsGui,
    QgsProcessingGui,
    QgsProcessingMapLayerComboBox,
)
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QToolButton, QWidget

from . import bands, settings
from .engine import EngineError
from .i18n import tr


class _Factory:
    """Called by QGIS like a wrapper class, but gives the wrapper that suits the dialog."""

    wrapper = None

    def __new__(cls, definition, dialog, row=0, column=0):
        kind = type(dialog).__name__
        if kind == "ModelerParametersDialog":
            registry = QgsGui.processingGuiRegistry()
            native = registry.createModelerParameterWidget(
                dialog.model, dialog.childId, definition, dialog.context
            )
            native.setDialog(dialog)
            return native
        batch = kind == "BatchAlgorithmDialog"
        return cls.wrapper(
            definition,
            QgsProcessingGui.WidgetType.Batch if batch else QgsProcessingGui.WidgetType.Standard,
        )


def row_of(*widgets):
    """The first widget with buttons after it. Wide enough to read a file name in a cell of the
    batch table."""
    row = QWidget()
    widgets[0].setMinimumWidth(200)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(
            widget, 1 if isinstance(widget, (QComboBox, QgsProcessingMapLayerComboBox)) else 0
        )
    return row


class ProductWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """QGIS's own layer box with its file button, and a second button for folders."""

    def createWidget(self):
        self.box = QgsProcessingMapLayerComboBox(self.parameterDefinition())
        self.box.setToolTip(self.parameterDefinition().toolTip())
        self.box.valueChanged.connect(lambda: self.widgetValueHasChanged.emit(self))
        button = QToolButton()
        button.setText(tr("Folder…"))
        button.setToolTip(
            tr("Choose a SAFE, Zarr or Theia folder, or a folder with one raster per band")
        )
        button.clicked.connect(self.choose_folder)
        return row_of(self.box, button)

    def setWidgetContext(self, context):
        super().setWidgetContext(context)
        if hasattr(self, "box"):
            self.box.setWidgetContext(context)

    def choose_folder(self):
        folder = QFileDialog.getExistingDirectory(self.box, tr("Sentinel-2 product folder"))
        if folder:
            self.setWidgetValue(folder, QgsProcessingContext())

    def setWidgetValue(self, value, context):
        self.box.setValue(value, context)

    def widgetValue(self):
        return self.box.value()


class BandsWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """A box of bands to tick."""

    def createWidget(self):
        self.box = QgsCheckableComboBox()
        self.box.setToolTip(self.parameterDefinition().toolTip())
        self.box.setSeparator(",")
        self.box.setDefaultText(tr("all that can be sharpened"))
        self.box.addItems(bands.BAND_NAMES)
        self.box.checkedItemsChanged.connect(lambda: self.widgetValueHasChanged.emit(self))
        return row_of(self.box)

    def setWidgetValue(self, value, context):
        try:
            names = bands.parse(value)
        except ValueError:
            names = []  # from an expression or an old history; the user sees that nothing is ticked
        self.box.deselectAllOptions()
        self.box.setCheckedItems(names)

    def widgetValue(self):
        return ",".join(self.box.checkedItems())


class ChoiceWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """An editable box: the values known, or any other text."""

    def choices(self):
        """Pairs of value and label."""
        raise NotImplementedError

    def createWidget(self):
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setToolTip(self.parameterDefinition().toolTip())
        for value, label in self.choices():
            self.box.addItem(label, value)
        self.box.currentTextChanged.connect(lambda: self.widgetValueHasChanged.emit(self))
        return row_of(self.box, *self.buttons())

    def buttons(self):
        return []

    def setWidgetValue(self, value, context):
        index = self.box.findData(value or "")
        if index >= 0:
            self.box.setCurrentIndex(index)
        else:
            self.box.setEditText(str(value))

    def widgetValue(self):
        text = self.box.currentText()
        index = self.box.findText(text)
        return self.box.itemData(index) if index >= 0 else text.strip()


def what_it_does(model):
    """20 m → 10 m for a network that fuses bands, ×2 for one that enlarges single bands."""
    contract = model.get("contract", {})
    inputs, outputs = contract.get("inputs"), contract.get("outputs")
    if not inputs or not outputs:
        return model.get("task", "")
    if contract.get("kind") == "fusion":
        return f"{max(port['gsd'] for port in inputs)} m → {outputs[0]['gsd']} m"
    return f"×{outputs[0]['factor']}"


class ModelWrapper(ChoiceWrapper):
    """The engine's models, and a button for an .onnx file."""

    def choices(self):
        yield "", tr("Default")
        try:
            listing = settings.engine().models(settings.places())
        except EngineError:
            return  # running the algorithm will say what is wrong
        families = {}
        for model in listing.get("models", []):
            families.setdefault(model.get("family") or model["name"], []).append(
                what_it_does(model)
            )
        for family, tasks in families.items():
            tasks = ", ".join(dict.fromkeys(t for t in tasks if t))
            yield family, f"{family} ({tasks})" if tasks else family

    def buttons(self):
        button = QToolButton()
        button.setText("…")
        button.setToolTip(tr("Choose an .onnx file"))
        button.clicked.connect(self.choose_file)
        return [button]

    def choose_file(self):
        file, _filter = QFileDialog.getOpenFileName(
            self.box, tr("Model"), "", tr("ONNX models (*.onnx)")
        )
        if file:
            self.box.setEditText(file)


class DeviceWrapper(ChoiceWrapper):
    def choices(self):
        return [("auto", tr("auto")), ("cpu", tr("cpu")), ("cuda", tr("cuda (NVIDIA GPU)"))]


class ProductWidget(_Factory):
    wrapper = ProductWrapper


class BandsWidget(_Factory):
    wrapper = BandsWrapper


class ModelWidget(_Factory):
    wrapper = ModelWrapper


class DeviceWidget(_Factory):
    wrapper = DeviceWrapper
