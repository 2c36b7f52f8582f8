"""An image on disk, opened once: its pixels by rows, its validity, its place on Earth."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window
from scipy import ndimage

from riverscape.errors import InputError

__all__ = ["Raster", "filled", "open_raster"]

logger = logging.getLogger(__name__)

_UPRIGHT = ("", "1", "TOP_LEFT")


@dataclass(frozen=True)
class Raster:
    """An open image.

    Rows and columns are the file's own: EXIF orientation is not applied, because label rasters
    and maps share the file's rows and columns. An alpha band is a mask, never a band of colour.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "Alder_0001.tif"
    >>> with rasterio.open(
    ...     path, "w", driver="GTiff", height=60, width=80, count=3, dtype="uint8"
    ... ) as file:
    ...     file.write(np.full((3, 60, 80), 7, np.uint8))
    >>> with open_raster(path) as raster:
    ...     raster.shape, raster.band_count, raster.read().shape
    ((60, 80), 3, (3, 60, 80))
    """

    path: Path
    height_px: int
    width_px: int
    bands: tuple[int, ...]
    band_names: tuple[str, ...]
    dtype: str
    transform: Any
    crs: Any
    _file: Any

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height_px, self.width_px

    @property
    def band_count(self) -> int:
        """Number of bands of colour, alpha not counted."""
        return len(self.bands)

    def read(self, rows: slice = slice(None)) -> NDArray[Any]:
        """Return the pixels of `rows` as (band, row, col).

        Raises
        ------
        InputError
            If the file is damaged.
        """
        return self._guarded(lambda: self._file.read(self.bands, window=self._window(rows)))

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
            lambda: self._file.read(self.bands, out_shape=shape, resampling=Resampling.average)
        )

    def read_valid(self, rows: slice = slice(None)) -> NDArray[np.bool_]:
        """Return where `rows` hold data, as (row, col): alpha, mask band and nodata value agree.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        flags = {flag for band in self._file.mask_flag_enums for flag in band}
        start, stop, _ = rows.indices(self.height_px)
        if flags == {MaskFlags.all_valid}:
            return np.ones((stop - start, self.width_px), bool)
        mask = self._guarded(lambda: self._file.dataset_mask(window=self._window(rows)))
        return np.asarray(mask) > 0

    def _window(self, rows: slice) -> Window:
        start, stop, _ = rows.indices(self.height_px)
        return Window(0, start, self.width_px, stop - start)

    def _guarded(self, read: Any) -> NDArray[Any]:  # noqa: ANN401
        try:
            return np.asarray(read())
        except (RasterioError, MemoryError) as error:
            message = f"{self.path} is damaged or too large to read: {_one_line(error)}"
            raise InputError(message) from error


@contextmanager
def open_raster(path: Path | str) -> Iterator[Raster]:
    """Open an image.

    Raises
    ------
    InputError
        If the file is missing or no image that can be read.
    """
    path = Path(path)
    if not path.is_file():
        message = f"{path} does not exist" if not path.exists() else f"{path} is not a file"
        raise InputError(message)
    # GDAL's fast path for whole PNG images fills the rows that a truncated file lacks with
    # unset memory and says nothing. Asked for when the file is opened and when it is read.
    settings = rasterio.Env(GDAL_PNG_WHOLE_IMAGE_OPTIM="NO")
    try:
        with warnings.catch_warnings(), settings:
            # A photograph has no georeference; that is no fault to warn of.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            file = rasterio.open(path)
    except RasterioError as error:
        message = f"{path} is not an image that can be read: {_one_line(error)}"
        raise InputError(message) from error
    with file, settings:
        # Once for each image, however often it is opened.
        _warn_if_turned(path, file.tags().get("EXIF_Orientation", "").strip())
        bands = tuple(
            band
            for band, role in zip(file.indexes, file.colorinterp, strict=True)
            if role != ColorInterp.alpha
        )
        yield Raster(
            path=path,
            height_px=file.height,
            width_px=file.width,
            bands=bands,
            band_names=tuple(file.descriptions[band - 1] or f"band {band}" for band in bands),
            dtype=file.dtypes[0],
            transform=file.transform,
            crs=file.crs,
            _file=file,
        )


def filled(pixels: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the image with every invalid pixel replaced by the nearest valid one.

    What lies outside the valid area, mostly black, would else enter tiles and medians at its
    border as if it were dark ground.

    Examples
    --------
    >>> filled(np.array([[[7, 0, 0, 9]]]), np.array([[True, False, False, True]]))
    array([[[7, 7, 9, 9]]])
    """
    if valid.all() or not valid.any():
        return pixels
    rows, cols = ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return pixels[:, rows, cols]


@cache
def _warn_if_turned(path: Path, orientation: str) -> None:
    if orientation not in _UPRIGHT:
        logger.warning(
            "%s carries EXIF orientation %s, which is not applied: rows and columns of the map "
            "are those of the file",
            path,
            orientation,
        )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
