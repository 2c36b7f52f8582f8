"""Write a synthetic drone mosaic of any size: a swath along a river, nothing around it.

    python benchmarks/mosaics.py OUT.tif --size 40000 --valid 0.5

One scene of `riverscape.scenes` is mirrored at its borders, so that it continues over the plane,
and bent along a slowly winding course; the light changes from place to place. The border of the
swath is ragged and keeps to no block. The same arguments write the same file, block by block, in
as much memory as the scene needs.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin
from rasterio.windows import Window as FileWindow
from swaths import bends, swath_along

from riverscape.errors import InputError
from riverscape.imagery import Window, windows
from riverscape.outputs import whole_file
from riverscape.scenes import Cover, River, Scene

BLOCK_PX = 512
_SCENE_PX = 4096
_PIXEL_M = 0.05
_ORIGIN_M = (307_200.0, 5_354_800.0)  # somewhere on the Sainte-Marguerite, easting and northing
_CRS = "EPSG:2949"
_CACHE_MB = 128
_THREADS = 2  # that compress; the bytes do not depend on it
_LIGHT_PX = 2500.0
_LIGHT = (0.16, 0.13, 0.10)  # red changes most: low sun is warm

_COMPRESSION: dict[str, dict[str, Any]] = {
    "deflate": {"compress": "deflate", "zlevel": 1, "predictor": 2, "count": 4},
    # Alpha cannot be kept exactly by JPEG: the file has a mask instead, as such mosaics do.
    "jpeg": {"compress": "jpeg", "jpeg_quality": 90, "photometric": "YCBCR", "count": 3},
}


@dataclass(frozen=True)
class Mosaic:
    """A mosaic of which the share `valid` holds pixels; nothing of it is kept but one scene.

    The ends of the swath are rounded, so shares beyond 0.9 are not quite reached, but 1 is.

    Raises
    ------
    InputError
        If it has no pixels.

    Examples
    --------
    >>> mosaic = Mosaic(height_px=600, width_px=900, valid=0.5, seed=1)
    >>> round(mosaic.valid_px / (600 * 900), 2)
    0.5
    """

    height_px: int
    width_px: int
    valid: float
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.height_px, self.width_px) < 1 or not 0.0 < self.valid <= 1.0:
            message = f"a mosaic needs pixels and a valid share above 0 and up to 1: {self}"
            raise InputError(message)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height_px, self.width_px

    @property
    def valid_px(self) -> int:
        """Number of valid pixels."""
        return int((self.swath[1] - self.swath[0]).sum())

    @cached_property
    def course(self) -> NDArray[np.int64]:
        """How many rows the river lies below the middle, by column."""
        cols = np.arange(self.width_px)
        return bends(cols, self.width_px, np.random.default_rng([self.seed, 1]))

    @cached_property
    def sway(self) -> NDArray[np.int64]:
        """How many columns the scene is moved, by row: else its mirror images would stand out."""
        rows = np.arange(self.height_px)
        return bends(rows, self.height_px, np.random.default_rng([self.seed, 2]))

    @cached_property
    def swath(self) -> NDArray[np.int64]:
        """The first valid row of each column and the one after the last, (2, col)."""
        if self.valid == 1.0:
            return np.repeat([[0], [self.height_px]], self.width_px, axis=1)
        rng = np.random.default_rng([self.seed, 3])
        return swath_along(self.height_px / 2 + self.course, self.height_px, self.valid, rng)

    @cached_property
    def _scene(self) -> NDArray[np.uint32]:
        """The scene, (row, col), its red, green and blue packed with a full alpha."""
        pixels, _ = _along_river(self.seed).window(0, 0, _SCENE_PX, _SCENE_PX)
        packed = np.full((_SCENE_PX, _SCENE_PX, 4), 255, np.uint8)
        packed[..., :3] = pixels.transpose(1, 2, 0)
        return packed.view(np.uint32)[..., 0]

    def valid_in(self, window: Window) -> NDArray[np.bool_]:
        """Return where the pixels of `window` are valid, (row, col)."""
        first, after = self.swath[:, window.cols]
        rows = np.arange(window.top, window.bottom)[:, None]
        return np.asarray((rows >= first) & (rows < after))

    def read(self, window: Window) -> NDArray[np.uint8]:
        """Return red, green, blue and alpha of `window`, (band, row, col); 0 where invalid."""
        valid = self.valid_in(window)
        pixels = np.zeros((4, *window.shape), np.uint8)
        if not valid.any():
            return pixels
        rows = np.arange(window.top, window.bottom)[:, None]
        cols = np.arange(window.left, window.right)[None, :]
        middle = (_SCENE_PX - self.height_px) // 2
        places = _mirrored(rows - self.course[window.cols] + middle, _SCENE_PX) * _SCENE_PX
        places += _mirrored(cols - self.sway[window.rows, None], _SCENE_PX)
        scene = self._scene.ravel()[places].view(np.uint8).reshape(*window.shape, 4)
        wave = np.sin((rows + 0.4 * cols) / _LIGHT_PX, dtype=np.float32)
        wave += np.sin((cols - 0.7 * rows) / (0.43 * _LIGHT_PX), dtype=np.float32)
        for band, strength in enumerate(_LIGHT):
            light = 1.0 + np.float32(strength / 2) * wave
            cv2.multiply(scene[..., band], light, pixels[band], dtype=cv2.CV_8U)
            # Black under a mask: what is valid is never quite black.
            np.maximum(pixels[band], 1, out=pixels[band])
        pixels[3] = 255
        pixels *= valid
        return pixels


def _mirrored(places: NDArray[np.int64], length_px: int) -> NDArray[np.int64]:
    """Return where on [0, length_px) each place of an endless line of mirror images lies."""
    around = places % (2 * length_px)
    return np.asarray(np.minimum(around, 2 * length_px - 1 - around))


def _along_river(seed: int) -> Scene:
    """Return the first scene from `seed` on whose river runs from side to side."""
    river = River.from_name("Birch")
    while True:
        scene = Scene(river, seed, _SCENE_PX, _SCENE_PX, Cover(bars=0.7))
        channel = scene.layout.channel
        off_middle = abs(channel.y - _SCENE_PX / 2)
        if abs(math.sin(channel.bearing)) < 0.05 and off_middle < 0.06 * _SCENE_PX:
            return scene
        seed += 1


def write_mosaic(
    path: Path, mosaic: Mosaic, compression: str = "deflate", sparse: bool = False
) -> None:
    """Write a mosaic as a tiled BigTIFF; blocks without valid pixels are left out if `sparse`.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    profile = {
        "driver": "GTiff", "dtype": "uint8", "interleave": "pixel", "bigtiff": "yes",
        "height": mosaic.height_px, "width": mosaic.width_px,
        "tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX,
        "num_threads": _THREADS, "sparse_ok": sparse,
        "transform": from_origin(*_ORIGIN_M, _PIXEL_M, _PIXEL_M), "crs": _CRS,
    } | _COMPRESSION[compression]  # fmt: skip
    with (
        rasterio.Env(GDAL_CACHEMAX=_CACHE_MB, GDAL_TIFF_INTERNAL_MASK="YES"),
        whole_file(path) as aside,
        rasterio.open(aside, "w", **profile) as file,
    ):
        if file.count == 4:
            red, green, blue = ColorInterp.red, ColorInterp.green, ColorInterp.blue
            file.colorinterp = (red, green, blue, ColorInterp.alpha)
        for window in _occupied(mosaic):
            pixels = mosaic.read(window)
            place = FileWindow(window.left, window.top, window.width_px, window.height_px)
            file.write(pixels[: file.count], window=place)
            if file.count == 3:
                file.write_mask(pixels[3], window=place)


