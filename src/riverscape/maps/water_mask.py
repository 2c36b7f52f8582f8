"""The binary mask of a map that river-network programs such as RivGraph read."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import open_raster, windows
from riverscape.labels import ClassScheme, read_labels
from riverscape.maps.geotiff import ColourTable, GeoTiff
from riverscape.outputs import whole_file
from riverscape.progress import SILENT, Progress, stage

__all__ = ["write_water_mask"]

_STRIP_PX = 512
# Not in the mask at all: every pixel is either 0 or 1.
_NO_DATA = 255
_PROMISE, _PROMISE_WITHIN = b"GDAL_STRUCTURAL_METADATA_SIZE=", 64
_COLOURS: ColourTable = {0: (0, 0, 0, 255), 1: (255, 255, 255, 255)}


def write_water_mask(
    path: Path,
    out: Path,
    scheme: ClassScheme,
    names: Sequence[str] = ("water",),
    progress: Progress = SILENT,
) -> int:
    """Write where a map has certain classes as 1, all else as 0; return how many pixels are 1.

    One band of bytes with the map's place on Earth, which is what RivGraph reads. Pixels without
    data are 0 as well: a mask has nothing in between.

    Parameters
    ----------
    names
        The classes that count as water.

    Raises
    ------
    InputError
        If there is no such class, or the map cannot be read or holds codes outside the classes.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> from riverscape.maps import ClassMap, read_class_map
    >>> folder = Path(tempfile.mkdtemp())
    >>> codes = np.array([[1, 2, 0], [1, 1, 3]], np.uint8)
    >>> path = ClassMap(codes, PUBLISHED_CLASSES).save(folder / "CLASS_CSC_Alder_0001.tif")
    >>> write_water_mask(path, folder / "mask.tif", PUBLISHED_CLASSES)
    3
    """
    is_water = _chosen(path, scheme, names)
    with open_raster(path) as raster:
        kind = GeoTiff(
            raster.shape, ["water"], _NO_DATA, raster.transform, raster.crs, _COLOURS,
            raster.control,
        )  # fmt: skip
    strips = windows(kind.shape, _STRIP_PX, kind.shape[1])
    count = 0
    with whole_file(out) as aside:
        with stage(progress, "writing the mask", len(strips)), kind.writer(aside) as writer:
            for strip in strips:
                mask = is_water[read_labels(path, scheme, window=strip)]
                writer.write(strip, mask[None])
                count += int(np.count_nonzero(mask))
                progress.advance()
        _allow_updates(aside)
    return count


def _allow_updates(path: Path) -> None:
    """Take back GDAL's promise that a file's layout is that of a Cloud Optimized GeoTIFF.

    The layout stays. But what has the promise GDAL 3.10, and perhaps earlier ones, do not open for
    updating, and that is how RivGraph opened masks as long as it read them by GDAL; it changes
    them only where they have no georeference.
    """
    with path.open("r+b") as file:
        start = file.read(_PROMISE_WITHIN)
        begin = start.find(_PROMISE)
        if begin >= 0:
            file.seek(begin)
            file.write(bytes(len(_PROMISE)))


def _chosen(path: Path, scheme: ClassScheme, names: Sequence[str]) -> NDArray[np.uint8]:
    """Return 1 for the codes of the classes of those names, (256,)."""
    is_water = np.zeros(256, np.uint8)
    for name in names:
        if name not in scheme.names:
            message = f"{path} has no class {name!r}; it has: {', '.join(scheme.names)}"
            raise InputError(message)
        is_water[scheme.codes[scheme.names.index(name)]] = 1
    return is_water
