"""Measure `classify` on images of 6 Mpx to 10 Gpx; write the table of docs/performance.md.

    python benchmarks/streaming.py [--sizes 6M 100M 1.6G 10G] [--max-ram 1GB] [--keep DIR]
        [--write docs/performance.md]

Images are synthetic mosaics (mosaics.py). Each is classified by the command, in a process of its
own, in turn with a floor: GDAL's translation of the same file to a tiled DEFLATE GeoTIFF, on all
processors. The mosaic of 1.6G takes 1.6 GB of disk, that of 10G 0.6, and the floor's copy about as
much again: name a folder with --keep where the one for temporary files is in memory.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mosaics import Mosaic, shape_of
from processes import classify_command, run_watched

from riverscape.workflow import available_threads

START, END = "<!-- streaming: begin -->", "<!-- streaming: end -->"
REPEATS = 3
LONG_PX = 200_000_000  # of valid pixels: more are measured once
# Columns; other stages that run.json names are one column together.
STAGES = ("read", "phase 1", "features", "table", "fit", "predict", "write")
REFERENCE = "100M"  # whose peak the others are compared with


@dataclass(frozen=True)
class Case:
    """A size of image."""

    name: str
    mosaic: Mosaic
    sparse: bool = False

    def image(self, folder: Path) -> Path:
        """Return the mosaic's file in `folder`, made now if it is not there."""
        path = folder / f"mosaic-{self.name}.tif"
        if not path.exists():
            rows, cols = self.mosaic.shape
            # In a process of its own: this one must stay small, see processes.Watched.
            run_watched(
                [
                    sys.executable, str(Path(__file__).with_name("mosaics.py")), str(path),
                    "--size", f"{cols}x{rows}", "--valid", str(self.mosaic.valid),
                    *["--sparse"] * self.sparse,
                ],
                folder / "mosaic.log",
            )  # fmt: skip
        return path


CASES = {
    case.name: case
    for case in (
        Case("6M", Mosaic(1960, 3008, valid=1.0)),
        Case("100M", Mosaic(10_000, 10_000, valid=0.5)),
        Case("1.6G", Mosaic(40_000, 40_000, valid=0.5)),
        Case("10G", Mosaic(100_000, 100_000, valid=0.03), sparse=True),
    )
}
# What every run pays before the first pixel: programs, model.
_TINY = Case("start", Mosaic(300, 300, valid=1.0))


def case_of(size: str) -> Case:
    """Return the case of that name, or of a size of one's own, half empty."""
    return CASES.get(size) or Case(size, Mosaic(*shape_of(size), valid=0.5))


def floor_command(image: Path, out: Path, sparse: bool) -> list[str]:
    """Return what no pipeline of this kind can do without: decode all, write all."""
    options = {
        "TILED": "YES", "BLOCKXSIZE": "512", "BLOCKYSIZE": "512", "COMPRESS": "DEFLATE",
        "BIGTIFF": "YES", "NUM_THREADS": "ALL_CPUS", "SPARSE_OK": "YES" if sparse else "NO",
    }  # fmt: skip
    if shutil.which("gdal_translate"):
        creation = [word for key, value in options.items() for word in ("-co", f"{key}={value}")]
        return ["gdal_translate", "-q", *creation, str(image), str(out)]
    # The wheels bring no commands; this is the same copy, GDAL's CreateCopy.
    code = f"import sys, rasterio.shutil as s; s.copy(*sys.argv[1:], driver='GTiff', **{options})"
    return [sys.executable, "-c", code, str(image), str(out)]


def measure(case: Case, folder: Path, repeats: int, options: list[str]) -> dict[str, Any]:
    """Classify the case's image so often, in turn with the floor; return medians."""
    image, log = case.image(folder), folder / "classify.log"
    totals, floors, peaks = [], [], []
    stages: dict[str, list[float]] = {}
    for _ in range(repeats):
        with TemporaryDirectory(dir=folder) as scratch:
            copy = Path(scratch) / "floor.tif"
            floors.append(run_watched(floor_command(image, copy, case.sparse), log).seconds)
            copy.unlink()
            out = Path(scratch) / "maps"
            ended = run_watched(classify_command(image, out, ["--quiet", *options]), log)
            totals.append(ended.seconds)
            peaks.append(ended.peak_mb)
            record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        for stage, seconds in record["images"][image.stem]["seconds"].items():
            stages.setdefault(stage, []).append(seconds)
    return {
        "total": statistics.median(totals),
        "floor": statistics.median(floors),
        "peak_mb": max(peaks),
        "stages": {stage: statistics.median(seconds) for stage, seconds in stages.items()},
    }


