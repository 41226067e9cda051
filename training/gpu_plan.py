"""A few minutes of a GPU turned into trained networks: several trainings at once, stage after
stage, against the clock.

  python -m training.gpu_plan SCENES OUT SECONDS [--device cuda] [--models FOLDER] [--share 0.5]

Stage one trains large networks. Stage two goes on with the best of them and lets a small one learn
from them. Each run leaves checkpoint.pt, curve.csv and score.json (on ground that was left out) in
OUT/RUN. Few runs at once: they share the GPU. flagship-t2x has seen that ground since version
1.2.0, so its scores there compare with its own alone.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

FIRST = {  # run: (config, augmentation, what is left out, what it begins with)
    "flagship": ("flagship-t2x", "plain", "strips", "flagship-t2x={models}/flagship-t2x.onnx"),
    "dense": ("dense-t2x", "full", "strips", None),
}
TEACHERS = ["flagship", "dense"]
SECOND = {  # run: (config, augmentation, what is left out, what it begins with, teachers, rate)
    "fine": ("fine-t2x", "plain", "strips", None, TEACHERS, None),
    "flagship-second": (
        "flagship-t2x",
        "plain",
        "strips",
        "flagship-t2x={out}/flagship/checkpoint.pt",
        TEACHERS,
        5e-4,
    ),
}
SPARE = 14  # seconds for scoring and saving


def launch(o, run, config, augment, kept, start, until, teachers=(), rate=None):
    command = [
        sys.executable,
        "-m",
        "training.gpu_run",
        config,
        o.scenes,
        f"{o.out}/{run}",
        "--until",
        str(until - SPARE),
    ]
    command += ["--device", o.device, "--augment", augment, "--kept", kept]
    command += ["--start", start.format(out=o.out, models=o.models)] if start else []
    command += ["--rate", str(rate)] if rate else []
    for t in teachers:
        command += ["--teacher", f"{FIRST[t][0]}={o.out}/{t}/checkpoint.pt"]
    log = open(f"{o.out}/{run}.log", "w")
    return run, subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def wait(o, jobs, until):
    """Each run's end and score; one that is late is ended."""
    for run, job in jobs:
        try:
            code = job.wait(max(1, until - time.time()))
        except subprocess.TimeoutExpired:
            job.kill()
            code = "late"
        score = Path(o.out) / run / "score.json"
        print(run, json.loads(score.read_text()) if code == 0 else f"failed: {code}", flush=True)


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("scenes"), p.add_argument("out"), p.add_argument("seconds", type=float)
    p.add_argument("--device", default="cuda")
    p.add_argument("--models", default="models", help="folder with what is shipped, to begin with")
    p.add_argument("--share", type=float, default=0.5, help="of the time, for stage one")
    o = p.parse_args()
    Path(o.out).mkdir(parents=True, exist_ok=True)
    begin = time.time()
    middle, end = begin + o.share * o.seconds, begin + o.seconds
    wait(o, [launch(o, run, *what, middle) for run, what in FIRST.items()], middle + 10)
    there = {run for run in FIRST if (Path(o.out) / run / "checkpoint.pt").exists()}
    jobs = []
    for run, (config, augment, kept, start, teachers, rate) in SECOND.items():
        teachers = [t for t in teachers if t in there]
        if teachers:
            jobs.append(launch(o, run, config, augment, kept, start, end, teachers, rate))
    wait(o, jobs, end + 10)


if __name__ == "__main__":
    main()
