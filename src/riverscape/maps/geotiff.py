"""Arrays with a place on Earth as GeoTIFFs, whole or not at all."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from riverscape.outputs import whole_file

__all__ = ["ColourTable", "write_geotiff"]

ColourTable = dict[int, tuple[int, int, int, int]]

_BLOCK_PX = 512


def write_geotiff(
    path: Path,
    bands: NDArray[np.uint8],
    names: Sequence[str],
    nodata: int,
    transform: Any,  # noqa: ANN401
    crs: Any,  # noqa: ANN401
    colours: ColourTable | None = None,
) -> None:
    """Write bands (band, row, col) with what each of them means.

    Parameters
    ----------
    colours
        Red, green, blue and alpha by value, where there is one band and it is shown so.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    count, height_px, width_px = bands.shape
    tiled = min(height_px, width_px) >= _BLOCK_PX
    place = {} if transform.is_identity else {"transform": transform}
    blocks = {"tiled": True, "blockxsize": _BLOCK_PX, "blockysize": _BLOCK_PX} if tiled else {}
    # Else GDAL takes three bands for red, green and blue, and a fourth for alpha.
    meaning = {} if colours else {"interleave": "band", "photometric": "minisblack"}
    with warnings.catch_warnings(), whole_file(path) as aside, MemoryFile() as memory:
        # The map of a photograph has no georeference either; that is no fault to warn of.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(
            driver="GTiff",
            height=height_px,
            width=width_px,
            count=count,
            dtype="uint8",
            nodata=nodata,
            crs=crs,
            compress="deflate",
            predictor=2,
            bigtiff="if_safer",
            **place,
            **blocks,
            **meaning,
        ) as file:
            if colours is not None:
                file.colorinterp = [ColorInterp.palette]
                file.write_colormap(1, colours)
            file.descriptions = tuple(names)
            file.write(bands)
        # Written by Python, not by GDAL, which is silent when the disk is full.
        aside.write_bytes(memory.getbuffer())
