# SPDX-License-Identifier: GPL-2.0-or-later
"""The assessment as text and as one HTML page. Formats the engine's numbers; computes none but differences.

The page must look right in QGIS's results viewer, which is an old WebKit: tables and inline SVG only.
"""

import base64
from html import escape

from .i18n import tr

STYLE = """
body { font-family: sans-serif; color: #222; margin: 1.5em; max-width: 60em; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
table { border-collapse: collapse; margin: .6em 0; }
th, td { padding: .25em .8em; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
td.better { color: #1a7f37; font-weight: bold; } td.worse { color: #b42318; }
figure { margin: 0; } img { max-width: 100%; } figcaption, p.note { color: #555; font-size: .9em; }
"""

RESULT_COLOUR, BICUBIC_COLOUR = "#2f6f9f", "#c9c9c9"

# Key in the engine's scores, heading, digits, whether more is better.
MEASURES = (
    ("rmse", "RMSE (DN)", 1, False),
    ("sre", "SRE (dB)", 2, True),
    ("sam", "SAM (°)", 2, False),
    ("ergas", "ERGAS", 2, False),
    ("uiq", "UIQ", 4, True),
)


def summary(scores):
    """One line per task, for the log."""
    for table in scores.get("tables", []):
        result, bicubic = table.get("result", {}), table.get("bicubic", {})
        parts = [
            f"{heading} {result[key]:.{digits}f} ({tr('bicubic')} {bicubic[key]:.{digits}f})"
            for key, heading, digits, _more in MEASURES
            if _both(key, result, bicubic)
        ]
        yield f"{table.get('task', '')} ({table.get('model', '')}): " + ", ".join(parts)


def html(scores, engine_version, pictures=()):
    """The page. `pictures` are (caption, PNG bytes)."""
    title = tr("Super-resolution assessed by Wald's protocol")
    body = [f"<h1>{escape(title)}</h1>", _product(scores)]
    body += [_figure(caption, png) for caption, png in pictures]
    for table in scores.get("tables", []):
        body += _task(table)
    body.append(f"<p class='note'>{escape(_explanation())}</p>")
    body.append(f"<p class='note'>s2sr {escape(engine_version)}</p>")
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<style>{STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def _explanation():
    return tr(
        "Each band was made coarser by the factor that super-resolution undoes, super-resolved, and compared with "
        "the band as it was. RMSE: root mean square error in digital numbers. SRE: signal to reconstruction error. "
        "SAM: angle between true and computed spectra. ERGAS: relative error over all bands. UIQ: universal image "
        "quality, 1 is perfect. The scores hold for the coarser scale."
    )


def _product(scores):
    lines = [f"{escape(tr('Product'))}: {escape(str(scores.get('input', '')))}"]
    lines += [escape(note) for note in scores.get("notes", [])]
    return f"<p>{'<br>'.join(lines)}</p>"


def _task(table):
    result, bicubic = table.get("result", {}), table.get("bicubic", {})
    yield f"<h2>{escape(str(table.get('task', '')))}, {escape(tr('model'))} {escape(str(table.get('model', '')))}</h2>"
    measures = [m for m in MEASURES if _both(m[0], result, bicubic)]
    yield "<table><tr><th></th>" + "".join(f"<th>{escape(m[1])}</th>" for m in measures) + "</tr>"
    yield _row(tr("super-resolved"), result, bicubic, measures)
    yield _row(tr("bicubic"), bicubic, None, measures)
    yield "</table>" + _remarks(table)
    bands = table.get("bands", [])
    if bands and len(result.get("rmse_bands") or []) == len(bicubic.get("rmse_bands") or []) == len(bands):
        yield from _bands(bands, result, bicubic)


def _remarks(table):
    """Where it was measured, and how well the result agrees with its own input."""
    remarks = []
    if len(table.get("window") or []) == 4:
        west, north, east, south = table["window"]
        remarks.append(
            tr("Window: west {:.0f}, south {:.0f}, east {:.0f}, north {:.0f}.").format(west, south, east, north)
        )
    if "pixels" in table and "share" in table:
        remarks.append(
            tr("{} pixels of each band count, {:.1f} % of the window.").format(table["pixels"], 100 * table["share"])
        )
    if "consistency" in table:
        remarks.append(
            tr("Made coarser again, the result differs from its input by {:.2f} DN (RMS).").format(table["consistency"])
        )
    return f"<p class='note'>{escape(' '.join(remarks))}</p>" if remarks else ""


def _row(label, values, against, measures):
    cells = [f"<td>{escape(label)}</td>"]
    for key, _heading, digits, more_is_better in measures:
        kind = ""
        if against is not None and values[key] != against[key]:
            kind = "better" if (values[key] > against[key]) == more_is_better else "worse"
        cells.append(f"<td class='{kind}'>{values[key]:.{digits}f}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _bands(bands, result, bicubic):
    yield _chart(bands, result["rmse_bands"], bicubic["rmse_bands"])
    yield f"<table><tr><th>{escape(tr('Band'))}</th><th>RMSE</th><th>{escape(tr('bicubic'))}</th>"
    yield f"<th>{escape(tr('difference'))}</th></tr>"
    for band, ours, theirs in zip(bands, result["rmse_bands"], bicubic["rmse_bands"]):
        change = 100 * (ours - theirs) / theirs if theirs else 0.0
        kind = "better" if change < 0 else "worse" if change > 0 else ""
        yield f"<tr><td>{escape(str(band))}</td><td>{ours:.1f}</td><td>{theirs:.1f}</td>"
        yield f"<td class='{kind}'>{change:+.0f} %</td></tr>"
    yield "</table>"


def _chart(bands, ours, theirs):
    """Two horizontal bars per band: the error that is left, and bicubic's."""
    longest = max(max(ours), max(theirs)) or 1.0
    width, step, left = 420, 34, 50
    marks = []
    for i, (band, a, b) in enumerate(zip(bands, ours, theirs)):
        y = i * step
        marks.append(f"<text x='{left - 8}' y='{y + 19}' text-anchor='end'>{escape(str(band))}</text>")
        for value, dy, colour in ((a, 3, RESULT_COLOUR), (b, 16, BICUBIC_COLOUR)):
            marks.append(
                f"<rect x='{left}' y='{y + dy}' width='{width * value / longest:.1f}' height='12' fill='{colour}'/>"
            )
    height = len(bands) * step + 24
    legend = (
        f"<rect x='{left}' y='{height - 16}' width='12' height='12' fill='{RESULT_COLOUR}'/>"
        f"<text x='{left + 17}' y='{height - 6}'>{escape(tr('RMSE, super-resolved'))}</text>"
        f"<rect x='{left + 190}' y='{height - 16}' width='12' height='12' fill='{BICUBIC_COLOUR}'/>"
        f"<text x='{left + 207}' y='{height - 6}'>{escape(tr('bicubic'))}</text>"
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{left + width + 10}' height='{height}' "
        f"font-family='sans-serif' font-size='12'>{''.join(marks)}{legend}</svg>"
    )


def _figure(caption, png):
    data = base64.b64encode(png).decode()
    return f"<figure><img src='data:image/png;base64,{data}'><figcaption>{escape(caption)}</figcaption></figure>"


def _both(key, result, bicubic):
    return isinstance(result.get(key), (int, float)) and isinstance(bicubic.get(key), (int, float))
