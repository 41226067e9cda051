#!/usr/bin/env python3
"""Writes the measured part of each model's card from models/index.json: python3 -m training.cards
MODELS

A card is prose with a place for the tables, between two comment lines; only that is rewritten.
"""

import sys
from pathlib import Path

from . import catalog

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def table(model):
    lines = [
        f"{model['parameters']:,} parameters; {model['tflop_per_tile']:g} TFLOP for a whole product"
        " (10980 x 10980 at 10 m)"
        + (", for each band" if model["task"][0] == "x" else "")
        + f"; sha256 `{model['sha256'][:16]}…`; version {model['version']}.",
        "",
    ]
    if model.get("speed"):
        s = model["speed"]
        lines += [
            (
                f"Speed: {s['cpu_s_per_megapixel']:g} CPU seconds a megapixel of result on one core"
                f" of {s['machine']} with ONNX Runtime {s['onnxruntime']} ({s['gflops']:g} GFLOP/s,"
                " tile of 512 x 512)."
            ),
            "",
        ]
    if model.get("scores_best"):
        best = ", ".join(
            f"{scene} {s['sre']:.2f}" for scene, s in sorted(model["scores_best"].items())
        )
        lines += [f"With `--quality best`, at eight times the cost, SRE in dB: {best}.", ""]
    lines += [
        "| scene | band | SRE, dB | bicubic | gain | RMSE, DN | mean error | re-aggregated, RMS |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for scene, s in sorted(model["scores"].items()):
        lines.append(
            f"| **{scene}** | mean | **{s['sre']:.2f}** | {s['bicubic_sre']:.2f} |"
            f" {s['sre'] - s['bicubic_sre']:+.2f} | {s['rmse']:.1f} | | |"
        )
        for band, b in s["bands"].items():
            lines.append(
                f"| | {band} | {b['sre']:.2f} | {b['bicubic_sre']:.2f} |"
                f" {b['sre'] - b['bicubic_sre']:+.2f} | {b['rmse']:.1f} | {b['bias_percent']:+.3f}"
                f" % | {b['reaggregation_rms']:.2f} DN |"
            )
    if model.get("coverage"):
        lines += coverage(model["coverage"])
    return "\n".join(lines)


def coverage(scenes):
    lines = [
        "",
        (
            "Per cent of the errors of all bands within what `--uncertainty` says, and within twice"
            " that (lowest and highest band in"
        ),
        "brackets; `python3 -m training.measure target/release/s2sr models SCENE.npz --coverage`):",
        "",
        "| scene | within | within twice |",
        "|---|---|---|",
    ]
    for scene, c in sorted(scenes.items()):
        bands = list(zip(*(v for band, v in c.items() if band != "all")))
        lines.append(
            f"| {scene} | "
            + " | ".join(f"{a:.1f} ({min(b):.1f} to {max(b):.1f})" for a, b in zip(c["all"], bands))
            + " |"
        )
    return lines


def main():
    folder = Path(sys.argv[1])
    for model in catalog.load(folder):
        card = folder / model["card"]
        text = card.read_text()
        before, rest = text.split(BEGIN)
        card.write_text(before + BEGIN + "\n" + table(model) + "\n" + END + rest.split(END)[1])
        print(card)


if __name__ == "__main__":
    sys.exit(main())
