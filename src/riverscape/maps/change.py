"""What has become of what: two maps of one river compared pixel by pixel."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Raster, Window, open_raster, pixel_areas_m2, windows
from riverscape.labels import ClassScheme, read_labels
from riverscape.maps.alignment import aligned
from riverscape.maps.change_matrix import ChangeMatrix, save_matrix
from riverscape.maps.class_map import class_map_writer
from riverscape.maps.patches import CodeReader
from riverscape.progress import SILENT, Progress, stage

__all__ = ["MapWithClasses", "change_files", "write_change"]

# What is read at a time, and what is compared of it at a time.
_STRIP_PX, _SECTION_PX = 512, 32
_MOST_PAIRS = 255


@dataclass(frozen=True)
class MapWithClasses:
    """A map and its classes."""

    path: Path
    scheme: ClassScheme


def change_files(out: Path, placed: bool = True) -> dict[str, Path]:
    """Return what `write_change` writes to a folder.

    Parameters
    ----------
    placed
        Whether the maps have a place on Earth.
    """
    files = {"raster": out / "CHANGE.tif", "pixels": out / "CHANGE_pixels.csv"}
    return files | ({"square_metres": out / "CHANGE_m2.csv"} if placed else {})


def write_change(
    before: MapWithClasses, after: MapWithClasses, out: Path, progress: Progress = SILENT
) -> ChangeMatrix:
    """Compare two maps; write the matrices as CSV and a raster of what has become of what.

    Classes are matched by name. Where the grids differ `after` is brought to that of `before` by
    nearest neighbour. The raster holds 1 to n, one of each pair of classes that occurs, with
    names and colours of its own; 0 is no data in either map.

    Parameters
    ----------
    out
        The folder to write to: CHANGE.tif, CHANGE_pixels.csv, and CHANGE_m2.csv where the maps
        have a place on Earth.

    Raises
    ------
    InputError
        If a map cannot be read, the maps cannot be brought together or have no pixel with data
        in common, or each has classes that the other has not.
    OutputError
        If a file cannot be written.
    """
    with _pairing(before, after) as pairing:
        matrix = pairing.counted(progress)
        if not matrix.pixels.any():
            message = f"{before.path} and {after.path} have no pixel with data in common"
            raise InputError(message)
        if np.count_nonzero(matrix.pixels) > _MOST_PAIRS:
            message = (
                f"{np.count_nonzero(matrix.pixels)} pairs of classes occur: a change raster "
                f"holds {_MOST_PAIRS}; give fewer classes"
            )
            raise InputError(message)
        files = change_files(out, matrix.square_metres is not None)
        pairing.write(files["raster"], matrix, progress)
    save_matrix(files["pixels"], matrix.scheme, matrix.pixels)
    if matrix.square_metres is not None:
        save_matrix(files["square_metres"], matrix.scheme, matrix.square_metres)
    return matrix


@dataclass(frozen=True, eq=False)
class _Pairing:
    """Two maps read together, pixel by pixel."""

    grid: Raster
    scheme: ClassScheme
    read_before: CodeReader
    read_after: CodeReader

    @property
    def strips(self) -> list[Window]:
        return windows(self.grid.shape, _STRIP_PX, self.grid.width_px)

    def sections(self, strip: Window) -> Iterator[tuple[Window, NDArray[np.int64]]]:
        """Yield some rows of a strip after others, and pairs of classes there, (row, col).

        A pair is from * classes + to; one above all of these is no data.
        """
        count, positions = len(self.scheme), self.scheme.positions
        was, now = positions[self.read_before(strip)], positions[self.read_after(strip)]
        for part in windows(strip.shape, _SECTION_PX, strip.width_px):
            pairs = was[part.rows] * np.int64(count) + now[part.rows]
            pairs[np.maximum(was[part.rows], now[part.rows]) >= count] = count * count
            yield Window(strip.top + part.top, 0, *part.shape), pairs

    def counted(self, progress: Progress) -> ChangeMatrix:
        """Return the matrix."""
        count = len(self.scheme)
        width = count * count + 1
        areas_m2 = pixel_areas_m2(self.grid.crs, self.grid.transform, self.grid.shape)
        pixels, square_metres = np.zeros(width, np.int64), np.zeros(width)
        with stage(progress, "comparing", len(self.strips)):
            for strip in self.strips:
                for part, pairs in self.sections(strip):
                    pairs += np.arange(part.height_px)[:, None] * width
                    found = np.bincount(pairs.ravel(), minlength=part.height_px * width)
                    pixels += (by_row := found.reshape(-1, width)).sum(axis=0)
                    if areas_m2 is not None:
                        square_metres += areas_m2[part.rows] @ by_row
                progress.advance()
        shape = count, count
        return ChangeMatrix(
            self.scheme,
            pixels[:-1].reshape(shape),
            None if areas_m2 is None else square_metres[:-1].reshape(shape),
        )

    def write(self, path: Path, matrix: ChangeMatrix, progress: Progress) -> None:
        """Write the raster of pairs."""
        value = np.zeros(matrix.pixels.size + 1, np.uint8)
        occurring = np.flatnonzero(matrix.pixels)
        value[occurring] = np.arange(1, len(occurring) + 1)
        grid, legend = self.grid, matrix.legend()
        with (
            stage(progress, "writing the change raster", len(self.strips)),
            class_map_writer(
                path, grid.shape, legend, grid.transform, grid.crs, grid.control
            ) as writer,
        ):
            for strip in self.strips:
                for part, pairs in self.sections(strip):
                    writer.write(part, value[pairs])
                progress.advance()


@contextmanager
def _pairing(before: MapWithClasses, after: MapWithClasses) -> Iterator[_Pairing]:
    scheme = _common(before, after)
    own, other = _recoded(before.scheme, scheme), _recoded(after.scheme, scheme)
    with open_raster(before.path) as grid, aligned(after.path, after.scheme, grid) as read_after:
        yield _Pairing(
            grid,
            scheme,
            lambda window: own[read_labels(before.path, before.scheme, window=window)],
            lambda window: other[read_after(window)],
        )


def _common(before: MapWithClasses, after: MapWithClasses) -> ClassScheme:
    """Return the classes of the map that has all of both."""
    left = [name for name in before.scheme.names if name not in after.scheme.names]
    right = [name for name in after.scheme.names if name not in before.scheme.names]
    if left and right:
        message = (
            f"{before.path} and {after.path} have classes that the other has not: "
            f"{', '.join(left)} and {', '.join(right)}; name them alike, or give both the same "
            "with --classes"
        )
        raise InputError(message)
    return after.scheme if right else before.scheme


def _recoded(own: ClassScheme, common: ClassScheme) -> NDArray[np.uint8]:
    """Return the code in the common classes of each code, (256,)."""
    codes = np.zeros(256, np.uint8)
    for cover in own:
        codes[cover.code] = common.codes[common.names.index(cover.name)]
    return codes
