"""Noise whose value depends on the absolute position and a seed, and on nothing else.

The hash is integer arithmetic, the same on every machine.
"""

import zlib
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from riverscape.scenes.area import Area

Field = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]


def subseed(seed: int, purpose: str) -> int:
    """Return the seed of one purpose, so that no two purposes share their noise.

    Examples
    --------
    >>> subseed(7, "forest") == subseed(7, "forest"), subseed(7, "a") == subseed(7, "b")
    (True, False)
    """
    return zlib.crc32(f"{seed}/{purpose}".encode())


def scramble(
    x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], seed: int
) -> npt.NDArray[np.uint32]:
    """Hash integer positions to 32 well mixed bits; `x` and `y` broadcast."""
    # Constants: Teschner et al. 2003 (spatial hashing) and lowbias32 (C. Wellons).
    start = np.uint32((seed * 0xCB1AB31F + 0x9E3779B9) & 0xFFFFFFFF)
    bits = (x.astype(np.uint32) * np.uint32(0x8DA6B343)) ^ (
        y.astype(np.uint32) * np.uint32(0xD8163841)
    )
    bits ^= start
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x7FEB352D)
    bits ^= bits >> np.uint32(15)
    bits *= np.uint32(0x846CA68B)
    bits ^= bits >> np.uint32(16)
    return bits


def chance(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], seed: int) -> Field:
    """Return uniform noise in [0, 1) at integer positions."""
    bits = scramble(x, y, seed) >> np.uint32(8)
    return bits.astype(np.float32) * np.float32(2.0**-24)


def smooth(x: Points, y: Points, seed: int) -> Points:
    """Return smooth value noise in [-1, 1], one feature per unit, at any positions.

    Examples
    --------
    >>> at = np.array([0.25, 3.5])
    >>> smooth(at, at, 1).shape
    (2,)
    """
    x, y = np.broadcast_arrays(x, y)
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    i, j = left.astype(np.int64), top.astype(np.int64)
    upper = chance(i, j, seed) * (1.0 - fx) + chance(i + 1, j, seed) * fx
    lower = chance(i, j + 1, seed) * (1.0 - fx) + chance(i + 1, j + 1, seed) * fx
    result: Points = 2.0 * (upper * (1.0 - fy) + lower * fy) - 1.0
    return result


def rough(x: Points, y: Points, seed: int, octaves: int) -> Points:
    """Return `smooth` noise summed over octaves, each half as large and twice as fine."""
    total = smooth(x, y, seed)
    for octave in range(1, octaves):
        scale = 2.0**octave
        total = total + smooth(x * scale, y * scale, seed + octave) / scale
    return total


def white(area: Area, seed: int) -> Field:
    """Return independent noise in [0, 1) for every pixel of `area`, as (row, col)."""
    x = np.arange(area.col, area.col + area.width_px)[None, :]
    y = np.arange(area.row, area.row + area.height_px)[:, None]
    return chance(x, y, seed)


@lru_cache(maxsize=512)
def _cubic(start_px: int, length_px: int, spacing_px: int) -> Field:
    """Return the Catmull-Rom weight of each node at each pixel, as (pixel, node)."""
    place = (np.arange(start_px, start_px + length_px) + 0.5) / spacing_px - 0.5
    first = start_px // spacing_px - 2
    count = (start_px + length_px - 1) // spacing_px + 3 - first
    far = np.abs(place[:, None] - (first + np.arange(count))[None, :])
    near = 1.0 + far * far * (1.5 * far - 2.5)
    tail = 2.0 + far * (-4.0 + far * (2.5 - 0.5 * far))
    weights = np.where(far < 1.0, near, np.where(far < 2.0, tail, 0.0))
    return weights.astype(np.float32)


def lattice(area: Area, spacing_px: int, seed: int) -> Field:
    """Return smooth noise in about [-1, 1] over `area`, features about `spacing_px` apart."""
    down = _cubic(area.row, area.height_px, spacing_px)
    right = _cubic(area.col, area.width_px, spacing_px)
    nodes = Area(
        area.row // spacing_px - 2, area.col // spacing_px - 2, down.shape[1], right.shape[1]
    )
    values = 2.0 * white(nodes, seed) - 1.0
    return np.asarray(down @ values @ right.T, dtype=np.float32)


def node_area(area: Area, spacing_px: int) -> Area:
    """Return the lattice nodes that interpolation over `area` needs, as an area of nodes."""
    row, col = area.row // spacing_px - 1, area.col // spacing_px - 1
    bottom = (area.row + area.height_px - 1) // spacing_px + 1
    right = (area.col + area.width_px - 1) // spacing_px + 1
    return Area(row, col, bottom - row + 1, right - col + 1)


def between_nodes(values: Field, nodes: Area, area: Area, spacing_px: int) -> Field:
    """Interpolate (row, col) node values linearly to every pixel of `area`."""
    height_px, width_px = nodes.height_px * spacing_px, nodes.width_px * spacing_px
    full = cv2.resize(values, (width_px, height_px))
    outer = Area(nodes.row * spacing_px, nodes.col * spacing_px, height_px, width_px)
    return np.asarray(full[area.inside(outer)], dtype=np.float32)