def _occupied(mosaic: Mosaic) -> Iterator[Window]:
    """Yield the blocks that hold a valid pixel."""
    for window in windows(mosaic.shape, BLOCK_PX, BLOCK_PX):
        first, after = mosaic.swath[:, window.cols]
        if (np.minimum(after, window.bottom) > np.maximum(first, window.top)).any():
            yield window


def shape_of(size: str) -> tuple[int, int]:
    """Return rows and columns of a size as it is written: width x height, or one for both.

    Examples
    --------
    >>> shape_of("40000"), shape_of("3008x1960")
    ((40000, 40000), (1960, 3008))
    """
    width, _, height = size.partition("x")
    return int(height or width), int(width)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=shape_of, default="10000", help="40000, or 3008x1960")
    parser.add_argument("--valid", type=float, default=0.5, help="share of valid pixels")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compression", choices=sorted(_COMPRESSION), default="deflate")
    parser.add_argument("--sparse", action="store_true", help="leave empty blocks out of the file")
    chosen = parser.parse_args()
    started = time.perf_counter()
    height_px, width_px = chosen.size
    mosaic = Mosaic(height_px, width_px, chosen.valid, chosen.seed)
    write_mosaic(chosen.out, mosaic, chosen.compression, chosen.sparse)
    seconds = time.perf_counter() - started
    size_mb = chosen.out.stat().st_size / 1e6
    print(f"{mosaic.valid_px / 1e6:.1f} Mpx valid, {size_mb:.0f} MB, {seconds:.0f} s")


if __name__ == "__main__":
    main()
