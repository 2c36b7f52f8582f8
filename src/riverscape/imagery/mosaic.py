"""Many georeferenced tiles as one image: a VRT, which GDAL reads like any other file."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from riverscape.errors import InputError, SurveyError
from riverscape.imagery.mosaic_tile import MosaicTile
from riverscape.imagery.opening import open_raster
from riverscape.imagery.sources import Source
from riverscape.imagery.survey import listed_images
from riverscape.imagery.vrt import Placed, as_vrt
from riverscape.outputs import whole_file

__all__ = ["mosaic"]

# GDAL spends its time waiting for the disk, or for a server.
_THREADS = 8
# How far pixel sizes may differ, and tiles lie off the grid, in pixels.
_SIZE_SHARE = 1e-6
_GRID_SHARE = 0.01


def mosaic(tiles: Sequence[Source], path: Path) -> Path:
    """Write a VRT that shows tiles as one image; return its path.

    Tiles share CRS, bands, type, nodata values and grid. What no tile covers is invalid; where
    tiles overlap, the last of them shows what it has. Tiles are named by their full paths. A VRT
    that says the same already is left as it is, and never a tile of itself.

    Parameters
    ----------
    tiles
        Files, folders of them, or addresses.

    Raises
    ------
    SurveyError
        If tiles do not fit together; all that do not are listed at once.
    OutputError
        If the VRT cannot be written.
    """
    where = " ".join(map(str, tiles))
    images, problems = listed_images(tiles)
    images = [image for image in images if image != path]
    with ThreadPoolExecutor(_THREADS) as pool:
        looked = list(pool.map(_look, images))
    known = [tile for tile in looked if isinstance(tile, MosaicTile)]
    problems += [problem for problem in looked if isinstance(problem, str)]
    if not known:
        raise SurveyError(where, problems or [f"no tile but {path}"])
    kinds = Counter(tile.kind for tile in known)
    model = max(known, key=lambda tile: kinds[tile.kind])
    problems += [f"{tile.source} {why}" for tile in known if (why := _misfit(tile, model))]
    if problems:
        raise SurveyError(where, problems)
    _write(path, as_vrt(_placed(known, model), model))
    return path


def _look(source: Source) -> MosaicTile | str:
    try:
        with open_raster(source) as raster:
            return MosaicTile.of(raster)
    except InputError as error:
        return str(error)


def _misfit(tile: MosaicTile, model: MosaicTile) -> str | None:
    """Return in words why a tile does not fit the others, if so."""
    if tile.transform.is_identity:
        return "has no place on Earth; a mosaic needs georeferenced tiles"
    if tile.crs != model.crs:
        return f"is in {tile.crs or 'no CRS'}, other tiles in {model.crs or 'none'}"
    if difference := tile.difference(model):
        return difference
    size_px = abs(model.transform.a) + abs(model.transform.b)
    if np.abs(np.subtract(tile.sides, model.sides)).max() > _SIZE_SHARE * size_px:
        wide, other = abs(tile.transform.a), abs(model.transform.a)
        return f"has pixels of {wide:.10g}, other tiles of {other:.10g}"
    row, col = _offset(tile, model)
    off = max(abs(row - round(row)), abs(col - round(col)))
    if off > _GRID_SHARE:
        return f"lies {off:.2f} px off the grid of the other tiles; warp it onto theirs"
    return None


def _offset(tile: MosaicTile, model: MosaicTile) -> tuple[float, float]:
    """Return how many rows and columns of the grid lie between the corners of two tiles."""
    col, row = ~model.transform * (tile.transform.c, tile.transform.f)
    return row, col


def _placed(tiles: list[MosaicTile], model: MosaicTile) -> list[Placed]:
    corners = np.rint([_offset(tile, model) for tile in tiles]).astype(int)
    corners -= corners.min(axis=0)
    return [
        Placed(tile, int(top), int(left)) for tile, (top, left) in zip(tiles, corners, strict=True)
    ]


def _write(path: Path, content: bytes) -> None:
    # Left as it is, it is the same image to whoever resumes.
    if not (path.is_file() and path.read_bytes() == content):
        with whole_file(path) as aside:
            aside.write_bytes(content)
