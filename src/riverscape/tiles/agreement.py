"""Whether what a network was exported to answers as the network itself does."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from riverscape.errors import ModelError
from riverscape.tiles.networks import Network

__all__ = ["LARGEST_GAP", "check_agreement", "trial_windows"]

# Of probabilities. Rounding alone stays below 1e-6; a wrongly traced layer is far above.
LARGEST_GAP = 1e-4
_TRIAL_TILES = 3


def trial_windows(network: Network) -> Iterator[Tensor]:
    """Yield random pixels 0..1 (n, band, row, col): tiles, and a window where it takes them.

    They are the same each time.

    Examples
    --------
    >>> from riverscape.tiles.networks import CompactCNN
    >>> [tuple(window.shape) for window in trial_windows(CompactCNN(3, 5, 50))]
    [(3, 3, 50, 50), (1, 3, 60, 65)]
    """
    generator = torch.Generator().manual_seed(0)
    shapes = [(_TRIAL_TILES, network.tile_px, network.tile_px)]
    if network.stride_px is not None:
        side_px, step_px = network.tile_px, network.stride_px
        shapes.append((1, side_px + 2 * step_px, side_px + 3 * step_px))
    for count, height_px, width_px in shapes:
        noise = torch.rand(count, network.bands, height_px, width_px, generator=generator)
        # Tiles of different light: noise alone looks all the same to a network.
        yield noise * torch.rand(count, network.bands, 1, 1, generator=generator)


def check_agreement(
    network: Network, answer: Callable[[NDArray[np.float32]], NDArray[np.float32]], what: str
) -> None:
    """Check that `answer` gives the probabilities that the network gives.

    Parameters
    ----------
    network
        A network on the processor, in its state for prediction.
    answer
        Takes pixels 0..1 (n, band, row, col), returns probabilities as the network does.
    what
        What is compared, for the message.

    Raises
    ------
    ModelError
        If they are more than `LARGEST_GAP` apart, of another shape, or not finite.
    """
    for window in trial_windows(network):
        with torch.no_grad():
            expected = network(window).softmax(dim=1).numpy()
        if not np.isfinite(expected).all():
            message = "the network answers no finite numbers: its training went astray"
            raise ModelError(message)
        answered = answer(window.numpy())
        if answered.shape != expected.shape:
            message = f"{what} answers {answered.shape} where PyTorch answers {expected.shape}"
            raise ModelError(message)
        gap = float(np.abs(answered - expected).max())
        # Not `gap > LARGEST_GAP`, which would let NaN pass.
        if not gap <= LARGEST_GAP:
            message = (
                f"{what} answers {gap:.2g} apart from PyTorch, more than {LARGEST_GAP:g}: "
                "it is not the same network"
            )
            raise ModelError(message)
