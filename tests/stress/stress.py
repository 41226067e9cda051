"""Checks that take long or treat the program badly. scripts/stress.sh says how to call this."""

import argparse
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from scene import BUILT, ROOT, Library, checksums, product, tiny_models

FORMATS = ("GTiff", "COG")


class Failed(Exception):
    """What was found, in words."""


def expect(condition, words):
    if not condition:
        raise Failed(words)


class Bench:
    """A working folder with a product and networks in it."""

    def __init__(self, work, quick):
        self.work, self.quick = work, quick
        self.temporary = work / "tmp"
        self.temporary.mkdir()
        os.environ |= {
            "S2SR_MODELS": str(tiny_models(work / "models")),
            "TMPDIR": str(self.temporary),
            "CPL_TMPDIR": str(self.temporary),
        }
        os.environ.setdefault(
            "ORT_DYLIB_PATH", str(ROOT / "vendor" / "onnxruntime" / "libonnxruntime.so")
        )
        self.scene = product(work / "scene", 400)

    def rounds(self, usual):
        return max(usual // 10, 3) if self.quick else usual

    def start(self, output, *arguments, scene=None):
        command = [BUILT / "s2sr", "run", scene or self.scene, output, "--quiet", *arguments]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self, output, *arguments, scene=None):
        """Runs what has to succeed; the seconds that it took."""
        begin = time.monotonic()
        process = self.start(output, *arguments, scene=scene)
        said = process.communicate()[1].decode()
        expect(process.returncode == 0, f"a run that nothing disturbs fails: {said}")
        return time.monotonic() - begin

    def folder(self, name):
        folder = self.work / name
        folder.mkdir()
        return folder

    def holds_only(self, folder, *names):
        found = sorted(p.name for p in folder.iterdir()) + [
            p.name for p in self.temporary.iterdir()
        ]
        expect(
            found == sorted(names),
            f"{', '.join(found) or 'nothing'} is there instead of {', '.join(names) or 'nothing'}",
        )


def slow(form):
    """Small tiles, so that there are many moments to hit."""
    return ("--tile", "40", "--format", form)


class Rounds:
    """Runs over an earlier output that are disturbed at random moments, and what may be there
    afterwards."""

    def __init__(self, bench, name):
        self.bench = bench
        self.folder = bench.folder(name)
        self.output = self.folder / "out.tif"
        self.seconds, self.new = {}, {}
        for form in FORMATS:
            self.seconds[form] = bench.finish(self.output, *slow(form))
            self.new[form] = checksums(self.output)
            self.output.unlink()
        bench.finish(self.output, "--bands", "B5")
        self.earlier = self.output.read_bytes()

    def disturbed(self, form):
        """A run that has come to a random moment."""
        self.output.write_bytes(self.earlier)
        process = self.bench.start(self.output, *slow(form))
        time.sleep(random.uniform(0, 1.1) * self.seconds[form])
        return process

    def is_earlier(self):
        return self.output.read_bytes() == self.earlier

    def is_new(self, form):
        return checksums(self.output) == self.new[form]


def kill(bench):
    """kill -9 at random moments: the earlier output or the new one is there, whole, and the next
    run tidies up."""
    rounds, replaced, with_leftovers = Rounds(bench, "kill"), 0, 0
    count = bench.rounds(50)
    for i in range(count):
        form = FORMATS[i % 2]
        process = rounds.disturbed(form)
        process.kill()
        process.communicate()
        if not rounds.is_earlier():
            expect(
                rounds.is_new(form),
                f"round {i} ({form}): the output is neither the earlier nor the new one",
            )
            replaced += 1
        with_leftovers += len(list(rounds.folder.iterdir())) > 1
        bench.finish(rounds.output)
        for file in bench.temporary.iterdir():  # GDAL's, nobody can know whose they are
            file.unlink()
        bench.holds_only(rounds.folder, "out.tif")
    return (
        f"{count} times, {replaced} of them when the new output was there; {with_leftovers} left"
        " files that the next run removed"
    )


