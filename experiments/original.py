"""Phase 2 to the letter, on every pixel, beside `--preset published` on the same tile labels.

    OMP_NUM_THREADS=1 python experiments/original.py --data sample/ 31162 31216

Carbonneau et al. (2020): the median over a disk of radius 5, standardised; layers of 256, 128, 64,
32 and 32 units, half of the first three dropped out at each step, l2 of 0.001; Adam at 0.001 with
amsgrad; 35 epochs of all pixels in batches of 250,000. In PyTorch: weights start as Keras starts
them, a batch's gradient is added up from parts that fit into the processor's cache, which changes
it by rounding only. About an hour a photograph on one thread.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pages import replace_table
from skimage.filters.rank import median
from skimage.morphology import disk
from torch import nn

from riverscape.assessment import ConfusionMatrix
from riverscape.imagery import open_raster
from riverscape.labels import LabelledImage, pair_labels, read_labels
from riverscape.models import load_model
from riverscape.settings import PRESETS, make_settings
from riverscape.tiles import Model, label_tiles
from riverscape.workflow import classify

_LAYERS = ((256, True), (128, True), (64, True), (32, False), (32, False))
_BATCH_PX, _PART_PX = 250_000, 5_000
_L2 = 1e-3


def network(bands: int, classes: int, dropout: float) -> nn.Sequential:
    """Return the perceptron, started as Keras starts "normal" layers."""
    layers: list[nn.Module] = []
    wide = bands
    for units, drops in _LAYERS:
        layers += [nn.Linear(wide, units), nn.ReLU()]
        if drops:
            layers.append(nn.Dropout(dropout))
        wide = units
    layers.append(nn.Linear(wide, classes))
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.05)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def fitted(
    colours: torch.Tensor, positions: torch.Tensor, classes: int, dropout: float, epochs: int
) -> nn.Sequential:
    """Fit the perceptron on every pixel."""
    torch.manual_seed(0)
    net = network(colours.shape[1], classes, dropout)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7, amsgrad=True)
    kernels = [layer.weight for layer in net if isinstance(layer, nn.Linear)][:-1]
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(len(colours)), _BATCH_PX):
            for part in torch.split(batch, _PART_PX):
                wrong = nn.functional.cross_entropy(
                    net(colours[part]), positions[part], reduction="sum"
                )
                torch.autograd.backward(wrong / len(batch))
            penalty = torch.stack([(kernel * kernel).sum() for kernel in kernels]).sum()
            torch.autograd.backward(_L2 * penalty)
            adam.step()
            adam.zero_grad()
    return net.eval()


def original_map(
    pixels: NDArray[Any], codes: NDArray[np.uint8], classes: int, dropout: float, epochs: int
) -> NDArray[np.uint8]:
    """Return the map of the original's phase 2 from the CNN map's codes, 1..classes."""
    filtered = np.stack([median(band, disk(5)) for band in pixels])
    values = filtered.reshape(len(pixels), -1).T.astype(np.float32)
    colours = torch.from_numpy((values - values.mean(axis=0)) / values.std(axis=0))
    positions = torch.from_numpy(codes.ravel().astype(np.int64) - 1)
    net = fitted(colours, positions, classes, dropout, epochs)
    with torch.no_grad():
        answer = torch.cat([net(part).argmax(1) for part in torch.split(colours, _PART_PX)])
    return (answer.numpy() + 1).astype(np.uint8).reshape(codes.shape)


def rows(pairs: list[LabelledImage], model: Model, dropout: float, epochs: int) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| photograph | CNN map | original | seconds | `--preset published` | seconds |"
    yield "|---|---:|---:|---:|---:|---:|"
    settings, scheme = make_settings(PRESETS["published"]), model.contract.scheme
    for pair in pairs:
        with open_raster(pair.image) as raster:
            pixels = model.contract.levels(raster.read())
        labels = read_labels(pair.label_raster, scheme, pixels.shape[1:])
        started = time.perf_counter()
        codes = label_tiles(pixels, model, settings.tiles).codes()
        original = original_map(pixels, codes, len(scheme), dropout, epochs)
        middle = time.perf_counter()
        published = classify(pair.image, model, settings).csc.codes
        spent = time.perf_counter() - middle
        cnn, first, second = (
            ConfusionMatrix.of(labels, one, scheme).f1_weighted
            for one in (codes, original, published)
        )
        yield (
            f"| {pair.name} | {cnn:.4f} | {first:.4f} | {middle - started:.0f} | {second:.4f} "
            f"| {spent:.1f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the photographs' names; all without")
    parser.add_argument("--data", type=Path, required=True, help="folder with Validate")
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=35)
    parser.add_argument("--write", type=Path, help="the page whose table is replaced")
    chosen = parser.parse_args()
    pairs = [
        pair
        for pair in pair_labels([chosen.data / "Validate"], required=True)
        if not chosen.names or any(name in pair.name for name in chosen.names)
    ]
    lines = []
    for line in rows(pairs, load_model("ste-marguerite"), chosen.dropout, chosen.epochs):
        print(line, flush=True)
        lines.append(line)
    if chosen.write:
        replace_table(chosen.write, "original", lines)


if __name__ == "__main__":
    main()
