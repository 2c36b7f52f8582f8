"""How far a Dask cluster carries: what tasks cost, what the scheduler bears, what to expect.

    python benchmarks/cluster.py survey --photographs 40 --workers 1 2 4 8
    python benchmarks/cluster.py overhead --photographs 40 --workers 2
    python benchmarks/cluster.py mosaic --side 20000 --keep scratch/
    python benchmarks/cluster.py scheduler --tasks 100000
    python benchmarks/cluster.py expect --seconds 3.0 --rate 500

`survey` times the same survey here, on processes and on Dask, and checks that the bytes are the
same; `overhead` does so with processes and Dask in turn, several times. `mosaic` classifies one
raster here and by blocks on workers that are started by command, and tells what they hold.
`scheduler` sends tasks that only wait, of the size of real ones, through a real scheduler. `expect`
goes through a run event by event with times that were measured so, and
prints the table of docs/clusters.md.
"""

import argparse
import filecmp
import heapq
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from cluster_stub import Stub
from mosaics import Mosaic, write_mosaic
from processes import classify_command, peak_mb, run_watched

from riverscape.execution import classify_survey
from riverscape.execution.dask_cluster import ClusterChoice
from riverscape.execution.dask_place import DaskPlace
from riverscape.execution.places import Place
from riverscape.execution.workers import Processes
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.scenes import River, write_survey
from riverscape.settings import Settings
from riverscape.workflow import Resources, available_threads

# Measured by tests/cluster/test_many_images.py: what a photograph's task and answer take.
_TASK_BYTES, _ANSWER_BYTES = 3000, 2500
# Assumed, not measured: US dollars an hour for a core with 2 GB, on demand and spare.
_PRICES = {"on demand": 0.045, "spare": 0.015}


class _Several(DaskPlace):
    """Dask's own processes on this machine."""

    def __init__(self, workers: int) -> None:
        super().__init__(ClusterChoice("local", workers))


def survey(photographs: int, side_px: int, workers: Sequence[int]) -> None:
    """Print a row for each way to classify the same photographs."""
    cores = available_threads()
    with tempfile.TemporaryDirectory() as folder:
        pairs = _photographs(Path(folder), photographs, side_px)
        print("| where | s | s a photograph and core | efficiency |\n|---|---|---|---|")
        first = None
        places: list[tuple[str, int, Place | None]] = [("here", 1, None)]
        for many in workers:
            places += [(f"{many} processes", many, Processes(many))]
            places += [(f"Dask, {many} workers", many, _Several(many))]
        for name, many, place in places:
            out = Path(folder) / name
            spent = _classified_s(pairs, out, many, place)
            first = first or (spent, out)
            _check_same(first[1], out)
            busy = min(many, cores)
            each = spent * busy / photographs
            print(f"| {name} | {spent:.1f} | {each:.2f} | {first[0] / spent / busy:.0%} |")


def overhead(photographs: int, side_px: int, workers: int, rounds: int) -> None:
    """Print how much longer Dask takes than processes, in turn, start of the cluster included."""
    with tempfile.TemporaryDirectory() as folder:
        pairs, ratios = _photographs(Path(folder), photographs, side_px), []
        for turn in range(rounds):
            own, dask = (
                _classified_s(pairs, Path(folder) / f"{name}-{turn}", workers, place)
                for name, place in (("own", Processes(workers)), ("dask", _Several(workers)))
            )
            _check_same(Path(folder) / f"own-{turn}", Path(folder) / f"dask-{turn}")
            ratios.append(dask / own)
            print(
                f"{workers} processes {own:.1f} s, Dask {dask:.1f} s: {ratios[-1]:.3f}", flush=True
            )
    print(f"median of {rounds}: {statistics.median(ratios):.3f}")


def _photographs(folder: Path, count: int, side_px: int) -> list[LabelledImage]:
    rivers = [River.from_name("Alder")]
    write_survey(folder / "survey", rivers, count, height_px=side_px, width_px=side_px, seed=0)
    return pair_labels([folder / "survey"])


