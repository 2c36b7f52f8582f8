"""Measure training: memory on a large survey, speed on this machine, and what waits for what.

    python benchmarks/training.py survey --photographs 1100 --folder scratch/
    python benchmarks/training.py speed [BACKBONE...]

`survey` lists as many photographs of 3000 x 2000 px as are asked for (links to eleven synthetic
ones, each opened, hashed, decoded and cut like any other), builds the tile store and trains for
a few steps, in a process whose peak memory is taken. `speed` trains each backbone for a few
seconds on random tiles in each precision the device has, and compares with the rate at which the
same device multiplies matrices in the same precision.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from riverscape.labels import PUBLISHED_CLASSES, ClassKey, LabelledImage, pair_labels
from riverscape.scenes import River, write_survey
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Oversight, TileSet, cut_tiles
from riverscape.tiles.settings import NetworkSettings, TrainingSettings
from riverscape.tiles.training import Course, begin_network, fit_network, join_team
from riverscape.workflow import available_threads, train

RIVERS = ("Ribble", "Severn", "Tamar", "Ure", "Wharfe", "Yare", "Aire", "Bain", "Cam", "Dee", "Esk")


def list_photographs(folder: Path, count: int) -> list[LabelledImage]:
    """Write eleven photographs with labels, and list them as often as is asked for."""
    originals = folder / "originals"
    if not originals.exists():
        rivers = [River.from_name(name) for name in RIVERS]
        write_survey(originals, rivers, 1, height_px=2000, width_px=3000, seed=1)
    listed = folder / "listed"
    shutil.rmtree(listed, ignore_errors=True)
    listed.mkdir()
    pairs = pair_labels([originals], required=True)
    for number in range(count):
        pair = pairs[number % len(pairs)]
        name = f"{pair.river}_{number:04d}"
        os.link(pair.image, listed / f"{name}{Path(pair.image).suffix}")
        os.link(pair.label_raster, listed / f"SCLS_{name}.tif")
    return pair_labels([listed], required=True)


class _Stages:
    """Says every hundredth step."""

    def start(self, stage: str, total: int) -> None:
        self._stage, self._total, self._done = stage, total, 0

    def advance(self, steps: int = 1, note: str = "") -> None:
        self._done += steps
        if self._done % 100 == 0:
            print(f"{self._stage}: {self._done} of {self._total} ({note})", flush=True)

    def finish(self) -> None: ...


def peak_mb() -> int:
    """Return the most memory that this process has held, files mapped into it included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def held_mb() -> list[int]:
    """Return memory of its own, and pages of files that the system may take back."""
    status = Path("/proc/self/status").read_text().splitlines()
    return [
        int(line.split()[1]) // 1024
        for name in ("RssAnon", "RssFile")
        for line in status
        if line.startswith(name)
    ]


def survey_run(pairs: list[LabelledImage], folder: Path, found: Path) -> None:
    started = time.perf_counter()
    tiles = cut_tiles(
        pairs, PUBLISHED_CLASSES, Settings().tile_set, folder / "tiles", _Stages(),
        available_threads(),
    )  # fmt: skip
    cut, cut_peak = time.perf_counter() - started, peak_mb()
    settings = make_settings({"training": {"epochs": 1, "batches_per_epoch": 40}})
    training = train(tiles, "large", settings)
    (epoch,) = training.history
    result = {
        "photographs": len(pairs),
        "tiles in the store": len(tiles),
        "store, GB": round(tiles.store.nbytes / 1e9, 2),
        "cutting, s": round(cut),
        "peak memory after cutting, MB": cut_peak,
        "peak memory after training, MB": peak_mb(),
        "at the end, own and of files, MB": held_mb(),
        "tiles/s of training": round(epoch.tiles_per_second),
        "share of time waiting for tiles": round(epoch.waiting_share, 4),
    }
    found.write_text(json.dumps(result, indent=1))


def survey(count: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pairs = list_photographs(folder, count)
    found = folder / "found.json"
    process = multiprocessing.get_context("spawn").Process(
        target=survey_run, args=(pairs, folder, found)
    )
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)
    print(found.read_text())
    shutil.rmtree(folder / "tiles")
    shutil.rmtree(folder / "listed")


def random_tiles(count: int = 4096) -> TileSet:
    rng = np.random.default_rng(0)
    image = LabelledImage(Path("Random_1.png"), Path("SCLS_Random_1.tif"))
    return TileSet(
        store=rng.integers(0, 255, (count, 3, 50, 50), np.uint8),
        chosen=np.arange(count),
        classes=rng.integers(0, 5, count),
        sources=np.zeros(count, np.intp),
        corners=np.zeros((count, 2), np.int32),
        labelled_px=np.full((1, 5), 1000),
        images=(image,),
        scheme=PUBLISHED_CLASSES,
        key=ClassKey.of_scheme(PUBLISHED_CLASSES),
    )


def matrix_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Return the measured rate of matrix products, in 10^12 operations a second."""
    side = 8192 if device.type == "cuda" else 1024
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in "ab")
    repeats = 20
    for warm in (3, repeats):
        _synchronise(device)
        started = time.perf_counter()
        for _ in range(warm):
            a @ b
        _synchronise(device)
        spent = time.perf_counter() - started
    return 2 * side**3 * repeats / spent / 1e12


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def speed(backbones: list[str], device_name: str, batch: int, steps: int) -> None:
    tiles = random_tiles()
    print("| device | backbone | precision | tiles/s | waiting | of the matrix rate |")
    print("|---|---|---|---:|---:|---:|")
    with join_team(device_name) as team:
        name = "CPU" if team.device.type == "cpu" else torch.cuda.get_device_name()
        name += f", {torch.get_num_threads()} threads" if name == "CPU" else ""
        for backbone in backbones:
            network_settings = NetworkSettings(backbone=backbone, weights="none")
            network, _ = begin_network(tiles, network_settings, 0, None)
            with FlopCounterMode(display=False) as counter:
                network(torch.rand(1, 3, 50, 50))
            # Backward costs twice the forward pass.
            work = 3 * counter.get_total_flops()
            for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
                settings = TrainingSettings.model_validate(
                    {
                        "epochs": 2,
                        "batches_per_epoch": steps,
                        "batch_tiles": batch,
                        "precision": precision,
                    }
                )
                network, _ = begin_network(tiles, network_settings, 0, None)
                course = Course(tiles, tiles.of_images([]), settings)
                epoch = fit_network(network, course, Oversight(), team).history[-1]
                share = epoch.tiles_per_second * work / 1e12 / matrix_rate(team.device, dtype)
                print(
                    f"| {name} | {backbone} | {precision} | {epoch.tiles_per_second:,.0f} "
                    f"| {epoch.waiting_share:.1%} | {share:.1%} |",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    of_survey = what.add_parser("survey")
    of_survey.add_argument("--photographs", type=int, default=1100)
    of_survey.add_argument("--folder", type=Path, required=True)
    of_speed = what.add_parser("speed")
    of_speed.add_argument("backbones", nargs="*", default=["compact", "resnet18"])
    of_speed.add_argument("--device", default="auto")
    of_speed.add_argument("--batch", type=int, default=256)
    of_speed.add_argument("--steps", type=int, default=10)
    chosen = parser.parse_args()
    if chosen.what == "survey":
        survey(chosen.photographs, chosen.folder)
    else:
        speed(chosen.backbones, chosen.device, chosen.batch, chosen.steps)


if __name__ == "__main__":
    main()
