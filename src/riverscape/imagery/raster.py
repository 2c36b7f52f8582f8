"""An open image: its pixels by windows, its validity, its place on Earth."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window as GdalWindow

from riverscape.errors import InputError
from riverscape.imagery.gdal import environment, in_words, with_parts
from riverscape.imagery.ground_control import GroundControl
from riverscape.imagery.sources import Source, digest, size_bytes
from riverscape.imagery.validity import Validity
from riverscape.imagery.window import Window

__all__ = ["Raster"]


@dataclass(frozen=True)
class Raster:
    """An open image.

    Rows and columns are the file's own: EXIF orientation is not applied, because label rasters
    and maps share the file's rows and columns. An alpha band is a mask, never a band of colour.

    Examples
    --------
    >>> import pathlib, rasterio, tempfile
    >>> from riverscape.imagery import open_raster
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "Alder_0001.tif"
    >>> with rasterio.open(
    ...     path, "w", driver="GTiff", height=60, width=80, count=3, dtype="uint8"
    ... ) as file:
    ...     file.write(np.full((3, 60, 80), 7, np.uint8))
    >>> with open_raster(path) as raster:
    ...     raster.shape, raster.band_count, raster.read(Window(10, 0, 5, 80)).shape
    ((60, 80), 3, (3, 5, 80))
    """

    path: Source
    height_px: int
    width_px: int
    bands: tuple[int, ...]
    band_names: tuple[str, ...]
    dtype: str
    transform: Any
    crs: Any
    gsd_m: float | None
    control: GroundControl
    block_shape: tuple[int, int]
    _validity: Validity
    _is_far: bool
    _file: Any

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height_px, self.width_px

    @property
    def band_count(self) -> int:
        """Number of bands of colour, alpha not counted."""
        return len(self.bands)

    @property
    def may_lack_data(self) -> bool:
        """Whether some pixels may hold no data; where not, nothing has to be looked up."""
        validity = self._validity
        return (
            validity.alpha is not None
            or validity.masked
            or any(value is not None for value in validity.nodata)
            or self.dtype[0] in "fc"
        )

    @property
    def is_placed(self) -> bool:
        """Whether it has a place on Earth: a transform, ground control points or a sensor model."""
        control = self.control
        return not self.transform.is_identity or bool(control.points) or control.rpcs is not None

    @property
    def is_row_wise(self) -> bool:
        """Whether the file stores whole rows: reading a part of them costs as much as all."""
        return self.block_shape[1] >= self.width_px

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it is made of, those of a VRT and of VRTs within it among them."""
        with environment(self._is_far):
            return with_parts(self._file.files)

    @property
    def size_bytes(self) -> int | None:
        """What the image takes where it lies, with all its parts; None if it is far away."""
        return size_bytes(self.files)

    @property
    def colours(self) -> tuple[str, ...]:
        """What the file says each band shows, in small letters: red, nir, grey, undefined."""
        return tuple(self._file.colorinterp[band - 1].name.lower() for band in self.bands)

    @property
    def nodata(self) -> tuple[float | None, ...]:
        """Each band's nodata value."""
        return self._validity.nodata

    def identity(self) -> str:
        """Return a digest that is the same as long as the image is.

        It is of the files' names, sizes and times of change, those of a VRT's parts included.
        Where a server tells no such thing, it is of a block of pixels from the middle.

        Raises
        ------
        InputError
            If the image cannot be read.
        """
        known, tells = digest(self.path, self.files)
        if tells:
            return known
        sums = hashlib.sha256(f"{known} {self.shape} {self.dtype}".encode())
        shape = (self.height_px, self.width_px)
        height_px, width_px = map(min, self.block_shape, shape)
        top, left = (shape[0] - height_px) // 2, (shape[1] - width_px) // 2
        sums.update(self.read(Window(top, left, height_px, width_px)).tobytes())
        return sums.hexdigest()

    def read_as(self) -> str:
        """Return a digest of what the image says of its pixels, in its files and beside them.

        It is of their type, bands, places without data, and place on Earth. Where it changes, the
        same pixels are read as another image.
        """
        said = (
            self.shape, self.dtype, self.bands, self.band_names, self.colours, self._validity,
            tuple(self.transform), self.crs.to_wkt() if self.crs else None, self.gsd_m,
        )  # fmt: skip
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def select(self, bands: Sequence[int]) -> Self:
        """Return the image with some of its bands, by their positions from 0, in any order.

        Raises
        ------
        IndexError
            If the image has no band at such a position.
        """
        positions = [range(self.band_count)[position] for position in bands]
        return replace(
            self,
            bands=tuple(self.bands[position] for position in positions),
            band_names=tuple(self.band_names[position] for position in positions),
            _validity=self._validity.of_bands(positions),
        )

    def read(self, window: Window | None = None) -> NDArray[Any]:
        """Return the pixels of a window, or of the whole image, as (band, row, col).

        Raises
        ------
        InputError
            If the file is damaged.
        """
        return self._read_bands(self.bands, window)

    def read_valid(self, window: Window | None = None) -> NDArray[np.bool_]:
        """Return where a window, or the whole image, holds data, as (row, col).

        Raises
        ------
        InputError
            If the file is damaged.
        """
        validity = self._validity
        by_pixels = any(value is not None for value in validity.nodata) or self.dtype[0] in "fc"
        if by_pixels:
            return self.read_with_valid(window)[1]
        valid = np.ones((window or Window.whole(self.shape)).shape, bool)
        if validity.alpha is not None:
            valid &= self._read_bands((validity.alpha,), window)[0] > 0
        return self._masked(valid, window)

    def read_with_valid(
        self, window: Window | None = None
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return the pixels of a window and where they hold data, read at once.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        validity = self._validity
        alpha = () if validity.alpha is None else (validity.alpha,)
        read = self._read_bands((*self.bands, *alpha), window)
        pixels = read[: self.band_count]
        valid = validity.of_pixels(pixels)
        if valid is None:
            valid = np.ones(pixels.shape[1:], bool)
        if alpha:
            valid &= read[-1] > 0
        return pixels, self._masked(valid, window)

    def preview(self, longest_px: int) -> NDArray[Any]:
        """Return the image reduced to at most `longest_px` a side, (band, row, col).

        Raises
        ------
        InputError
            If the file is damaged.
        """
        step = max(1.0, max(self.shape) / longest_px)
        shape = (self.band_count, *(max(1, round(length / step)) for length in self.shape))
        return self._guarded(
            lambda: self._file.read(
                self.bands, out_shape=shape, resampling=Resampling.average, out_dtype=self.dtype
            )
        )

    def _masked(self, valid: NDArray[np.bool_], window: Window | None) -> NDArray[np.bool_]:
        if not self._validity.masked:
            return valid
        mask = self._guarded(lambda: self._file.read_masks(self.bands[0], window=_as_gdal(window)))
        return valid & (mask > 0)

    def _read_bands(self, bands: Sequence[int], window: Window | None) -> NDArray[Any]:
        return self._guarded(
            lambda: self._file.read(list(bands), window=_as_gdal(window), out_dtype=self.dtype)
        )

    def _guarded(self, read: Callable[[], Any]) -> NDArray[Any]:
        try:
            # Settings of GDAL belong to a thread, and a reader may be another than the opener.
            with environment(self._is_far):
                return np.asarray(read())
        except (RasterioError, MemoryError) as error:
            why = "is damaged or too large to read"
            if self._is_far:
                why = "broke off; check the network and run again"
            message = f"{self.path} {why}: {in_words(error)}"
            raise InputError(message) from error


def _as_gdal(window: Window | None) -> GdalWindow | None:
    if window is None:
        return None
    return GdalWindow(window.left, window.top, window.width_px, window.height_px)
