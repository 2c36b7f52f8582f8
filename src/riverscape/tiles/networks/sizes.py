"""The size to which tiles are enlarged so that a body takes them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from riverscape.errors import SettingsError
from riverscape.tiles.networks.bodies import Body

__all__ = ["Fit", "fit_tiles"]

_COMMON_MULTIPLES = (14, 16)
_COARSE_PX = 32


@dataclass(frozen=True)
class Fit:
    """How tiles go into a body, and what comes out of it.

    Attributes
    ----------
    side_px
        Side that tiles are enlarged to.
    map_shape
        Shape of the feature map of one tile.
    features
        Number of pooled features.
    unused
        Names of the parameters that have no part in what comes out.
    """

    side_px: int
    map_shape: tuple[int, ...]
    features: int
    unused: frozenset[str]

    @property
    def map_features(self) -> int:
        """Numbers in the feature map of one tile."""
        return math.prod(self.map_shape)


def fit_tiles(make: Callable[[], Body], name: str, tile_px: int, takes_map: bool) -> Fit:
    """Find the smallest side, not below that of a tile, that a body takes.

    Tried are the tile as it is, the next multiples of 14, 16 and 32 px, further multiples of
    32 px, and last the side that the body was made for. It is tried on PyTorch's device "meta",
    where shapes are followed and nothing is computed.

    Parameters
    ----------
    make
        Makes the body anew.
    name
        What messages call it.
    takes_map
        Whether the feature map is what its head takes, not the pooled features.

    Raises
    ------
    SettingsError
        If it takes none.
    """
    with torch.device("meta"):
        body = make().eval()
        sides, reason = _sides(tile_px, body.own_px, body.patch_px), ""
        for side_px in sides:
            try:
                return _tried(body, side_px, takes_map)
            except Exception as error:  # models raise whatever they like
                reason = " ".join(str(error).split())
    message = (
        f"{name} takes no tiles of {tile_px} px, not even enlarged to {sides[-1]} px: {reason}"
    )
    raise SettingsError(message)


def _sides(tile_px: int, own_px: int, patch_px: int) -> list[int]:
    """Return the sides to try, the smallest first.

    Examples
    --------
    >>> _sides(50, own_px=160, patch_px=1)
    [50, 56, 64, 96, 128, 160]
    >>> _sides(50, own_px=224, patch_px=14)
    [56, 224]
    >>> _sides(300, own_px=224, patch_px=16)
    [304, 320]
    """
    sides = {_multiple(tile_px, patch_px)}
    sides |= {_multiple(tile_px, multiple) for multiple in (*_COMMON_MULTIPLES, _COARSE_PX)}
    sides |= set(range(_multiple(tile_px, _COARSE_PX), own_px, _COARSE_PX))
    if own_px >= tile_px:
        sides = {side for side in sides if side < own_px} | {own_px}
    return sorted(side for side in sides if side % patch_px == 0)


def _multiple(length_px: int, of_px: int) -> int:
    return -(-length_px // of_px) * of_px


def _tried(body: Body, side_px: int, takes_map: bool) -> Fit:
    body.set_size(side_px)
    body.zero_grad()
    features = body(torch.zeros(2, body.bands, side_px, side_px))
    if not isinstance(features, Tensor):
        message = f"it answers several feature maps ({type(features).__name__}), not one"
        raise TypeError(message)
    pooled = body.pooled(features)  # (n, feature)
    if pooled.ndim != 2:
        message = f"its pooled features have the shape {tuple(pooled.shape[1:])}"
        raise ValueError(message)
    (features if takes_map else pooled).sum().backward()  # type: ignore[no-untyped-call]
    unused = frozenset(name for name, value in body.named_parameters() if value.grad is None)
    return Fit(side_px, tuple(features.shape[1:]), pooled.shape[1], unused)
