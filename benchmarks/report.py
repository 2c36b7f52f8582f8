"""Measure report.html of a large survey: how long it takes to build, its size, its first paint.

    python benchmarks/report.py [--images 1100] [--run maps/] [--assets] [--out report.html]

Without a run of `classify` to repeat, synthetic rivers are shown. The first paint is Chromium's
own First Contentful Paint (PerformanceObserver), of a page opened from disk in a browser that has
opened no page before: the median of five.
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from riverscape.assessment import RunResults
from riverscape.cli import main as riverscape
from riverscape.execution.products import PREVIEWS_NAME
from riverscape.execution.run_results import read_run
from riverscape.reports.html import write_report
from riverscape.scenes import River, write_survey

Previews = Mapping[str, Mapping[str, Path]]

OPENED = 5
PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
  const [paint] = list.getEntriesByName('first-contentful-paint');
  if (paint) resolve(paint.startTime);
}).observe({ type: 'paint', buffered: true }))"""


def synthetic_run(folder: Path) -> Path:
    """Return the folder of a run over six synthetic images of two rivers."""
    survey, maps = folder / "survey", folder / "maps"
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    write_survey(survey, rivers, 3, height_px=700, width_px=1000, seed=3)
    words = ["classify", str(survey), "--out", str(maps), "--confidence", "--quiet"]
    if riverscape(words):
        message = "the synthetic survey could not be classified"
        raise SystemExit(message)
    return maps


def repeated(run: RunResults, images: int) -> tuple[RunResults, Previews]:
    """Return a run of so many images, those of `run` again and again under other names."""
    few = {
        image.name: {
            path.stem.removeprefix(f"{image.name}_"): path
            for path in (run.folder / PREVIEWS_NAME).glob(f"{image.name}_*")
        }
        for image in run.images
    }
    many, previews = [], {}
    for number, image in enumerate(islice(cycle(run.images), images)):
        name = f"{image.river}_{number:05d}"
        many.append(replace(image, name=name))
        previews[name] = few[image.name]
    return replace(run, images=tuple(many)), previews


def first_paint_s(page: Path) -> tuple[float, float]:
    """Return the seconds to the first paint and until the table is ready, medians."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    paints, readies = [], []
    with sync_playwright() as playwright:
        for _ in range(OPENED):
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu"]
            )
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(page.resolve().as_uri())
            paints.append(tab.evaluate(PAINTED) / 1000)
            timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
            readies.append(tab.evaluate(timing) / 1000)
            browser.close()
    return statistics.median(paints), statistics.median(readies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1100)
    parser.add_argument("--run", type=Path, help="a folder that classify left, with previews")
    parser.add_argument("--assets", action="store_true", help="pictures beside the page")
    parser.add_argument("--out", type=Path, help="keep the page here")
    asked = parser.parse_args()
    with TemporaryDirectory() as aside:
        run = read_run(asked.run or synthetic_run(Path(aside)))
        many, previews = repeated(run, asked.images)
        path = asked.out or Path(aside) / "report.html"
        started = time.perf_counter()
        write_report(path, many, previews, assets=asked.assets)
        built = time.perf_counter() - started
        paint, ready = first_paint_s(path)
        print(
            f"{asked.images:,} images: built in {built:.1f} s, {path.stat().st_size / 1e6:.1f} MB"
        )
        print(f"first contentful paint {paint:.2f} s, table ready {ready:.2f} s")


if __name__ == "__main__":
    main()
