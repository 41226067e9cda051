# SPDX-License-Identifier: GPL-2.0-or-later
"""The provider's Processing options, and the engine that they, the profile and the system lead
to."""

import importlib.util
from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QThread

from .engine import Engine, find, find_onnxruntime
from .i18n import tr

ENGINE_LIBRARY = "S2SR_ENGINE_LIBRARY"
MODELS_FOLDER = "S2SR_MODELS_FOLDER"
ONNX_RUNTIME = "S2SR_ONNX_RUNTIME"

_engines = {}  # one per library file

ADVICE = (
    "Press 'Install the engine…' in Settings > Options > Sentinel-2 super-resolution, or in the"
    " menu Plugins > Sentinel-2 super-resolution"
)
# Said where there is no engine, or where the option leads to none.
OPTION = (
    "Settings > Options > Processing > Providers > Sentinel-2 super-resolution > Engine library"
)


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
    """Where an engine may lie beside the plug-in: in the plug-in's own folder, then in the
    profile."""
    return [Path(__file__).parent / "lib", profile_engine() / "lib", *wheel_folders()]


def wheel_folders():
    """Where the wheel of s2sr has its library, if QGIS's Python has that package."""
    package = importlib.util.find_spec("s2sr")
    return (
        [Path(folder) / "lib" for folder in package.submodule_search_locations or ()]
        if package
        else []
    )


def profile_engine():
    """The folder of the engine that is installed into the profile."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "s2sr"


def plugin_version():
    """The plug-in's version, which is the engine's."""
    lines = (Path(__file__).parent / "metadata.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("=", 1)[1] for line in lines if line.startswith("version="))


def forget_engine():
    """Has the engine found anew. Whether one from the profile is in use, which a process cannot
    be rid of."""
    stale = any(str(profile_engine()) in path for path in _engines)
    if not stale:
        _engines.clear()
    return stale


def engine():
    """The engine, found anew each time so that a changed option or a fresh installation counts
    at once."""
    path = find(_value(ENGINE_LIBRARY), engine_folders(), f"the option {OPTION}", ADVICE)
    if path not in _engines:
        _engines[path] = Engine(path)
    return _engines[path]


def places():
    """Where the engine finds networks: what calls that only look at products or networks take."""
    return {"models": _value(MODELS_FOLDER)}


def _onnxruntime():
    """The option's, or where the engine is a wheel, that of the wheel of onnxruntime; empty: the
    engine looks."""
    wheels = [str(folder) for folder in wheel_folders()]
    if _value(ONNX_RUNTIME) or not any(
        path.startswith(wheel) for path in _engines for wheel in wheels
    ):
        return _value(ONNX_RUNTIME)
    return find_onnxruntime() or ""


def _threads():
    """The user's number; empty, which means all that there are, where it is not less. So the file
    of a virtual layer has no number of the computer where it was made."""
    wanted = int(ProcessingConfig.getSetting(ProcessingConfig.MAX_THREADS) or 0)
    return wanted if 0 < wanted < QThread.idealThreadCount() else ""


def engine_options():
    """Engine options that come from the Processing options rather than from an algorithm's
    parameters."""
    return {
        **places(),
        "onnxruntime": _onnxruntime(),
        "threads": _threads(),
    }


def gdal_configuration():
    """The same places as GDAL's configuration, for pixels that GDAL reads: no file may name
    them."""
    return {"S2SR_MODELS": _value(MODELS_FOLDER), "ORT_DYLIB_PATH": _onnxruntime()}
