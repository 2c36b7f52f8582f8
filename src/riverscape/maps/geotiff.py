"""Arrays with a place on Earth as GeoTIFFs, whole or not at all, written strip by strip."""

import errno
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.windows import Window as GdalWindow

from riverscape.errors import OutputError
from riverscape.imagery import Window
from riverscape.imagery.quiet import quiet
from riverscape.outputs import whole_file

__all__ = ["ColourTable", "GeoTiff", "write_geotiff"]

ColourTable = dict[int, tuple[int, int, int, int]]

BLOCK_PX = 512
# Up to so many pixels of all bands GDAL writes to memory, and Python to disk.
_MOST_IN_MEMORY_PX = 1 << 25
# As many threads as there are compress blocks; they are written in their order all the same.
_THREADS = "ALL_CPUS"
_LEAST_FREE = 1 << 20


@dataclass(frozen=True, eq=False)
class GeoTiff:
    """What a GeoTIFF of bytes is to be, before anything is written.

    Attributes
    ----------
    shape
        Rows and columns.
    names
        What each band means.
    nodata
        The value of pixels without data.
    transform, crs
        Its place on Earth.
    colours
        Red, green, blue and alpha by value, where there is one band and it is shown so.
    """

    shape: tuple[int, int]
    names: Sequence[str]
    nodata: int
    transform: Any = field(default_factory=rasterio.Affine.identity)
    crs: Any = None
    colours: ColourTable | None = None

    @contextmanager
    def writer(self, path: Path) -> Iterator["StripWriter"]:
        """Write it, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        small = self.shape[0] * self.shape[1] * len(self.names) <= _MOST_IN_MEMORY_PX
        written = self._through_memory if small else self._to_disk
        with quiet(), whole_file(path) as aside, written(path, aside) as writer:
            yield writer

    @contextmanager
    def _through_memory(self, _path: Path, aside: Path) -> Iterator["StripWriter"]:
        # Written by Python, not by GDAL, which is silent when the disk is full.
        with MemoryFile() as memory:
            with memory.open(**self._profile()) as file:
                self._describe(file)
                yield StripWriter(file)
            aside.write_bytes(memory.getbuffer())

    @contextmanager
    def _to_disk(self, path: Path, aside: Path) -> Iterator["StripWriter"]:
        try:
            with rasterio.open(aside, "w", **self._profile()) as file:
                self._describe(file)
                writer = StripWriter(file, aside.parent)
                yield writer
            # GDAL is silent where the disk is full when it closes a file.
            whole = writer.is_in(aside)
        except RasterioError as error:
            said = " ".join(str(error.__cause__ or error).split())
            message = f"{path} cannot be written, perhaps for lack of disk space: {said}"
            raise OutputError(message) from error
        if not whole:
            message = f"{path} cannot be written whole, perhaps for lack of disk space"
            raise OutputError(message)

    def _profile(self) -> dict[str, Any]:
        height_px, width_px = self.shape
        profile = {
            "driver": "GTiff",
            "height": height_px,
            "width": width_px,
            "count": len(self.names),
            "dtype": "uint8",
            "nodata": self.nodata,
            "crs": self.crs,
            "compress": "deflate",
            "predictor": 2,
            "bigtiff": "if_safer",
            "num_threads": _THREADS,
        }
        if not self.transform.is_identity:
            profile["transform"] = self.transform
        if min(self.shape) >= BLOCK_PX:
            profile |= {"tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX}
        if not self.colours:
            # Else GDAL takes three bands for red, green and blue, and a fourth for alpha.
            profile |= {"interleave": "band", "photometric": "minisblack"}
        return profile

    def _describe(self, file: Any) -> None:  # noqa: ANN401
        if self.colours is not None:
            file.colorinterp = [ColorInterp.palette]
            file.write_colormap(1, self.colours)
        file.descriptions = tuple(self.names)


class StripWriter:
    """Takes strips of whole rows, from the top."""

    def __init__(self, file: Any, folder: Path | None = None) -> None:  # noqa: ANN401
        self._file, self._folder = file, folder
        self._strips: list[tuple[GdalWindow, int]] = []

    def write(self, strip: Window, bands: NDArray[np.uint8]) -> None:
        """Write the rows of a strip, (band, row, col).

        Raises
        ------
        OSError
            If it goes to a disk that may not hold it.
        """
        # Before libtiff finds out, which says so on stderr, or says nothing.
        if self._folder and shutil.disk_usage(self._folder).free < max(bands.nbytes, _LEAST_FREE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        window = GdalWindow(strip.left, strip.top, strip.width_px, strip.height_px)
        self._file.write(bands, window=window)
        self._strips.append((window, zlib.crc32(bands.tobytes())))

    def is_in(self, path: Path) -> bool:
        """Return whether a file holds what was written."""
        try:
            with rasterio.open(path, num_threads=_THREADS) as file:
                return all(
                    zlib.crc32(file.read(window=window).tobytes()) == expected
                    for window, expected in self._strips
                )
        except RasterioError:
            return False


def write_geotiff(path: Path, kind: GeoTiff, bands: NDArray[np.uint8]) -> None:
    """Write a GeoTIFF of bands (band, row, col) that are held whole.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    height_px, width_px = kind.shape
    with kind.writer(path) as writer:
        for top in range(0, height_px, BLOCK_PX):
            strip = Window(top, 0, min(BLOCK_PX, height_px - top), width_px)
            writer.write(strip, bands[:, strip.rows])