def table(results: dict[str, dict[str, Any]], start: dict[str, Any]) -> str:
    """Return the results as Markdown; `start` is what came of an image of hardly a pixel."""
    lines = [
        "| image | px | valid Mpx | " + " | ".join(f"{stage} %" for stage in (*STAGES, "other"))
        + " | total s | valid Mpx/s | floor s | total / floor | peak MB "
        f"| peak / that of {REFERENCE} |",
        "|---|---|" + "---:|" * (len(STAGES) + 8),
    ]  # fmt: skip
    for name, found in results.items():
        rows, cols = case_of(name).mosaic.shape
        valid_mpx = case_of(name).mosaic.valid_px / 1e6
        working_s = found["stages"]["total"]  # from opening the image to its last output
        floor_s = found["floor"] - start["floor"]
        cells = [name, f"{cols:,} x {rows:,}", f"{valid_mpx:.1f}"]
        cells += [f"{100 * seconds / working_s:.0f}" for seconds in _by_column(found["stages"])]
        cells += [f"{found['total']:.1f}", f"{valid_mpx / working_s:.1f}", f"{floor_s:.1f}"]
        cells += [f"{working_s / floor_s:.2f}", f"{found['peak_mb']:.0f}"]
        reference = results.get(REFERENCE)
        cells += [f"{found['peak_mb'] / reference['peak_mb']:.2f}" if reference else "-"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _by_column(stages: dict[str, float]) -> list[float]:
    named = [stages.get(stage, 0.0) for stage in STAGES]
    parts = sum(seconds for stage, seconds in stages.items() if stage != "total")
    return [*named, parts - sum(named)]


def conditions(start_s: float, options: list[str]) -> str:
    """Say what was measured, and on what."""
    floor = "gdal_translate" if shutil.which("gdal_translate") else "rasterio.shutil.copy"
    if floor == "gdal_translate":
        run = subprocess.run([floor, "--version"], capture_output=True, text=True, check=True)
        floor += f" ({run.stdout.split(',')[0]})"
    return (
        f"Measured {datetime.now(UTC).date().isoformat()} on {available_threads()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}, "
        f"`{' '.join(['classify', '--no-figures', *options])}`: medians of {REPEATS} runs, one "
        f"where more than {LONG_PX / 1e6:.0f} Mpx are valid. Total is of the whole command, "
        f"which takes {start_s:.1f} s to start; rates, shares and ratios are of the time from "
        "opening the image to its last output, the floor's without what an image of hardly a "
        "pixel takes. Stages may overlap: then their shares add up to more than 100. "
        f"Floor: {floor}. Peaks are of all processes together."
    )


def write(path: Path, text: str) -> None:
    """Put the table where the page keeps it."""
    page = path.read_text(encoding="utf-8")
    if START not in page or END not in page:
        message = f"{path} has no place for the table: add {START} and {END}"
        raise SystemExit(message)
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", nargs="+", default=list(CASES), metavar="SIZE",
        help=f"of {', '.join(CASES)}, or pixels a side, half of them empty",
    )  # fmt: skip
    parser.add_argument("--max-ram", help="handed on to classify")
    parser.add_argument("--keep", type=Path, help="folder that keeps the mosaics for another run")
    parser.add_argument("--repeats", type=int, help=f"runs of each; {REPEATS}, or 1 where long")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    chosen = parser.parse_args()
    options = ["--max-ram", chosen.max_ram] if chosen.max_ram else []
    with TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        start = measure(_TINY, folder, REPEATS, options)
        results = {}
        for size in chosen.sizes:
            case = case_of(size)
            repeats = chosen.repeats or (1 if case.mosaic.valid_px > LONG_PX else REPEATS)
            results[size] = measure(case, folder, repeats, options)
            print(f"{size}: {json.dumps(results[size])}", file=sys.stderr, flush=True)
    start_s = start["total"] - start["stages"]["total"]
    text = f"{conditions(start_s, options)}\n\n{table(results, start)}"
    print(text)
    if chosen.write:
        write(chosen.write, text)


if __name__ == "__main__":
    main()
