# SPDX-License-Identifier: GPL-2.0-or-later
"""The provider's Processing options, and the engine that they, the profile and the system lead to."""

from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsApplication

from .engine import Engine, find
from .i18n import tr

ENGINE_LIBRARY = "S2SR_ENGINE_LIBRARY"
MODELS_FOLDER = "S2SR_MODELS_FOLDER"
ONNX_RUNTIME = "S2SR_ONNX_RUNTIME"

_engines = {}  # one per library file

# Said where there is no engine, or where the option leads to none.
OPTION = "Settings > Options > Processing > Providers > Sentinel-2 super-resolution > Engine library"


def register(group, icon):
    ProcessingConfig.settingIcons[group] = icon
    for name, label, kind in (
        (ENGINE_LIBRARY, tr("Engine library (empty: search)"), Setting.FILE),
        (MODELS_FOLDER, tr("Models folder (empty: the engine's own)"), Setting.FOLDER),
        (ONNX_RUNTIME, tr("ONNX Runtime library (empty: search)"), Setting.FILE),
    ):
        ProcessingConfig.addSetting(Setting(group, name, label, "", valuetype=kind))
    ProcessingConfig.readSettings()


def unregister():
    for name in (ENGINE_LIBRARY, MODELS_FOLDER, ONNX_RUNTIME):
        ProcessingConfig.removeSetting(name)


def _value(name):
    return (ProcessingConfig.getSetting(name) or "").strip()


def engine_folders():
    """Where an engine may lie beside the plug-in: in the plug-in's own folder, then in the profile."""
    profile = Path(QgsApplication.qgisSettingsDirPath())
    return [Path(__file__).parent / "lib", profile / "s2sr" / "lib"]


def engine():
    """The engine, found anew each time so that a changed option or a fresh installation counts at once."""
    path = find(_value(ENGINE_LIBRARY), engine_folders(), f"the option {OPTION}")
    if path not in _engines:
        _engines[path] = Engine(path)
    return _engines[path]


def places():
    """Where the engine finds networks: what calls that only look at products or networks take."""
    return {"models": _value(MODELS_FOLDER)}


def engine_options():
    """Engine options that come from the Processing options rather than from an algorithm's parameters."""
    return {
        **places(),
        "onnxruntime": _value(ONNX_RUNTIME),
        "threads": ProcessingConfig.getSetting(ProcessingConfig.MAX_THREADS),
    }


def gdal_configuration():
    """The same places as GDAL's configuration, for pixels that GDAL reads: no file may name them."""
    return {"S2SR_MODELS": _value(MODELS_FOLDER), "ORT_DYLIB_PATH": _value(ONNX_RUNTIME)}
