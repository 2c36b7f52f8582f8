"""How much memory the maps of an image take, known before they are made."""

import math

from riverscape.pixels import MOST_COLOURS, layer_band_names
from riverscape.settings import Settings
from riverscape.tiles import ModelContract
from riverscape.workflow.labelling import CLEANED_PX, STRIP_PX
from riverscape.workflow.resources import BASE_MB, held_bytes

__all__ = ["needed_mb"]

# Of each tile and class: probabilities, and the blocks made of them.
_TILE_BYTES = 12
# Strips of maps: one that is written, one ahead, and those of overviews.
_STRIPS_HELD = 3
# Up to so many values of a pixel an image has few colours, which are in the base; of more, nearly
# every pixel has its own. Bytes of one, while tables are added up: measured with 12 bands.
_FEW_FEATURES = 3
_COLOUR_BYTES = 400


def needed_mb(
    shape: tuple[int, int],
    file_bytes_per_px: int,
    side_px: int,
    contract: ModelContract,
    settings: Settings,
) -> float:
    """Return the memory that an image takes by windows of that side, 10^6 bytes, about.

    Beside the windows, what is known of every tile is held, strips of the maps that are written
    and, where phase 2 sees more than a few values of a pixel, the table of their colours.

    Parameters
    ----------
    shape
        Rows and columns of the image.
    file_bytes_per_px
        What a pixel takes in the image's file, uncompressed, its mask included.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> contract = load_model().contract
    >>> sides = 10_000, 40_000, 300_000
    >>> [round(needed_mb((side, side), 4, 1024, contract, Settings())) for side in sides]
    [653, 889, 10175]
    """
    classes, pixels = len(contract.scheme), settings.pixels
    if pixels.despeckle_px > 1:
        side_px = max(side_px, CLEANED_PX)
    held_px = min(side_px**2, math.prod(shape))
    stride_px = settings.tiles.stride_px or contract.tile_px // 2
    tiles = math.prod(shape) / stride_px**2
    layers = (layer_band_names(layer, contract.scheme.names) for layer, on in settings.layers if on)
    bands = 2 + sum(map(len, layers))
    features = len(pixels.features) * len(contract.bands)
    many = features > _FEW_FEATURES and pixels.classifier != "patch"
    colours = min(MOST_COLOURS, math.prod(shape)) if many else 0
    return BASE_MB + 1e-6 * (
        held_px * held_bytes(file_bytes_per_px)
        + tiles * classes * _TILE_BYTES
        + _STRIPS_HELD * STRIP_PX * shape[1] * bands
        + colours * _COLOUR_BYTES
    )
