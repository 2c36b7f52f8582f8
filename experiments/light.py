"""Light must not matter: the Validate photographs under other light, camera and compression.

    python experiments/light.py --data sample/ --write docs/light.md

Each change is made to the photograph as a whole, before the program sees it, and is stronger than
most of what flights meet. Shown is the mean weighted F1 of the four maps.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray
from pages import replace_table

from riverscape.imagery import open_raster
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.tiles import Model
from riverscape.workflow import assess, classify

Pixels = NDArray[np.float32]  # (row, col, band) of 0..1


def grey(x: Pixels) -> Pixels:
    """Return the mean of the bands, as one band."""
    return np.asarray(x.mean(axis=2, keepdims=True))


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda x: x,
    "exposure x 0.7": lambda x: x * 0.7,
    "exposure x 1.4": lambda x: x * 1.4,
    "gamma 0.75": lambda x: x**0.75,
    "gamma 1.35": lambda x: x**1.35,
    "contrast x 0.7": lambda x: (x - 0.5) * 0.7 + 0.5,
    "contrast x 1.3": lambda x: (x - 0.5) * 1.3 + 0.5,
    "warm cast (red + 10 %, blue - 10 %)": lambda x: x * np.array([1.1, 1, 0.9], np.float32),
    "cold cast (red - 10 %, blue + 10 %)": lambda x: x * np.array([0.9, 1, 1.1], np.float32),
    "haze (contrast halved, black at 0.3)": lambda x: x * 0.5 + 0.3,
    "saturation x 0.5": lambda x: grey(x) + (x - grey(x)) * 0.5,
    "saturation x 1.5": lambda x: grey(x) + (x - grey(x)) * 1.5,
    "blur, sigma 1 px": lambda x: np.asarray(cv2.GaussianBlur(x, (0, 0), 1.0), np.float32),
    "JPEG, quality 40": lambda x: x,
}


def write_changed(image: Path, change: str, folder: Path) -> Path:
    """Write a photograph as it would be under a change."""
    with open_raster(image) as raster:
        pixels = np.moveaxis(raster.read(), 0, 2) / 255
    changed = np.clip(CHANGES[change](pixels.astype(np.float32)), 0, 1)
    bgr = np.ascontiguousarray((changed * 255 + 0.5).astype(np.uint8)[:, :, ::-1])
    if change.startswith("JPEG"):
        path, how = folder / f"{image.stem}.jpg", [cv2.IMWRITE_JPEG_QUALITY, 40]
    else:
        path, how = folder / f"{image.stem}.png", [cv2.IMWRITE_PNG_COMPRESSION, 1]
    cv2.imwrite(str(path), bgr, how)
    return path


def scores(model: Model, pairs: list[LabelledImage], change: str) -> tuple[float, float]:
    """Return the mean weighted F1 of the CNN maps and of the CSC maps under a change."""
    found = []
    with TemporaryDirectory() as folder:
        for pair in pairs:
            path = write_changed(Path(pair.image), change, Path(folder))
            result = classify(path, model)
            maps = (result.cnn, result.csc)
            found.append([assess(one, pair.label_raster).f1_weighted for one in maps])
    cnn, csc = np.mean(found, axis=0)
    return float(cnn), float(csc)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with Validate")
    parser.add_argument("--model", default="ste-marguerite")
    parser.add_argument("--write", type=Path, help="the page whose table is replaced")
    chosen = parser.parse_args()
    model, pairs = load_model(chosen.model), pair_labels([chosen.data / "Validate"], required=True)
    lines = ["| change | CNN map | CSC map | CSC map, change of F1 |", "|---|---:|---:|---:|"]
    usual = 0.0
    for change in CHANGES:
        cnn, csc = scores(model, pairs, change)
        usual = usual or csc
        lines.append(f"| {change} | {cnn:.4f} | {csc:.4f} | {csc - usual:+.4f} |")
        print(lines[-1], flush=True)
    if chosen.write:
        replace_table(chosen.write, "light", lines)


if __name__ == "__main__":
    main()
