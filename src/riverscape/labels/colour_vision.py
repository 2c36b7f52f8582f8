"""How far apart colours look, also to readers who lack one kind of cone."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["differences"]

# What protanopes, deuteranopes and tritanopes see of linear sRGB: Machado, Oliveira & Fernandes
# (2009), IEEE Transactions on Visualization and Computer Graphics 15(6), severity 1.0.
_VISIONS = (
    np.eye(3),
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
)
# Oklab, in which equal distances look about equal: Ottosson (2020), "A perceptual color space for
# image processing".
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def differences(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how far apart colours look to the reader who tells them apart least.

    Parameters
    ----------
    one, other
        Colours of sRGB, (n, 3) and (m, 3).

    Returns
    -------
        Distances in Oklab, (n, m): 1 from black to white, about 0.02 is the least that is seen.

    Examples
    --------
    >>> red, green, blue = np.array([[227, 26, 28], [63, 110, 63], [63, 180, 255]], np.uint8)
    >>> differences(red[None], np.array([green, blue])).round(2).tolist()
    [[0.06, 0.29]]
    """
    seen = zip(_seen(one), _seen(other), strict=True)
    apart = [np.linalg.norm(mine[:, None] - its[None], axis=2) for mine, its in seen]
    return np.asarray(np.min(apart, axis=0))


def _seen(colours: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """Return colours in Oklab, (n, 3), as each kind of reader sees them."""
    share = colours / 255.0
    # sRGB's transfer function, IEC 61966-2-1.
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return [
        np.cbrt((linear @ np.transpose(vision)).clip(0, 1) @ _TO_CONES.T) @ _TO_LAB.T
        for vision in _VISIONS
    ]
