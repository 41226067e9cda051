"""A few minutes of a GPU turned into trained networks: several trainings at once, stage after stage, against the clock.

  python -m training.gpu_plan SCENES OUT SECONDS [--device cuda] [--only NAME,…]

Stage one trains large networks and small ones, with and without augmentation. Stage two goes on with the best large ones and
lets small ones learn from them, with the kind of augmentation that did best on places left out. Everything in OUT comes back:
NAME/checkpoint.pt, curve.csv, score.json.
"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

FIRST = {  # run: (config, augmentation, what is left out)
    "flagship": ("flagship-t2x", "full", "strips"),
    "wide": ("wide-t2x", "full", "strips"),
    "plain": ("fine32-t2x", "plain", "places"),
    "full": ("fine32-t2x", "full", "places"),
    "s6x": ("flagship-s6x", "full", "broad"),
    "s6x-plain": ("flagship-s6x", "plain", "broad"),
    "s6x-standin": ("standin-s6x", "full", "broad"),
}
SECOND = {  # student: what it begins with
    "coarse48-t2x": "fast-t2x={o.models}/fast-t2x.onnx",
    "fine24-t2x": None,
    "fine32-t2x": "fine32-t2x={o.out}/{small}/checkpoint.pt",
}


def launch(o, run, config, augment, kept, until, start=None, teachers=(), rate=None, seed=1):
    command = [sys.executable, "-m", "training.gpu_run", config, o.scenes, f"{o.out}/{run}", "--until", str(until), "--device", o.device]
    command += ["--augment", augment, "--kept", kept, "--seed", str(seed)]
    command += ["--start", str(start)] if start else []
    command += ["--rate", str(rate)] if rate else []
    for t in teachers:
        command += ["--teacher", t]
    log = open(f"{o.out}/{run}.log", "w")
    return run, subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def wait(jobs, until):
    for run, job in jobs:
        try:
            code = job.wait(max(1, until - time.time()))
        except subprocess.TimeoutExpired:
            job.kill()
            code = "late"
        print(f"{run}: {'ended' if code == 0 else code}", flush=True)


def scores(o, run):
    path = Path(o.out) / run / "score.json"
    return json.loads(path.read_text()) if path.exists() else {"mean": -1.0}


def best(o, runs):
    return max(runs, key=lambda r: scores(o, r)["mean"])


def halve(o, runs):
    """What only teaches is kept in half the size."""
    import torch

    for run in runs:
        path = Path(o.out) / run / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, map_location="cpu")
            state["ema"] = {k: v.half() for k, v in state["ema"].items()}
            torch.save(state, path)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("scenes"), p.add_argument("out"), p.add_argument("seconds", type=float)
    p.add_argument("--device", default="cuda")
    p.add_argument("--share", type=float, default=0.58, help="of the time, for stage one")
    p.add_argument("--models", default="models", help="folder with what is shipped, to begin with")
    p.add_argument("--only", default="", help="runs of stage one")
    o = p.parse_args()
    Path(o.out).mkdir(parents=True, exist_ok=True)
    begin = time.time()
    middle, end = begin + o.share * o.seconds, begin + o.seconds
    spare = 14  # seconds for scoring and saving
    runs = {k: v for k, v in FIRST.items() if not o.only or k in o.only.split(",")}
    wait([launch(o, run, *what, middle - spare) for run, what in runs.items()], middle + 10)
    for run in runs:
        print(run, json.dumps(scores(o, run)), flush=True)
    small = [r for r in ("plain", "full", "strong") if r in runs]
    augment = best(o, small) if small else "full"
    sixty = [r for r in ("s6x", "s6x-plain", "s6x-standin") if r in runs]
    large = [r for r in ("flagship", "wide") if scores(o, r)["mean"] > 0]
    teachers = [f"{FIRST[r][0]}={o.out}/{r}/checkpoint.pt" for r in large]
    ours = best(o, large) if large else None
    print(f"augmentation: {augment}; large: {ours}", flush=True)
    jobs = []
    if large:
        for c, start in SECOND.items():
            start = start and start.format(o=o, small=best(o, small) if small else "plain")
            jobs.append(launch(o, f"student-{c}", c, augment, "strips", end - spare, start, teachers, seed=2))
        jobs.append(launch(o, "flagship-second", FIRST[ours][0], augment, "strips", end - spare, start=f"{FIRST[ours][0]}={o.out}/{ours}/checkpoint.pt",
                           teachers=teachers, rate=5e-4, seed=3))  # fmt: skip
    good = [r for r in sixty if scores(o, r)["mean"] > 0]
    if good:
        top = best(o, good)
        six = [f"{FIRST[r][0]}={o.out}/{r}/checkpoint.pt" for r in good]
        config = "standin-s6x" if top == "s6x-standin" else "flagship-s6x"
        kind = "plain" if top == "s6x-plain" else "full"
        jobs.append(launch(o, "student-s6x", "default-s6x", kind, "broad", end - spare, start=f"fast-s6x={o.models}/fast-s6x.onnx", teachers=six, seed=2))
        jobs.append(launch(o, "flagship-s6x", config, kind, "broad", end - spare, start=f"{FIRST[top][0]}={o.out}/{top}/checkpoint.pt",
                           teachers=six, rate=5e-4, seed=3))  # fmt: skip
    wait(jobs, end)
    for run, _ in jobs:
        print(run, json.dumps(scores(o, run)), flush=True)
    halve(o, runs)


if __name__ == "__main__":
    main()
