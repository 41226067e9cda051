#!/usr/bin/env python3
"""Accuracy of the shipped models beside bicubic interpolation and other methods, and against what
they cost.

  python3 benches/accuracy.py [--models models] [--picture docs/pictures/accuracy.png]

Ours and bicubic come from models/index.json, where `python3 -m training.measure` puts what it
measured through `s2sr run`; "best" is with --quality best. The other methods were run once, with
their authors' own weights or code, on the same two scenes with the same degradation and border;
their figures are kept below. The picture needs matplotlib.
"""

import argparse
import json
from pathlib import Path

SCENES = ["shark_bay", "iceland"]
BEST = ", best"
NAMES = {
    "t2x": "20 m -> 10 m",
    "s6x": "60 m -> 10 m",
    "x2": "20 m -> 10 m, 10 m bands one by one",
    "x4": "40 m -> 10 m, likewise",
}
# SRE in dB on SCENES. "+bp": with one step of back-projection, added by us.
OTHERS = {
    "t2x": {
        "MTF-GLP-HPM-R": (29.9, 24.4),
        "SupReME": (30.2, 28.7),
        "BDSD-PC": (33.4, 28.9),
        "FUSE (30 k parameters)": (35.39, 31.25),
        "AESR (126 k parameters)": (37.04, 32.98),
    },
    "s6x": {
        "AESR-60": (21.00, 19.46),
        "BDSD-PC": (26.0, 29.1),
        "PRACS +bp": (31.85, 26.62),
        "BDSD-PC +bp": (29.51, 31.05),
    },
    "x2": {"VDSR trained on photographs": (33.44, 31.23)},
    "x4": {},
}
# DSen2 with weights trained by others on some 44 products (PyPI remote-sensing-processor 0.2.2),
# +bp: TFLOP a product, SRE.
REAL = {"t2x": (431.9, (38.93, 33.81)), "s6x": (430.9, (34.53, 37.26))}
REAL_NAME = "DSen2, others' weights +bp"


def rows(models, task):
    """(name, TFLOP or None, [SRE per scene]) from least to most accurate."""
    ours = [m for m in models if m["task"] == task and all(s in m["scores"] for s in SCENES)]
    out = [(name, None, list(sre)) for name, sre in OTHERS[task].items()]
    if task in REAL:
        out.append((REAL_NAME, REAL[task][0], list(REAL[task][1])))
    if ours:
        out.append(("bicubic", 0, [ours[0]["scores"][s]["bicubic_sre"] for s in SCENES]))
    for m in ours:
        out.append((m["name"], m["tflop_per_tile"], [m["scores"][s]["sre"] for s in SCENES]))
        if all(s in m["scores_best"] for s in SCENES):
            out.append(
                (
                    m["name"] + BEST,
                    8 * m["tflop_per_tile"],
                    [m["scores_best"][s]["sre"] for s in SCENES],
                )
            )
    return sorted(out, key=lambda r: sum(r[2]))


def text(models):
    for task, title in NAMES.items():
        print(
            f"\n{title}: SRE in dB\n{'':28s}"
            + "".join(f"{s:>12s}" for s in SCENES)
            + f"{'mean':>8s}   TFLOP a product"
        )
        for name, cost, sre in rows(models, task):
            cost = (
                ""
                if cost is None
                else f"{cost:8.1f}" + (" a band" if task[0] == "x" and cost else "")
            )
            print(
                f"{name:28s}"
                + "".join(f"{v:12.2f}" for v in sre)
                + f"{sum(sre) / len(sre):8.2f}   {cost}"
            )


def picture(models, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 4.6), constrained_layout=True)
    for ax, task in zip(axes, ("t2x", "s6x")):
        found = {name: (cost, sum(sre) / len(sre)) for name, cost, sre in rows(models, task)}
        ours = {name: place for name, place in found.items() if place[0]}
        for name, (cost, y) in ours.items():
            if name == REAL_NAME:
                ax.plot(cost, y, "s", color="tab:orange", markersize=8)
                ax.annotate(
                    name,
                    (cost, y),
                    textcoords="offset points",
                    fontsize=9,
                    color="tab:orange",
                    # At 20 m other points are all around it: a line leads out of them.
                    xytext=(65, 52) if task == "t2x" else (-8, -4),
                    ha="right",
                    arrowprops={"arrowstyle": "-", "color": "tab:orange", "linewidth": 0.8}
                    if task == "t2x"
                    else None,
                )
            elif name.endswith(BEST):
                start = ours[name.removesuffix(BEST)]
                ax.plot([start[0], cost], [start[1], y], "-", color="tab:blue", linewidth=0.8)
                ax.plot(cost, y, "o", color="tab:blue", markerfacecolor="white", markersize=8)
            else:
                ax.plot(cost, y, "o", color="tab:blue", markersize=8)
                # Those of the upper rim are labelled on the other side, away from the others.
                where = (
                    {"xytext": (-6, 5), "ha": "right"}
                    if name.startswith(("fast-", "flagship-"))
                    else {"xytext": (6, -14), "ha": "left"}
                )
                ax.annotate(
                    name,
                    (cost, y),
                    textcoords="offset points",
                    fontsize=9,
                    color="tab:blue",
                    **where,
                )
        peer = max((n for n in OTHERS[task] if n in found), key=lambda n: found[n][1])
        ax.axhline(found[peer][1], color="0.6", linewidth=0.8, linestyle=":")
        ax.annotate(
            peer,
            (0.55, found[peer][1]),
            textcoords="offset points",
            xytext=(0, 2),
            fontsize=8,
            color="0.4",
        )
        title = f"{NAMES[task]} (bicubic: {found['bicubic'][1]:.1f} dB)"
        ax.set(
            xscale="log", xlim=(0.5, 6000), title=title, xlabel="TFLOP for a 10980 x 10980 product"
        )
        ax.margins(y=0.2)
    axes[0].set_ylabel("SRE, dB (mean of two validation scenes)")
    axes[0].annotate(
        "hollow: --quality best",
        (0.55, axes[0].get_ylim()[1]),
        textcoords="offset points",
        xytext=(0, -12),
        fontsize=8,
    )
    figure.savefig(path, dpi=110)


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--models", type=Path, default=Path(__file__).resolve().parent.parent / "models")
    p.add_argument("--picture", type=Path)
    o = p.parse_args()
    models = json.loads((o.models / "index.json").read_text())["models"]
    text(models)
    if o.picture:
        picture(models, o.picture)


main()
