"""Measure speed and memory of `classify`, and print the table of docs/performance.md.

    python benchmarks/run.py [--data sample/] [--write docs/performance.md]

Each pixel classifier runs in a process of its own, in turn with a floor that is measured in the
same process on the same images: decode the photograph, one 11 x 11 median, write one DEFLATE
GeoTIFF, on one thread. The ratio to that floor can be compared between machines; seconds cannot.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from riverscape.execution import classify_survey
from riverscape.imagery import open_raster
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import DEFAULT_MODEL
from riverscape.scenes import River, write_survey
from riverscape.settings import PRESETS, make_settings
from riverscape.workflow import available_threads

# Pixel classifiers, and last a preset; patch has a benchmark of its own, patches.py.
KINDS = ("logistic", "kde", "gaussian", "boosting", "forest", "mlp", "published")
REPEATS = 3
START, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"


def floor_seconds(image: Path, out: Path) -> float:
    """Return the seconds of what no pipeline of this kind can do without."""
    started = time.perf_counter()
    with open_raster(image) as raster:
        pixels = raster.read()
    filtered = np.stack([cv2.medianBlur(band, 11) for band in pixels])
    height, width = pixels.shape[1:]
    with rasterio.open(
        out / "floor.tif", "w", driver="GTiff", height=height, width=width, count=1,
        dtype="uint8", compress="deflate", tiled=True, blockxsize=512, blockysize=512,
    ) as file:  # fmt: skip
        file.write(filtered[0] >> 6, 1)
    return time.perf_counter() - started


def peak_mb() -> float:
    """Return the peak of this process's own memory in MB, NaN where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6


def measure(kind: str, images: list[Path]) -> dict[str, Any]:
    """Classify each image several times, in turn with the floor, after one warm-up."""
    warnings.simplefilter("ignore", NotGeoreferencedWarning)
    settings = make_settings(PRESETS.get(kind, {"pixels": {"classifier": kind}}))
    seconds: dict[str, list[float]] = {}
    totals, floors, ratios, rates = [], [], [], []
    with TemporaryDirectory() as folder:
        out = Path(folder)
        for turn in range(REPEATS + 1):
            pairs = [LabelledImage(image, None) for image in images]
            run = classify_survey(
                pairs, out, DEFAULT_MODEL, settings,
                figures=False, overwrite=True,
            )  # fmt: skip
            if not turn:
                continue  # the warm-up
            for image in images:
                result = run.results[image.stem]
                spent = result.seconds["total"]
                for stage, value in result.seconds.items():
                    seconds.setdefault(stage, []).append(value)
                totals.append(spent)
                rates.append(sum(result.pixels.values()) / 1e6 / spent)
                floors.append(floor_seconds(image, out))
                ratios.append(spent / floors[-1])
    return {
        "seconds": {stage: statistics.median(values) for stage, values in seconds.items()},
        "total": statistics.median(totals),
        "rate": statistics.median(rates),
        "floor": statistics.median(floors),
        "ratio": statistics.median(ratios),
        "peak_mb": peak_mb(),
    }


def table(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Return the results as Markdown."""
    stages = ["read", "phase 1", "features", "table", "fit", "predict", "write"]
    lines = [
        "| images | pixel classifier | " + " | ".join(stages)
        + " | total s | Mpx/s | floor s | total / floor | peak MB |",
        "|---|---|" + "---:|" * (len(stages) + 5),
    ]  # fmt: skip
    for images, by_kind in results.items():
        for kind, found in by_kind.items():
            cells = [f"{found['seconds'][stage]:.2f}" for stage in stages]
            cells += [f"{found['total']:.2f}", f"{found['rate']:.1f}", f"{found['floor']:.2f}"]
            cells += [f"{found['ratio']:.2f}", f"{found['peak_mb']:.0f}"]
            lines.append(f"| {images} | {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """Say what was measured on."""
    day = datetime.now(UTC).date().isoformat()
    return (
        f"Measured {day} on {available_threads()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}: medians of {REPEATS} runs of each image after one "
        "warm-up, seconds per image of 5.9 Mpx, both maps and the record written, no figures."
    )


def write(path: Path, text: str) -> None:
    """Put the table where the page keeps it."""
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


def in_own_process(kind: str, images: list[Path]) -> dict[str, Any]:
    """Measure in a fresh process, so that peaks of memory do not mix."""
    command = [sys.executable, __file__, "--measure", kind, *map(str, images)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with Validate; left out where absent")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        kind, *images = chosen.measure
        print(json.dumps(measure(kind, [Path(image) for image in images])))
        return
    with TemporaryDirectory() as folder:
        rivers = [River.from_name("Lark"), River.from_name("Minnow")]
        write_survey(Path(folder), rivers, 1, height_px=1960, width_px=3008, seed=3)
        sources = {"synthetic": [Path(pair.image) for pair in pair_labels([folder])]}
        validate = chosen.data / "Validate" if chosen.data else Path("-")
        if validate.is_dir():
            sources["Validate"] = [Path(pair.image) for pair in pair_labels([validate])]
        else:
            print(f"the sample photographs are not at {validate}: synthetic ones only")
        results = {
            name: {kind: in_own_process(kind, images) for kind in KINDS}
            for name, images in sources.items()
        }
    text = f"{machine()}\n\n{table(results)}"
    print(text)
    if chosen.write:
        write(chosen.write, text)


if __name__ == "__main__":
    main()
