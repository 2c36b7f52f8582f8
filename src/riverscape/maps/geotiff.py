"""Arrays with a place on Earth as Cloud Optimized GeoTIFFs, whole or not at all, by strips."""

import errno
import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.windows import Window as GdalWindow

from riverscape.errors import OutputError
from riverscape.imagery import GroundControl, Window
from riverscape.imagery.gdal import environment
from riverscape.imagery.quiet import quiet
from riverscape.maps.overviews import (
    BLOCK_PX,
    Pyramid,
    halved_by_mean,
    halved_by_mode,
    overview_shapes,
)
from riverscape.maps.pieces import as_one, in_memory, on_disk
from riverscape.outputs import whole_file

__all__ = ["MOST_IN_MEMORY_PX", "ColourTable", "GeoTiff", "StripWriter", "write_geotiff"]

ColourTable = dict[int, tuple[int, int, int, int]]

MOST_IN_MEMORY_PX = 1 << 25
"""Up to so many pixels of all bands GDAL writes to memory, and Python to disk."""

# As many threads as there are compress blocks; they are written in their order all the same.
_THREADS = "ALL_CPUS"
_LEAST_FREE = 1 << 20
# What is read once and thrown away.
_PIECE = {
    "driver": "GTiff", "dtype": "uint8", "tiled": True, "blockxsize": BLOCK_PX,
    "blockysize": BLOCK_PX, "interleave": "band", "bigtiff": "if_safer", "sparse_ok": True,
}  # fmt: skip
_COG = {
    "driver": "COG", "blocksize": BLOCK_PX, "compress": "DEFLATE", "predictor": "YES",
    "overviews": "FORCE_USE_EXISTING", "bigtiff": "IF_SAFER", "sparse_ok": True,
    "num_threads": _THREADS,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class GeoTiff:
    """What a GeoTIFF of bytes is to be, before anything is written.

    Its overviews hold the commonest code where it is shown in colours by value, else the mean.

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
    control
        What ties it to the ground besides.
    """

    shape: tuple[int, int]
    names: Sequence[str]
    nodata: int
    transform: Any = field(default_factory=rasterio.Affine.identity)
    crs: Any = None
    colours: ColourTable | None = None
    control: GroundControl = field(default_factory=GroundControl)

    @contextmanager
    def writer(self, path: Path) -> Iterator["StripWriter"]:
        """Write it, whole or not at all.

        Strips are written to a file aside, and what is seen of them from afar to smaller ones;
        GDAL puts these together in the order that is read fast over a network.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        small = self.shape[0] * self.shape[1] * len(self.names) <= MOST_IN_MEMORY_PX
        with quiet(), environment(far=False), whole_file(path) as aside:
            try:
                with in_memory(aside) if small else on_disk(aside) as name:
                    writer = StripWriter(self, name, None if small else aside.parent)
                    with writer:
                        yield writer
                    writer.assemble(name("whole"))
                    # GDAL is silent where the disk is full when it closes a file.
                    whole = writer.is_in(name("whole"))
            except RasterioError as error:
                said = " ".join(str(error.__cause__ or error).split())
                message = f"{path} cannot be written, perhaps for lack of disk space: {said}"
                raise OutputError(message) from error
            if not whole:
                message = f"{path} cannot be written whole, perhaps for lack of disk space"
                raise OutputError(message)

    def profile(self) -> dict[str, Any]:
        """Return what rasterio is told of the file that strips are written to."""
        height_px, width_px = self.shape
        profile = {
            **_PIECE,
            "height": height_px,
            "width": width_px,
            "count": len(self.names),
            "nodata": self.nodata,
            "crs": self.crs,
        }
        if not self.transform.is_identity:
            profile["transform"] = self.transform
        if not self.colours:
            # Else GDAL takes three bands for red, green and blue, and a fourth for alpha.
            profile["photometric"] = "minisblack"
        return profile

    def describe(self, file: Any) -> None:  # noqa: ANN401
        """Say of an open file what its pixels mean, before they are written."""
        self.control.enter(file)
        if self.colours is not None:
            file.colorinterp = [ColorInterp.palette]
            file.write_colormap(1, self.colours)
        file.descriptions = tuple(self.names)


class StripWriter:
    """Takes strips of whole rows, from the top.

    Parameters
    ----------
    name
        Returns where each of the files it takes is to be, by a word.
    folder
        Where they are, if they are on a disk.
    """

    def __init__(
        self, kind: GeoTiff, name: Callable[[str], str], folder: Path | None = None
    ) -> None:
        self._kind, self._folder = kind, folder
        shapes = [kind.shape, *overview_shapes(kind.shape)]
        halve = halved_by_mean if kind.colours is None else halved_by_mode
        self._pyramid = Pyramid(shapes, halve, self._write_rows)
        self._names = [name(str(level)) for level in range(len(shapes))]
        self._shapes = shapes
        self._strips: list[tuple[GdalWindow, int]] = []
        self._files: list[Any] = []

    def __enter__(self) -> "StripWriter":
        self._ask_for(_LEAST_FREE)
        self._opened = ExitStack()
        for level, (name, (rows, cols)) in enumerate(zip(self._names, self._shapes, strict=True)):
            size: dict[str, Any] = {"height": rows, "width": cols}
            if level:  # the place of the raster itself is enough
                size |= {"transform": None, "crs": None}
            disk = _on_disk() if self._folder else {}
            file = rasterio.open(name, "w", **{**self._kind.profile(), **disk, **size})
            self._files.append(self._opened.enter_context(file))
        self._kind.describe(self._files[0])
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def write(self, strip: Window, bands: NDArray[np.uint8]) -> None:
        """Write the rows of a strip, (band, row, col).

        Raises
        ------
        OSError
            If it goes to a disk that may not hold it.
        """
        # Where nothing is written nothing can be lost.
        if not self._is_empty(bands):
            window = GdalWindow(strip.left, strip.top, strip.width_px, strip.height_px)
            self._strips.append((window, zlib.crc32(np.ascontiguousarray(bands).data)))
        self._pyramid.add(bands)

    def assemble(self, name: str) -> None:
        """Make one file of what was written, of that name.

        Raises
        ------
        OSError
            If the disk may not hold it.
        """
        self._ask_for(sum(os.path.getsize(piece) for piece in self._names if self._folder))
        with rasterio.open(as_one(self._names)) as together:
            rasterio.shutil.copy(together, name, **_COG)

    def is_in(self, name: str) -> bool:
        """Return whether a file holds what was written."""
        try:
            with rasterio.open(name, num_threads=_THREADS) as file:
                return all(
                    zlib.crc32(file.read(window=window).data) == expected
                    for window, expected in self._strips
                )
        except RasterioError:
            return False

    def _write_rows(self, level: int, top: int, bands: NDArray[np.uint8]) -> None:
        if self._is_empty(bands):
            return
        self._ask_for(bands.nbytes)
        rows = GdalWindow(0, top, bands.shape[2], bands.shape[1])
        self._files[level].write(bands, window=rows)

    def _is_empty(self, bands: NDArray[np.uint8]) -> bool:
        nodata = self._kind.nodata
        return not bands.any() if nodata == 0 else bool((bands == nodata).all())

    def _ask_for(self, size: int) -> None:
        # Before libtiff finds out, which says so on stderr, or says nothing.
        if self._folder and shutil.disk_usage(self._folder).free < max(size, _LEAST_FREE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@cache
def _on_disk() -> dict[str, Any]:
    """Return how files on disk are compressed that are read once: the fastest way there is here.

    Zstandard takes a third of the time of Deflate's fastest level, but a GDAL may lack it.
    """
    zstd = {"compress": "zstd", "zstd_level": 1, "num_threads": _THREADS}
    with MemoryFile() as memory:
        with memory.open(**_PIECE, width=1, height=1, count=1, **zstd):
            pass
        with memory.open() as file:  # one that lacks it writes uncompressed, and only warns
            known = file.compression is not None
    return zstd if known else {"compress": "deflate", "zlevel": 1, "num_threads": _THREADS}


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
