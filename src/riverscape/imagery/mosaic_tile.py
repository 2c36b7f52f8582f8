"""What a mosaic must know of a tile, noted down while the tile is open."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from riverscape.imagery.raster import Raster
from riverscape.imagery.sources import Source

__all__ = ["MosaicTile"]


@dataclass(frozen=True)
class MosaicTile:
    """A georeferenced tile.

    Attributes
    ----------
    address
        What GDAL knows it by, wherever it is read from.
    dtypes, colours, names, nodata
        Of each band, alpha included; nodata values as text, because NaN is not itself.
    masked
        Whether the file has a mask of its own.
    """

    source: Source
    address: str
    shape: tuple[int, int]
    block_shape: tuple[int, int]
    transform: Any
    crs: Any
    dtypes: tuple[str, ...]
    colours: tuple[str, ...]
    names: tuple[str, ...]
    nodata: tuple[str | None, ...]
    masked: bool

    @classmethod
    def of(cls, raster: Raster) -> Self:
        """Return what a mosaic must know of an open raster."""
        file, path = raster._file, raster.path
        return cls(
            source=path,
            address=str(path.resolve()) if isinstance(path, Path) else file.files[0],
            shape=raster.shape,
            block_shape=raster.block_shape,
            transform=raster.transform,
            crs=raster.crs,
            dtypes=tuple(file.dtypes),
            colours=tuple(role.name.lower() for role in file.colorinterp),
            names=tuple(name or "" for name in file.descriptions),
            nodata=tuple(None if value is None else repr(value) for value in file.nodatavals),
            masked=raster._validity.masked,
        )

    @property
    def kind(self) -> tuple[object, ...]:
        """What most tiles of a mosaic share."""
        crs = self.crs.to_wkt() if self.crs else None
        size = tuple(
            f"{value:.6g}" for value in tuple(self.transform)[:2] + tuple(self.transform)[3:5]
        )
        return crs, self.dtypes, self.colours, self.nodata, size

    @property
    def sides(self) -> tuple[float, float, float, float]:
        """How x and y change along a row and along a column, by a pixel."""
        at = self.transform
        return at.a, at.d, at.b, at.e

    @property
    def has_alpha(self) -> bool:
        """Whether a band is alpha."""
        return "alpha" in self.colours

    def difference(self, other: "MosaicTile") -> str | None:
        """Return in words what its bands have otherwise than another tile's, if anything."""
        if len(self.dtypes) != len(other.dtypes):
            return f"has {_bands(self)}, other tiles {_bands(other)}"
        if self.dtypes != other.dtypes:
            return f"holds {_listed(self.dtypes)} pixels, other tiles {_listed(other.dtypes)}"
        if self.colours != other.colours:
            return f"shows {', '.join(self.colours)}, other tiles {', '.join(other.colours)}"
        if self.nodata != other.nodata:
            return (
                f"has the nodata value {_listed(self.nodata)}, other tiles {_listed(other.nodata)}"
            )
        return None


def _bands(tile: MosaicTile) -> str:
    count = len(tile.dtypes)
    return f"{count} band{'s' * (count != 1)}" + ", one of them alpha" * tile.has_alpha


def _listed(values: tuple[str | None, ...]) -> str:
    return ", ".join(dict.fromkeys(value or "none" for value in values))