def _classified_s(
    pairs: list[LabelledImage], out: Path, workers: int, place: Place | None
) -> float:
    """Classify photographs; return the seconds it took, programs and cluster started for it."""
    started = time.perf_counter()
    run = classify_survey(
        pairs,
        out,
        load_model("ste-marguerite"),
        Settings(),
        figures=False,
        workers=workers,
        place=place,
        resources=Resources(threads=workers),  # a core each, wherever they work
    )
    assert not run.failures, run.failures
    return time.perf_counter() - started


def mosaic(side_px: int, folder: Path) -> None:
    """Classify one half empty mosaic here and on a cluster of two workers; compare, and tell."""
    folder.mkdir(parents=True, exist_ok=True)
    log, image = folder / "cluster.log", folder / f"mosaic-{side_px}.tif"
    if not image.exists():
        write_mosaic(image, Mosaic(side_px, side_px, valid=0.5))
    file, options = folder / "scheduler.json", ["--quiet", "--max-ram", "1GB"]
    file.unlink(missing_ok=True)
    dask = [sys.executable, "-m", "dask"]
    near = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    worker = [*dask, "worker", *near, "--nthreads", "1", "--memory-limit", "1GB"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        here, there = Path(scratch) / "here", Path(scratch) / "there"
        alone = run_watched(classify_command(image, here, options), log)
        print(f"here: {alone.seconds:.1f} s, {alone.peak_mb:.0f} MB", flush=True)
        with ExitStack() as stack:
            for command in ([*dask, "scheduler", "--port", "0", *near], worker, worker):
                program = stack.enter_context(
                    subprocess.Popen(
                        command, cwd=scratch, stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    )
                )  # fmt: skip
                stack.callback(program.terminate)
            while not file.exists():
                time.sleep(0.1)
            on_dask = ["--quiet", "--dask", str(file)]
            ended = run_watched(classify_command(image, there, on_dask), log)
            found = [pid for pid in _descendants(os.getpid()) if b"spawn_main" in _words(pid)]
            peaks = [f"{peak_mb(pid):.0f}" for pid in found]
        _check_same(here, there)
        record = json.loads((there / "run.json").read_text(encoding="utf-8"))
    print(f"on Dask: {ended.seconds:.1f} s; the process that was started {ended.peak_mb:.0f} MB")
    print(f"workers at most {' and '.join(peaks)} MB; the same bytes")
    print(f"windows: {record['images'][image.stem]['windows']}")


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # grows while it is walked
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found[1:]


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def scheduler(tasks: int, seconds: float, threads: int) -> None:
    """Print how fast tasks go through a scheduler, and what the starting process holds."""
    from distributed import LocalCluster, Client  # noqa: F401, I001  loaded before it is timed

    place = _Waiting(threads)
    model = load_model("ste-marguerite")
    with tempfile.TemporaryDirectory() as folder, place.opened(model, Path(folder)):
        ballast = bytes(_TASK_BYTES - 400)
        jobs = (Stub(f"A_{n:06}", seconds, ballast, _ANSWER_BYTES) for n in range(tasks))
        started, first, done = time.perf_counter(), 0.0, 0
        for _ in place.outcomes(jobs):
            done += 1
            first = first or time.perf_counter() - started
        spent = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    sent = place.sent
    print(f"{done} tasks in {spent:.1f} s: {done / spent:.0f} a second, {threads} at a time")
    print(
        f"first answer after {first:.1f} s; to tell the scheduler: {sent['seconds']:.1f} s in all"
    )
    print(f"{sent['bytes'] / sent['tasks']:.0f} bytes a task; this process held {peak_mb:.0f} MB")


class _Waiting(DaskPlace):
    """Two workers of many threads each, for tasks that only wait."""

    def __init__(self, threads: int) -> None:
        self._recipe = tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False)
        with self._recipe as file:
            file.write(
                "module: distributed\nclass: LocalCluster\nkwargs: {n_workers: 2, "
                f"threads_per_worker: {threads // 2}, dashboard_address: null}}\n"
            )
        super().__init__(ClusterChoice(self._recipe.name))


