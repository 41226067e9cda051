# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine in the profile, for people: which one is there, install it, update it, remove it. The
same panel is shown when an algorithm finds no engine, in the plug-in's menu, and in QGIS's options.
"""

from qgis.core import QgsApplication, QgsTask
from qgis.gui import QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from . import installation, settings
from .engine import EngineError
from .i18n import tr


class _Work(QgsTask):
    """An installation in a thread of its own."""

    said = pyqtSignal(str)

    def __init__(self, work):
        super().__init__(tr("Installing the s2sr engine"), QgsTask.Flag.CanCancel)
        self.work = work
        self.failure = None

    def run(self):
        try:
            self.work(self.tell)
            return True
        except installation.Cancelled:
            self.failure = tr("Cancelled. Nothing was changed.")
        except installation.InstallationError as error:
            self.failure = str(error)
        except Exception as error:  # a thread's exceptions would be lost
            self.failure = tr("This should not have happened; please report it: {}").format(
                repr(error)
            )
        return False

    def tell(self, text):
        if self.isCanceled():
            raise installation.Cancelled
        if text:
            self.said.emit(text)


class EnginePanel(QWidget):
    """What is installed, and the buttons."""

    changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self.state = QLabel(wordWrap=True)
        self.said = QLabel(wordWrap=True)
        self.bar = QProgressBar(maximum=0, visible=False)
        self.download = QPushButton(clicked=self.install_from_index)
        self.file = QPushButton(tr("Install from a file…"), clicked=self.choose_files)
        self.removal = QPushButton(tr("Remove"), clicked=self.remove)
        self.cancel = QPushButton(tr("Cancel"), visible=False, clicked=self.stop)
        buttons = QHBoxLayout()
        for button in (self.download, self.file, self.removal, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        for widget in (self.state, self.said, self.bar):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        layout.addStretch()
        self.task = None
        self.refresh()

    def refresh(self):
        """Shows what is there now."""
        versions = installation.installed(settings.profile_engine())
        try:
            engine = settings.engine()
            text = tr("The engine is installed: version {}, {}").format(engine.version, engine.path)
        except EngineError as error:
            text = tr(
                "The engine is not installed. It does the work of this plug-in, and comes"
                " separately."
            )
            if versions:
                text = str(error)
        if versions:
            text += "\n" + tr("In this profile: {}").format(
                ", ".join(f"{k} {v}" for k, v in versions.items())
            )
        self.state.setText(text)
        self.download.setText(tr("Update the engine…") if versions else tr("Install the engine…"))
        self.removal.setEnabled(bool(versions))

    def install_from_index(self):
        version, prefix = settings.plugin_version(), settings.profile_engine()
        self.start(lambda tell: installation.from_index(version, prefix, tell))

    def choose_files(self):
        what = tr("Wheels of s2sr and onnxruntime, or a release of s2sr (*.whl *.zip *.tar.gz)")
        files, _ = QFileDialog.getOpenFileNames(self, tr("Install from a file"), "", what)
        if files:
            self.install_from_files(files)

    def install_from_files(self, files):
        prefix = settings.profile_engine()
        self.start(lambda tell: installation.from_files(files, prefix, tell))

    def start(self, work):
        self.task = _Work(work)
        self.task.said.connect(self.said.setText)
        self.task.taskCompleted.connect(self.done)
        self.task.taskTerminated.connect(self.failed)
        self.busy(True)
        QgsApplication.taskManager().addTask(self.task)

    def stop(self):
        if self.task is not None:
            self.task.cancel()

    def busy(self, at_work):
        for button in (self.download, self.file, self.removal):
            button.setEnabled(not at_work)
        self.bar.setVisible(at_work)
        self.cancel.setVisible(at_work)

    def done(self):
        self.busy(False)
        stale = settings.forget_engine()
        self.said.setText(
            tr("Done. Start QGIS anew to use the new version.") if stale else tr("Done.")
        )
        self.refresh()
        self.changed.emit()

    def failed(self):
        self.busy(False)
        self.said.setText(self.task.failure or tr("Cancelled. Nothing was changed."))
        self.refresh()

    def remove(self):
        try:
            installation.remove(settings.profile_engine())
            settings.forget_engine()
            self.said.setText(tr("Removed."))
        except installation.InstallationError as error:
            self.said.setText(str(error))
        self.refresh()
        self.changed.emit()


class EngineDialog(QDialog):
    """The panel in a window of its own."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setWindowTitle(tr("The engine of Sentinel-2 super-resolution"))
        self.panel = EnginePanel(self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, rejected=self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.panel)
        layout.addWidget(buttons)
        self.resize(560, 220)


class OptionsFactory(QgsOptionsWidgetFactory):
    """The panel as a page of QGIS's options."""

    def __init__(self, icon):
        super().__init__(tr("Sentinel-2 super-resolution"), QIcon(icon))

    def createWidget(self, parent):
        page = _OptionsPage(parent)
        layout = QVBoxLayout(page)
        layout.addWidget(EnginePanel(page))
        return page


class _OptionsPage(QgsOptionsPageWidget):
    def apply(self):
        """Its buttons work at once."""
