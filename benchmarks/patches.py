"""Measure time and memory of the patch classifier on a large image of three textures.

    python benchmarks/patches.py [--side 3000] [--bands 4] [--patch 15] [--threads 1 2]

All patches of 15 px of 3000 x 3000 px and four bands, laid out, take 32 GB in single precision;
the published code needs over 100 GB. Peaks are of the whole process, from its start.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, Window, map_parts, strips
from riverscape.pixels.patches import PatchClassifier, PatchEvidence


def image_of_textures(side_px: int, bands: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return an image of lying streaks, standing streaks and specks, and where each is.

    Their mean colour is the same, and so is that of the streaks in all else.
    """
    generator = np.random.default_rng(0)
    third = side_px // 3
    pixels = np.empty((bands, side_px, side_px), np.uint8)
    for band in pixels:
        noise = generator.integers(0, 256, band.shape, np.uint8)
        band[:, :third] = cv2.blur(noise, (5, 1))[:, :third]
        band[:, third : 2 * third] = cv2.blur(noise, (1, 5))[:, third : 2 * third]
        band[:, 2 * third :] = cv2.blur(noise, (3, 3))[:, 2 * third :]
    positions = np.empty((side_px, side_px), np.uint8)
    positions[:] = np.minimum(np.arange(side_px) // third, 2)
    return pixels, positions


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print the seconds that the body takes, by the clock and of processors, and the peak so far.

    On a machine that is shared, those of processors can be compared and those by the clock not.
    """
    started, worked = time.perf_counter(), time.process_time()
    yield
    seconds, processors = time.perf_counter() - started, time.process_time() - worked
    unit = 1 if sys.platform == "darwin" else 1024
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    print(f"{what:20} {seconds:6.1f} s, {processors:6.1f} s of processors, peak {peak_mb:4.0f} MB")


def classified(evidence: PatchEvidence, threads: int) -> NDArray[np.uint8]:
    """Return which of the taught classes is most probable at each pixel, (row, col)."""
    result = np.empty(evidence.shape, np.uint8)

    def classify(strip: Strip) -> None:
        result[strip.rows] = evidence.scores(strip.rows).argmax(axis=0)

    map_parts(classify, strips(len(result)), threads)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=3000, help="side of the image in pixels")
    parser.add_argument("--bands", type=int, default=4)
    parser.add_argument("--patch", type=int, default=15, help="side of a patch in pixels")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    chosen = parser.parse_args()
    with measured("make the image"):
        pixels, positions = image_of_textures(chosen.side, chosen.bands)
        weights, valid = np.full_like(positions, 255), np.ones(positions.shape, bool)
    with measured("fit"):
        classifier, whole = PatchClassifier(chosen.patch), Window.whole(positions.shape)
        sample = classifier.sample(classes=3, bands=chosen.bands)
        sample.add(pixels, whole, positions, weights, valid, whole)
        evidence = PatchEvidence(pixels, sample.taught, classifier.fit(sample))
    for threads in chosen.threads:
        with measured(f"predict, {threads} thread{'s' * (threads > 1)}"):
            found = classified(evidence, threads)
    print(f"{100 * np.mean(found == positions):.2f} % of the pixels right")


if __name__ == "__main__":
    main()
