"""Polygons with fields as a GeoPackage, FlatGeobuf or GeoJSON, written as they come."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import MissingExtraError, OutputError
from riverscape.outputs import whole_file

__all__ = ["FORMATS", "VectorWriter", "check_vector_path", "vector_writer"]

LAYER = "land_cover"
FORMATS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".geojson": "GeoJSON"}
# So many polygons, or points of them, are handed to GDAL at a time.
_BATCH, _BATCH_POINTS = 20_000, 1_000_000
_COPIED = 1_000
# Degrees to a tenth of a millimetre: to the seven decimals of RFC 7946 pixels of a drone's image
# would be bent.
_GEOJSON = {"RFC7946": "YES", "COORDINATE_PRECISION": "9"}


def check_vector_path(path: Path) -> None:
    """Check that a file's name says which format it is to have.

    Raises
    ------
    OutputError
        If it does not.

    Examples
    --------
    >>> check_vector_path(Path("Alder.shp"))
    Traceback (most recent call last):
        ...
    riverscape.errors.OutputError: Alder.shp: polygons are written as .gpkg, .fgb, .geojson
    """
    if path.suffix.lower() not in FORMATS:
        message = f"{path}: polygons are written as {', '.join(FORMATS)}"
        raise OutputError(message)


@contextmanager
def vector_writer(path: Path, wkt: str | None) -> Iterator["VectorWriter"]:
    """Write polygons, whole or not at all.

    They go to a GeoPackage aside, which takes them bit by bit; other formats, which do not, are
    made of it at the end.

    Parameters
    ----------
    wkt
        The coordinate system.

    Raises
    ------
    MissingExtraError
        If pyogrio is not installed.
    OutputError
        If the name has none of the suffixes, or the file cannot be written.
    """
    check_vector_path(path)
    try:
        from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
    except ImportError as error:
        purpose = "writing polygons"
        raise MissingExtraError(purpose, "vector") from error
    driver = FORMATS[path.suffix.lower()]
    with whole_file(path) as aside:
        package = aside if driver == "GPKG" else aside.with_suffix(".gpkg")
        try:
            writer = VectorWriter(package, wkt)
            yield writer
            writer.close()
            if driver != "GPKG":
                _copy(package, aside, driver, wkt)
        except (DataSourceError, DataLayerError, FeatureError, GeometryError) as error:
            said = " ".join(str(error).split())
            message = f"{path} cannot be written, perhaps for lack of disk space: {said}"
            raise OutputError(message) from error
        finally:
            _remove(package, keep=aside)


class VectorWriter:
    """Takes polygons with their fields."""

    def __init__(self, package: Path, wkt: str | None) -> None:
        self._package, self._wkt = package, wkt
        self._shapes: list[NDArray[np.object_]] = []
        self._fields: list[dict[str, NDArray[Any]]] = []
        self._waiting = self._points = 0
        self._begun = False

    def add(self, shapes: NDArray[np.object_], fields: Mapping[str, NDArray[Any]]) -> None:
        """Add polygons, (polygon,), with the values of each of their fields, (polygon,)."""
        import shapely

        self._shapes.append(shapes)
        self._fields.append(dict(fields))
        self._waiting += len(shapes)
        self._points += int(shapely.get_num_coordinates(shapes).sum())
        if self._waiting >= _BATCH or self._points >= _BATCH_POINTS:
            self._write()

    def close(self) -> None:
        """Write what has not been written."""
        if self._shapes or not self._begun:
            self._write()

    def _write(self) -> None:
        import shapely
        from pyogrio.raw import write

        names = list(self._fields[0])
        geometry = shapely.to_wkb(np.concatenate(self._shapes))
        values = [np.concatenate([fields[name] for fields in self._fields]) for name in names]
        self._shapes, self._fields, self._waiting, self._points = [], [], 0, 0
        with _without_crs_it_is_silent():
            write(
                self._package, geometry, values, names, layer=LAYER, driver="GPKG",
                geometry_type="Polygon", crs=self._wkt, append=self._begun,
            )  # fmt: skip
        self._begun = True


def _copy(package: Path, path: Path, driver: str, wkt: str | None) -> None:
    """Write the polygons of a GeoPackage in another format, some at a time."""
    from pyogrio.raw import open_arrow, write_arrow

    options = _GEOJSON if driver == "GeoJSON" and wkt else {}
    with (
        _without_crs_it_is_silent(),
        open_arrow(package, layer=LAYER, batch_size=_COPIED, use_pyarrow=False) as (meta, stream),
    ):
        write_arrow(
            stream, path, layer=LAYER, driver=driver, geometry_type="Polygon", crs=wkt,
            geometry_name=meta["geometry_name"] or "wkb_geometry", layer_options=options,
        )  # fmt: skip


@contextmanager
def _without_crs_it_is_silent() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided", UserWarning)
        yield


def _remove(package: Path, keep: Path) -> None:
    """Remove what GDAL may have left beside a GeoPackage, and that itself where it was a step."""
    for ending in ("", "-journal", "-wal", "-shm"):
        file = package.with_name(package.name + ending)
        if file != keep:
            with suppress(OSError):
                os.unlink(file)