def cancel(bench):
    """SIGINT and SIGTERM at random moments: status and output agree, and nothing else is left."""
    rounds, cancelled, slowest = Rounds(bench, "cancel"), 0, 0.0
    count = bench.rounds(200)
    for i in range(count):
        form, number = FORMATS[i % 2], (signal.SIGINT, signal.SIGTERM)[i // 2 % 2]
        process = rounds.disturbed(form)
        begin = time.monotonic()
        process.send_signal(number)
        said = process.communicate(timeout=60)[1].decode()
        slowest = max(slowest, time.monotonic() - begin)
        # Before it listens, the signal ends the program as it ends any other.
        if process.returncode in (130, -number):
            expect(
                rounds.is_earlier(),
                f"round {i} ({form}): cancelled, but the earlier output is gone",
            )
            cancelled += 1
        else:
            expect(
                process.returncode == 0 and rounds.is_new(form),
                f"round {i} ({form}): status {process.returncode}, {said}",
            )
        bench.holds_only(rounds.folder, "out.tif")
    return (
        f"{count} times, {cancelled} cancelled and the others through; the slowest was over after"
        f" {slowest:.2f} s"
    )


def cog(bench):
    """Cancelled while the file is turned into a COG: over within 2 s."""
    scene = product(bench.work / "large", 2000 if bench.quick else 5490)
    folder, slowest = bench.folder("cog"), 0.0
    output = folder / "out.tif"
    arguments = ("--bands", "B5", "--format", "COG", "--co", "COMPRESS=ZSTD", "--co", "LEVEL=22")
    count = bench.rounds(5)
    for _ in range(count):
        process = bench.start(output, *arguments, scene=scene)
        # The COG is a second file, made from the first.
        while len([p for p in folder.rglob("*") if p.is_file()]) < 2:
            if process.poll() is not None:
                raise Failed(
                    f"it ended before a COG was begun: {process.communicate()[1].decode()}"
                )
            time.sleep(0.01)
        time.sleep(random.uniform(0, 1))
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate()
        slowest = max(slowest, time.monotonic() - begin)
        expect(process.returncode == 130, f"status {process.returncode} after {slowest:.1f} s")
        bench.holds_only(folder)
    expect(slowest <= 2, f"it took {slowest:.1f} s until it was over")
    return f"{count} times, the slowest was over after {slowest:.2f} s"


def leaks(bench):
    """Memory and descriptors after many calls are what they were after a few. In a process of
    its own."""
    count = max(bench.rounds(200), 80)  # the first rounds fill caches
    command = [sys.executable, __file__, "--repeat", str(count), str(bench.work)]
    # One arena: which of many a thread happens to take from changes the memory in use from round to
    # round.
    process = subprocess.run(
        command,
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    expect(process.returncode == 0, (process.stdout + process.stderr).strip())
    return process.stdout.strip()


def repeat(count, work):
    library = Library()
    fine, coarse = noise(4, 120), noise(6, 60)
    folder = work / "leaks"
    folder.mkdir()

    def once():
        model = library.open("tiny-t2x")
        library.run_arrays(model, fine, coarse)
        library.lib.s2sr_model_free(model)
        library.run_files(work / "scene", folder / "out.tif")
        return resident(), len(os.listdir("/proc/self/fd"))

    used = [once() for _ in range(count)]
    quarter = count // 4
    early, late = (
        statistics.median(memory for memory, _ in part)
        for part in (used[quarter : 2 * quarter], used[-quarter:])
    )
    files, files_late = used[quarter][1], used[-1][1]
    print(
        f"{count} rounds: {early:.0f} MB in the second quarter, {late:.0f} in the last; {files} and"
        f" {files_late} descriptors"
    )
    return 0 if late - early <= 8 and files_late == files else 1


def threads(bench):
    """Sixteen threads on one model: every pixel as one thread gets it."""
    library, seconds = Library(), 5 if bench.quick else 30
    model = library.open("tiny-t2x")
    jobs = [(noise(4, 96, seed), noise(6, 48, seed + 100)) for seed in range(16)]
    wanted = [library.run_arrays(model, *job) for job in jobs]
    runs, wrong, end = [0] * 16, [], time.monotonic() + seconds

    def work(i):
        try:
            while time.monotonic() < end:
                wrong.extend(
                    [i] * (not np.array_equal(library.run_arrays(model, *jobs[i]), wanted[i]))
                )
                runs[i] += 1
        except RuntimeError as e:
            wrong.append(e)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    library.lib.s2sr_model_free(model)
    expect(not wrong, f"{len(wrong)} of {sum(runs)} runs went wrong: {wrong[0] if wrong else ''}")
    return f"{sum(runs)} runs in {seconds} s, none wrong"


def disk(bench):
    """No room for the output: an error, the earlier output as it was, nothing left."""
    if os.geteuid() != 0:
        return None
    folder = bench.folder("disk")
    if (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False
        ).returncode
        != 0
    ):
        return None
    try:
        output = folder / "out.tif"
        output.write_bytes(b"earlier")
        for form in FORMATS:
            process = bench.start(output, "--format", form, "--co", "COMPRESS=NONE")
            said = process.communicate()[1].decode()
            expect(
                process.returncode == 1 and said.count("\n") == 1,
                f"{form}: status {process.returncode}, {said}",
            )
            expect(output.read_bytes() == b"earlier", f"{form}: the earlier output was touched")
            bench.holds_only(folder, "out.tif")
    finally:
        subprocess.run(["umount", folder], check=False)
    return "GeoTIFF and COG are refused, the earlier output is whole"


def sanitizers(_bench):
    """Arrays under the address and undefined behaviour sanitizers: the tests of the C side."""
    process = subprocess.run(
        [ROOT / "tests" / "c" / "run.sh", "asan-ubsan"], capture_output=True, text=True, check=False
    )
    expect(process.returncode == 0, process.stdout)
    return process.stdout.splitlines()[-1]


def noise(bands, size, seed=0):
    return np.random.default_rng(seed).integers(500, 4000, (bands, size, size), dtype=np.uint16)


def resident():
    """This process's memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


CHECKS = {f.__name__: f for f in (kill, cancel, cog, leaks, threads, disk, sanitizers)}


def main():
    parser = argparse.ArgumentParser(prog="scripts/stress.sh")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--repeat", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    arguments = parser.parse_args()
    if arguments.repeat:
        return repeat(int(arguments.repeat[0]), Path(arguments.repeat[1]))
    if stray := [c for c in arguments.checks if c not in CHECKS]:
        parser.error(f"there is no check {stray[0]}; there are {', '.join(CHECKS)}")
    failed = 0
    work = Path(tempfile.mkdtemp(prefix="s2sr-stress-"))
    try:
        bench = Bench(work, arguments.quick)
        for name in arguments.checks or CHECKS:
            try:
                found = CHECKS[name](bench)
                print(
                    f"ok {name}: {found}" if found else f"skipped {name}: it needs root and mount",
                    flush=True,
                )
            except Failed as e:
                failed += 1
                print(f"FAILED {name}: {e}", flush=True)
    finally:
        shutil.rmtree(work)
    return 1 if failed else 0


sys.exit(main())
