#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Collects the plug-in's translatable strings, tr("..."), into s2sr_qgis/i18n/s2sr.ts.

To translate: copy s2sr.ts to s2sr_<language>.ts, edit it with Qt Linguist, and run lrelease on it;
the plug-in loads s2sr_<language>.qm. (pylupdate would put each class's strings into a context of
its own; here there is one.)
"""

import ast
from pathlib import Path
from xml.sax.saxutils import escape

PLUGIN = Path(__file__).parent / "s2sr_qgis"
CATALOGUE = PLUGIN / "i18n" / "s2sr.ts"
CONTEXT = "S2SR"


def strings():
    found = set()
    for file in sorted(PLUGIN.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr":
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    found.add(argument.value)
                elif not isinstance(argument, ast.Name):
                    raise SystemExit(f"{file}:{node.lineno}: tr() needs a plain string")
    return sorted(found)


def catalogue():
    messages = "".join(
        f"    <message>\n        <source>{escape(text)}</source>\n"
        '        <translation type="unfinished"></translation>\n    </message>\n'
        for text in strings()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1"'
        ' sourcelanguage="en">\n<context>\n   '
        f" <name>{CONTEXT}</name>\n{messages}</context>\n</TS>\n"
    )


if __name__ == "__main__":
    CATALOGUE.write_text(catalogue(), encoding="utf-8")
    print(f"{CATALOGUE}: {len(strings())} strings")
