"""A land-cover map in memory and as a GeoTIFF that opens coloured and named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import GroundControl, Window, byte_counts, open_raster, windows
from riverscape.imagery.quiet import quiet
from riverscape.labels import ClassScheme, LandCover, read_labels
from riverscape.maps.class_areas import ClassAreas
from riverscape.maps.geotiff import ColourTable, GeoTiff, StripWriter
from riverscape.maps.html import legend_html, picture_html
from riverscape.maps.overviews import BLOCK_PX
from riverscape.maps.sidecar import read_category_names, write_sidecars

__all__ = [
    "ClassMap",
    "ClassMapWriter",
    "class_geotiff",
    "class_map_writer",
    "read_class_map",
    "read_scheme",
]


@dataclass(frozen=True, eq=False)
class ClassMap:
    """Class codes (row, col) with their place on Earth and their classes; 0 is nodata.

    Raises
    ------
    ValueError
        If the codes are not uint8 (row, col), or hold codes outside the classes.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> class_map = ClassMap(np.array([[1, 1], [3, 0]], np.uint8), PUBLISHED_CLASSES)
    >>> class_map.pixels()["water"], class_map.pixels()["dry sediment"]
    (2, 0)
    """

    codes: NDArray[np.uint8]
    scheme: ClassScheme
    transform: Any = field(default_factory=rasterio.Affine.identity)
    crs: Any = None

    def __post_init__(self) -> None:
        if self.codes.ndim != 2 or self.codes.dtype != np.uint8:
            message = f"codes are uint8 (row, col), not {self.codes.dtype} {self.codes.shape}"
            raise ValueError(message)
        strangers = np.flatnonzero(self._counts())
        strangers = strangers[~np.isin(strangers, (0, *self.scheme.codes))]
        if len(strangers):
            message = f"codes outside the classes: {strangers.tolist()}"
            raise ValueError(message)

    def pixels(self) -> dict[str, int]:
        """Return the number of pixels of each class by name."""
        counts = self._counts()
        return {cover.name: int(counts[cover.code]) for cover in self.scheme}

    def rgb(self) -> NDArray[np.uint8]:
        """Return the map in its colours, (row, col, 3); nodata is black."""
        return self.scheme.palette[self.codes]

    def save(self, path: Path | str) -> Path:
        """Write a GeoTIFF with colour table and class names, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        path = Path(path)
        rows, cols = self.codes.shape
        with class_map_writer(path, (rows, cols), self.scheme, self.transform, self.crs) as writer:
            for strip in windows((rows, cols), BLOCK_PX, cols):
                writer.write(strip, self.codes[strip.rows])
        return path

    def _counts(self) -> NDArray[np.int64]:
        return byte_counts(self.codes)

    def _repr_html_(self) -> str:
        """Show the map and its legend in a notebook."""
        return picture_html(self) + legend_html(self.scheme, self.pixels())

    def explore(self, opacity: float = 0.7) -> Any:  # noqa: ANN401
        """Return the map on an interactive map, ipyleaflet's `Map`, for a notebook.

        It lies on its place on Earth; a map that has none is shown in pixels.

        Raises
        ------
        MissingExtraError
            If ipyleaflet is not installed.
        InputError
            If the map lies where no web map reaches.
        """
        from riverscape.maps.exploring import explore, map_overlay

        legend = legend_html(self.scheme, self.pixels())
        return explore([map_overlay("class map", self)], legend, opacity)


class ClassMapWriter:
    """Takes a class map by strips of whole rows, from the top, and sums up its classes."""

    def __init__(self, strips: StripWriter, areas: ClassAreas) -> None:
        self._strips, self.areas = strips, areas

    def write(self, strip: Window, codes: NDArray[np.uint8]) -> None:
        """Write the codes of a strip, (row, col)."""
        self._strips.write(strip, codes[None])
        self.areas.add(strip.top, codes)


@contextmanager
def class_map_writer(
    path: Path,
    shape: tuple[int, int],
    scheme: ClassScheme,
    transform: Any,  # noqa: ANN401
    crs: Any,  # noqa: ANN401
    control: GroundControl | None = None,
) -> Iterator[ClassMapWriter]:
    """Write a class map that opens coloured, named and placed, with what lies beside it.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    areas = ClassAreas(shape, transform, crs)
    kind = class_geotiff(shape, scheme, transform, crs, control)
    with kind.writer(path) as strips:
        yield ClassMapWriter(strips, areas)
    write_sidecars(path, scheme, areas)


def class_geotiff(
    shape: tuple[int, ...],
    scheme: ClassScheme,
    transform: Any,  # noqa: ANN401
    crs: Any,  # noqa: ANN401
    control: GroundControl | None = None,
) -> GeoTiff:
    """Return what the GeoTIFF of a class map is to be."""
    colours: ColourTable = {0: (0, 0, 0, 0)}
    colours |= {cover.code: (*cover.rgb, 255) for cover in scheme}
    rows, cols = shape
    names = ["land cover"]
    return GeoTiff((rows, cols), names, 0, transform, crs, colours, control or GroundControl())


def read_class_map(path: Path | str, scheme: ClassScheme) -> ClassMap:
    """Read a class map, or any raster of class codes.

    Raises
    ------
    InputError
        If it cannot be read or holds codes outside the classes.
    """
    path = Path(path)
    with open_raster(path) as raster:
        transform, crs = raster.transform, raster.crs
    try:
        return ClassMap(read_labels(path, scheme), scheme, transform, crs)
    except ValueError as error:
        message = f"{path} is no class map: {error}"
        raise InputError(message) from error


def read_scheme(path: Path | str) -> ClassScheme | None:
    """Return the classes that a map brings with it: its category names and colour table.

    None where the raster has no category names.
    """
    path = Path(path)
    names = dict(enumerate(read_category_names(path)))
    if not any(names.values()):
        return None
    with quiet(), rasterio.open(path) as file:
        colours = file.colormap(1)
    return ClassScheme(
        tuple(
            LandCover(code, name, "#{:02x}{:02x}{:02x}".format(*colours[code]))
            for code, name in names.items()
            if name
        )
    )
