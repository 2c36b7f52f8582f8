"""The labels of an image as polygons in a file, read as a label raster is."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Source, Window, open_raster
from riverscape.labels.class_values import class_codes
from riverscape.labels.placing import PlacedPolygons, placed
from riverscape.labels.polygons import PolygonFile, Polygons
from riverscape.labels.scheme import ClassScheme

__all__ = ["PolygonLabels"]


@dataclass(frozen=True)
class PolygonLabels:
    """The labels of one image: the polygons of a file that lie in it.

    Attributes
    ----------
    image
        The image, or a map of it, whose rows and columns the labels have.
    """

    file: PolygonFile
    image: Source

    def __str__(self) -> str:
        return str(self.file)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.file.path.name

    def polygons(self) -> Polygons:
        """Return all polygons of the file.

        Raises
        ------
        RiverscapeError
            As `PolygonFile.read`.
        """
        return self.file.read()

    def placed(self) -> PlacedPolygons:
        """Return the polygons in the pixels of the image.

        Raises
        ------
        RiverscapeError
            As `PolygonFile.read` and `placed`, or if the image cannot be opened.
        """
        changed = Path(self.image).stat().st_mtime_ns if self._is_file else 0
        return _placed(self.polygons(), self.image, changed)

    @property
    def _is_file(self) -> bool:
        return isinstance(self.image, Path) and self.image.is_file()

    def codes(self, scheme: ClassScheme) -> NDArray[np.uint8]:
        """Return the class code of each polygon of the file.

        Raises
        ------
        InputError
            If one is of an unknown class.
        """
        where = f"the field {self.file.class_field!r} of {self.file}"
        return class_codes(self.polygons().values, scheme, where)

    def read(self, scheme: ClassScheme, window: Window | None = None) -> NDArray[np.uint8]:
        """Return the class codes of a window, or of the whole image; 0 is unlabelled.

        Raises
        ------
        RiverscapeError
            As `codes` and `placed`.
        """
        own, codes = self.placed(), self.codes(scheme)
        return own.codes(codes, window or Window.whole(self.shape()))

    def shape(self) -> tuple[int, int]:
        """Return the rows and columns of the image."""
        with open_raster(self.image) as raster:
            return raster.shape

    def check(self, scheme: ClassScheme) -> None:
        """Check that each polygon has a known class, and that one at least lies in the image.

        Raises
        ------
        RiverscapeError
            If not.
        """
        self.codes(scheme)
        if not len(self.placed().shapes):
            message = (
                f"no polygon of {self.file} lies in {self.image}; are CRS and georeference of "
                "both right?"
            )
            raise InputError(message)

    def sha256(self) -> str:
        """Return a digest of the polygons that lie in the image; others do not matter to it."""
        import shapely

        own = self.placed()
        values = self.polygons().values
        sums = hashlib.sha256()
        for outline, position in zip(shapely.to_wkb(own.shapes), own.positions, strict=True):
            sums.update(f"{values[position]!r} ".encode())
            sums.update(outline)
        return sums.hexdigest()


@lru_cache(maxsize=8)
def _placed(polygons: Polygons, image: Source, _changed_ns: int) -> PlacedPolygons:
    # The polygons are one object as long as their file does not change.
    with open_raster(image) as raster:
        return placed(polygons, raster)
