"""A look at an image's file before anything is done: how large it is, how much of it is data."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from riverscape.errors import InputError
from riverscape.imagery import ImageSettings, Raster, Source, Window, open_raster
from riverscape.imagery.sources import is_one_file
from riverscape.workflow import bytes_per_px

__all__ = ["Look", "look_at", "look_if_there", "sampled_shares", "sampled_valid_share"]

# Places that an image is looked at, along each side, and how large they are: a block or two of
# the file each, so that the largest image takes a second or two.
_PLACES, _PLACE_PX = 12, 64
# More of them where fewer than one in so many hold data and the file is on this machine: of a
# river's swath in 300,000 px a side the few would see nothing. Empty blocks are read at once.
# Anywhere in their fields: a straight swath may lie between all rows of places. Not where each
# place decodes whole rows of the file.
_MANY_PLACES, _FEW = 60, 20
# Smaller images are taken to be all data: it makes no difference.
_WORTH_A_LOOK_PX = 50_000_000


@dataclass(frozen=True)
class Look:
    """What a look at an image told.

    Attributes
    ----------
    identity
        A digest that is the same as long as the image is, had without reading it.
    read_as
        A digest of what the image says of its pixels: type, bands, no data, place.
    bytes_per_px
        What a pixel takes in the file, uncompressed.
    valid_share
        Share of the pixels that hold data, estimated where the image is large.
    parts
        The files that a VRT shows as one image.
    is_one_file
        Whether all its pixels, and what masks them, are in one file on disk.
    """

    shape: tuple[int, int]
    identity: str
    bytes_per_px: int
    valid_share: float
    parts: tuple[str, ...] = ()
    read_as: str = ""
    is_one_file: bool = False

    @property
    def size_px(self) -> int:
        """Number of pixels."""
        return self.shape[0] * self.shape[1]


def look_at(source: Source, settings: ImageSettings) -> Look:
    """Look at an image, however large, in a second or two.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    with open_raster(source, settings) as raster:
        large = raster.height_px * raster.width_px >= _WORTH_A_LOOK_PX
        valid_share = sampled_valid_share(raster) if large else 1.0
        parts = _parts(source, raster)
        return Look(
            raster.shape,
            raster.identity(),
            bytes_per_px(raster),
            valid_share,
            parts,
            raster.read_as(),
            isinstance(source, Path) and is_one_file(raster.files),
        )


def look_if_there(source: Source, settings: ImageSettings) -> Look | None:
    """Look at an image; None if it cannot be opened."""
    with suppress(InputError):
        return look_at(source, settings)
    return None


def _parts(source: Source, raster: Raster) -> tuple[str, ...]:
    if not str(source).lower().endswith(".vrt"):
        return ()
    return tuple(file for file in raster.files if not file.lower().endswith(".vrt"))


def sampled_valid_share(raster: Raster) -> float:
    """Return about which share of an image holds data, from places spread evenly over it.

    Raises
    ------
    InputError
        If the image is damaged.
    """
    if not raster.may_lack_data:
        return 1.0
    return float(np.mean(list(sampled_shares(raster).values())))


def sampled_shares(raster: Raster) -> dict[Window, float]:
    """Return places spread evenly over an image, and which share of each holds data.

    Raises
    ------
    InputError
        If the image is damaged.
    """
    shares = _shares(raster, _places(raster.shape))
    hold_data = sum(share > 0 for share in shares.values())
    is_at_hand = raster.size_bytes is not None and not raster.is_row_wise
    if is_at_hand and hold_data * _FEW < len(shares):
        shares = _shares(raster, _scattered(raster.shape))
    return shares


def _shares(raster: Raster, at: list[Window]) -> dict[Window, float]:
    return {place: float(raster.read_valid(place).mean()) for place in at}


def _scattered(shape: tuple[int, int]) -> list[Window]:
    """Return small windows, one anywhere in each field of a fine grid; the same every time."""
    rng = np.random.default_rng(0)
    sides = [min(_PLACE_PX, length) for length in shape]
    fields = np.indices((_MANY_PLACES, _MANY_PLACES)).reshape(2, -1).T
    room = np.subtract(shape, sides) / _MANY_PLACES
    corners = ((fields + rng.random(fields.shape)) * room).astype(int)
    return [Window(int(top), int(left), *sides) for top, left in corners]


def _places(shape: tuple[int, int]) -> list[Window]:
    """Return small windows in the middles of the fields of a grid.

    >>> [place.top for place in _places((50, 7000))][::12]
    [0]
    """
    tops, lefts = (
        sorted({max(0, int(length * (n + 0.5) / _PLACES) - _PLACE_PX // 2) for n in range(_PLACES)})
        if length > _PLACES * _PLACE_PX
        else [0]
        for length in shape
    )
    # A side that is no longer than the places together is looked at whole.
    height, width = (_PLACE_PX if length > _PLACES * _PLACE_PX else length for length in shape)
    return [Window(top, left, height, width) for top in tops for left in lefts]
