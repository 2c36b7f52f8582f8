"""A small picture of an image, as the model sees it."""

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Raster
from riverscape.maps import ClassMap
from riverscape.tiles import ModelContract

__all__ = ["photograph"]


def photograph(
    raster: Raster,
    contract: ModelContract,
    value_range: tuple[float, float] | None,
    class_map: ClassMap,
    longest_px: int = 900,
) -> NDArray[np.uint8]:
    """Return an image reduced to what a figure shows, (row, col, 3), black where it has no data.

    It shows the levels of the model's first three bands, or of its only one.

    Parameters
    ----------
    raster
        The image, with the model's bands.
    class_map
        A small copy of its map, which tells where there is no data.
    longest_px
        The longer side, at most.

    Raises
    ------
    InputError
        If the image cannot be read.
    """
    levels = contract.levels(raster.preview(longest_px), value_range)
    bands = levels[:3] if len(levels) >= 3 else levels[[0, 0, 0]]
    rows, cols = (
        np.arange(length) * there // length
        for length, there in zip(bands.shape[1:], class_map.codes.shape, strict=True)
    )
    holds_data = class_map.codes[np.ix_(rows, cols)] > 0
    return np.ascontiguousarray(np.where(holds_data[..., None], np.moveaxis(bands, 0, 2), 0))
