"""What the commands of the gallery leave behind, as pictures; and the mosaic they start from."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import rasterio
from drawing import Picture, as_picture
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.maps import read_class_map, read_scheme
from riverscape.scenes import River, Scene

__all__ = [
    "change_map",
    "class_map",
    "first_file",
    "grey_layer",
    "polygon_outlines",
    "with_masked",
    "write_mosaic",
]

# Photographs have no georeference; a strict build counts warnings.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

_PAPER = 255
_SWATH_PX = 330


def first_file(folder: Path, pattern: str) -> Picture:
    """Return the picture that matches, of whatever format.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    for path in sorted(folder.glob(pattern)):
        return np.asarray(Image.open(path).convert("RGB"))
    message = f"the commands of the gallery left no {pattern}"
    raise FileNotFoundError(message)


def class_map(path: Path) -> Picture:
    """Return a class map in its colours; no data is white."""
    read = read_class_map(path, read_scheme(path) or PUBLISHED_CLASSES)
    return np.where(read.codes[:, :, None] == 0, np.uint8(_PAPER), read.rgb())


def grey_layer(path: Path, band: int = 1) -> Picture:
    """Return a raster of percentages in grey; no data is white."""
    with rasterio.open(path) as raster:
        per_cent = raster.read(band)
    grey = np.where(per_cent > 100, _PAPER, np.minimum(per_cent, 100) * 2.55).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def change_map(path: Path) -> Picture:
    """Return a raster with a colour table in its colours; no data is white."""
    with rasterio.open(path) as raster:
        codes, table = raster.read(1), raster.colormap(1)
    palette = np.full((256, 3), _PAPER, np.uint8)
    for code, colour in table.items():
        if code:
            palette[code] = colour[:3]
    return np.asarray(palette[codes], np.uint8)


def with_masked(path: Path) -> Picture:
    """Return the first three bands of a raster; what is masked is white."""
    with rasterio.open(path) as raster:
        bands, mask = raster.read((1, 2, 3)), raster.dataset_mask()
    return np.where(mask[:, :, None] == 0, np.uint8(_PAPER), np.moveaxis(bands, 0, 2))


def polygon_outlines(path: Path) -> Picture:
    """Return polygons in their colours, with their outlines."""
    import pyogrio
    import shapely

    _, _, shapes, values = pyogrio.raw.read(path, columns=["colour"])
    polygons = shapely.from_wkb(shapes)
    left, low, right, high = shapely.total_bounds(polygons)
    figure = Figure(figsize=(9, 9 * (high - low) / (right - left)))
    axis = figure.add_axes((0, 0, 1, 1))
    for polygon, colour in zip(polygons, values[0], strict=True):
        for part in shapely.get_parts(polygon):
            rings = [Outline(ring.coords, closed=True) for ring in (part.exterior, *part.interiors)]
            patch = PathPatch(Outline.make_compound_path(*rings), facecolor=colour, linewidth=0.8)
            axis.add_patch(patch)
    axis.set(xlim=(left, right), ylim=(low, high))
    axis.set_axis_off()
    return as_picture(figure)


def write_mosaic(path: Path, river: River) -> None:
    """Write a georeferenced mosaic with alpha: a swath across a scene, nothing around it."""
    height, width = 700, 1000
    image, _ = Scene(river, 3, height, width).window(0, 0, height, width)
    alpha = np.zeros((height, width), np.uint8)
    track = np.array([(-200, 620), (300, 420), (700, 300), (1200, 60)], np.int32)
    cv2.polylines(alpha, [track], False, 255, thickness=_SWATH_PX)
    bands = np.concatenate([np.where(alpha == 0, 0, image), alpha[None]]).astype(np.uint8)
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=4, dtype="uint8",
        crs="EPSG:32619", transform=rasterio.Affine(0.1, 0, 400_000, 0, -0.1, 5_370_000),
        photometric="RGB", alpha="yes",
    ) as raster:  # fmt: skip
        raster.write(bands)
