# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of Qt and QGIS as QGIS 4 has them: those of Qt 6, and enumerations' members by way of their
enumeration. QGIS 4 itself may not be there; what Qt 6 knows is in vendor/pyqt6."""

import ast
import functools
import importlib

import pytest
from conftest import PLUGIN_PARENT, ROOT

QT6 = ROOT / "vendor" / "pyqt6" / "PyQt6"
# What qgis.PyQt has in QtWidgets with either Qt.
OF_QGIS = {("QtWidgets", "QAction"): "QtGui"}


def names_used():
    """Each name of Qt or QGIS in the plug-in: (module, [name, attribute, ...], where)."""
    for file in sorted(PLUGIN_PARENT.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            a.asname or a.name: (node.module, a.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis")
            for a in node.names
        }
        inner = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        for node in ast.walk(tree):
            where, chain = f"{file.name}:{getattr(node, 'lineno', 0)}", []
            if id(node) in inner or not isinstance(node, (ast.Attribute, ast.Name)):
                continue
            while isinstance(node, ast.Attribute):
                chain.insert(0, node.attr)
                node = node.value
            if isinstance(node, ast.Name) and node.id in imported:
                module, name = imported[node.id]
                yield module, [name, *chain], where


@functools.lru_cache(maxsize=None)
def members(module, path):
    """What is in a class of PyQt6, those that it inherits from included; of a module with ()."""
    body = ast.parse((QT6 / f"{module}.pyi").read_text(encoding="utf-8")).body
    for name in path:
        found = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == name), None)
        if found is None:
            return {}
        body, bases = found.body, found.bases
    own = {}
    for node in body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        for name in [getattr(node, "name", None), *(getattr(t, "id", None) for t in targets)]:
            own[name] = node
    for base in bases if path else []:
        of, _, name = ast.unparse(base).rpartition(".")
        if not of or of.startswith("Qt"):
            own = {**members(of or module, (name,)), **own}
    return own


def test_names_of_qt_are_there_in_qt_6():
    used = [u for u in names_used() if u[0].startswith("qgis.PyQt.")]
    assert len(used) > 30
    for module, chain, where in used:
        module = module.rpartition(".")[2]
        module = OF_QGIS.get((module, chain[0]), module)
        for depth, name in enumerate(chain):
            assert name in members(module, tuple(chain[:depth])), f"{where}: {'.'.join(chain)}"


def test_a_short_name_is_not_there_in_qt_6():
    buttons = members("QtWidgets", ("QDialogButtonBox",))
    assert "Close" not in buttons and "StandardButton" in buttons


def test_members_of_enumerations_are_named_in_full():
    pytest.importorskip("qgis.core", reason="QGIS is not installed")
    seen = 0
    for module, chain, where in names_used():
        try:
            value = getattr(importlib.import_module(module), chain[0])
        except AttributeError:  # a module
            continue
        for depth, name in enumerate(chain[1:], 1):
            of, value = value, getattr(value, name)
            if isinstance(value, int) and type(value) not in (int, bool):
                seen += 1
                assert isinstance(value, of), f"{where}: {'.'.join(chain[: depth + 1])}"
    assert seen > 5