def expected_s(tasks: int, workers: int, task_s: float, rate: float, start_s: float = 0.0) -> float:
    """Return how long tasks take on workers that one scheduler serves, event by event.

    Each task is handed to a worker and taken back by a scheduler that does `rate` tasks a second.

    Examples
    --------
    >>> expected_s(tasks=100, workers=10, task_s=2.0, rate=1e9)
    20.0
    >>> round(expected_s(tasks=1000, workers=1000, task_s=1.0, rate=100))
    11
    """
    each = 1.0 / rate
    free = [start_s] * min(workers, tasks)
    scheduler_free = ended = 0.0
    for _ in range(tasks):
        begin = max(heapq.heappop(free), scheduler_free) + each
        scheduler_free = begin
        ended = max(ended, begin + task_s)
        heapq.heappush(free, begin + task_s)
    return round(ended, 6)


def expect(seconds: float, rate: float, photographs: int) -> None:
    """Print what a million photographs take, and cost at assumed prices."""
    share = min(photographs, 200_000)
    print("| workers | photographs a second | efficiency | a million photographs | US$ on demand "
          "| US$ spare |\n|---|---|---|---|---|---|")  # fmt: skip
    for workers in (1, 2, 4, 8, 10, 30, 100, 300, 1000):
        tasks = min(share, max(1000, 200 * workers))
        spent = expected_s(tasks, workers, seconds, rate)
        a_second = tasks / spent
        hours = 1e6 / a_second / 3600
        costs = " | ".join(f"{hours * workers * price:.0f}" for price in _PRICES.values())
        efficiency = a_second * seconds / workers
        print(f"| {workers} | {a_second:.2f} | {efficiency:.0%} | {hours:.1f} h | {costs} |")


def _check_same(one: Path, other: Path) -> None:
    names = [path.name for path in one.iterdir() if path.suffix in (".tif", ".csv", ".xml")]
    _, differing, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    if differing or missing:
        message = f"{other} differs from {one}: {differing or missing}"
        raise SystemExit(message)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("survey")
    one.add_argument("--photographs", type=int, default=40)
    one.add_argument("--side", type=int, default=2400)
    one.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    more = verbs.add_parser("overhead")
    more.add_argument("--photographs", type=int, default=40)
    more.add_argument("--side", type=int, default=2400)
    more.add_argument("--workers", type=int, default=2)
    more.add_argument("--rounds", type=int, default=5)
    large = verbs.add_parser("mosaic")
    large.add_argument("--side", type=int, default=20_000)
    large.add_argument("--keep", type=Path, required=True, help="folder that keeps the mosaic")
    two = verbs.add_parser("scheduler")
    two.add_argument("--tasks", type=int, default=100_000)
    two.add_argument("--seconds", type=float, default=0.05)
    two.add_argument("--threads", type=int, default=64)
    three = verbs.add_parser("expect")
    three.add_argument("--seconds", type=float, required=True)
    three.add_argument("--rate", type=float, required=True)
    three.add_argument("--photographs", type=int, default=1_000_000)
    asked = parser.parse_args()
    if asked.verb == "survey":
        survey(asked.photographs, asked.side, asked.workers)
    elif asked.verb == "overhead":
        overhead(asked.photographs, asked.side, asked.workers, asked.rounds)
    elif asked.verb == "mosaic":
        mosaic(asked.side, asked.keep)
    elif asked.verb == "scheduler":
        scheduler(asked.tasks, asked.seconds, asked.threads)
    else:
        expect(asked.seconds, asked.rate, asked.photographs)


if __name__ == "__main__":
    main()
