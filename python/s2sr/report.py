"""What the library answers, as dictionaries that show themselves as tables."""

import base64
from html import escape
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Sequence, Tuple

Row = Sequence[object]


class Answer(dict):
    """A dictionary as the library gives it. Its items are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no {name}; there are {', '.join(self)}") from None

    def _tables(self) -> Iterator[Tuple[str, Row, List[Row]]]:
        """Title, heading and rows of each table."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join(line for table in self._tables() for line in _text(*table))

    def _repr_html_(self) -> str:
        return "".join(_html(*table) for table in self._tables())


class Report(Answer):
    """What a run did and what it took; with a picture in notebooks, if a preview was drawn."""

    preview = None

    def _tables(self):
        networks = f"{', '.join(self['models'])} on {self['device']}" if self["models"] else "none"
        rows = [
            ("size", f"{self['cols']} x {self['rows']} pixels of {self['gsd']:g} m"),
            ("bands", " ".join(self["bands"])),
            ("networks", networks),
            (
                "time",
                (
                    f"{self['seconds']:.1f} s,"
                    f" {self['megapixels'] / max(self['seconds'], 1e-9):.2f} megapixels a second"
                ),
            ),
        ]
        rows += [("note", note) for note in self.get("notes", ())]
        yield str(self["output"]), (), rows

    def _repr_html_(self):
        html = super()._repr_html_()
        if self.preview and str(self.preview).endswith(".png") and Path(self.preview).is_file():
            data = base64.b64encode(Path(self.preview).read_bytes()).decode()
            html += (
                "<img alt='source and result' style='max-width:100%'"
                f" src='data:image/png;base64,{data}'>"
            )
        return html


class Scores(Answer):
    """Scores by Wald's protocol, one table a network, beside bicubic."""

    MEASURES = (
        ("rmse", "RMSE", 2),
        ("sre", "SRE dB", 2),
        ("sam", "SAM", 3),
        ("ergas", "ERGAS", 3),
        ("uiq", "UIQ", 4),
    )

    def _tables(self):
        for table in self["tables"]:
            title = f"{table['model']}: {table['task']}, {table['pixels']} pixels of each band"
            heading = [
                "",
                *(name for _, name, _ in self.MEASURES),
                *(f"SRE {band}" for band in table["bands"]),
            ]
            rows = []
            for name in ("result", "bicubic"):
                scores = table[name]
                row = [name]
                row += [
                    "-" if scores.get(k) is None else f"{scores[k]:.{d}f}"
                    for k, _, d in self.MEASURES
                ]
                rows.append(row + [f"{v:.2f}" for v in scores["sre_bands"]])
            yield title, heading, rows
        if self.get("notes"):
            yield "notes", (), [(note,) for note in self["notes"]]


class Info(Answer):
    """What a product is and what can be made of it."""

    def _tables(self):
        heading = ("band", "gsd", "columns", "rows", "offset", "type")
        rows = [
            (b["name"], f"{b['gsd']:g} m", b["cols"], b["rows"], f"{b['offset']:g}", b["type"])
            for b in self["bands"]
        ]
        yield f"{self['name']} ({self['level'] or 'level unknown'}, {self['crs']})", heading, rows
        targets = [
            (
                f"{t['to']} m",
                t.get("error") or f"{' '.join(t['bands'])} by {', '.join(t['models'])}",
            )
            for t in self["targets"]
        ]
        yield "what can be made of it", (), targets


class Models(Answer):
    """The installed networks."""

    def _tables(self):
        rows = [
            (
                m["name"],
                m.get("version", ""),
                m["contract"]["kind"],
                m.get("parameters", ""),
                m.get("tflop_per_tile", ""),
            )
            for m in self["models"]
        ]
        heading = ("network", "version", "kind", "parameters", "TFLOP a tile")
        yield f"{self['folder']} (default: {self['default']})", heading, rows


class Results(List[dict]):
    """What became of many products, a row each."""

    def _tables(self):
        rows = [
            (r["state"], r["input"], r["output"], r.get("seconds", ""), r.get("error", ""))
            for r in self
        ]
        done = sum(r["state"] != "failed" for r in self)
        yield (
            f"{done} of {len(self)} products are done",
            ("state", "input", "output", "seconds", "error"),
            rows,
        )

    def __repr__(self):
        return "\n".join(line for table in self._tables() for line in _text(*table))

    def _repr_html_(self):
        return "".join(_html(*table) for table in self._tables())


def _text(title: str, heading: Row, rows: List[Row]) -> Iterator[str]:
    yield title
    cells = [[str(c) for c in row] for row in ([heading] if heading else []) + list(rows)]
    widths = [
        max((len(row[i]) for row in cells if i < len(row)), default=0)
        for i in range(max(map(len, cells), default=0))
    ]
    for row in cells:
        yield "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip()


def _html(title: str, heading: Row, rows: List[Row]) -> str:
    def line(row: Iterable[object], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(str(c))}</{tag}>" for c in row) + "</tr>"

    head = f"<thead>{line(heading, 'th')}</thead>" if heading else ""
    body = "".join(line(row, "td") for row in rows)
    return f"<table><caption>{escape(title)}</caption>{head}<tbody>{body}</tbody></table>"
