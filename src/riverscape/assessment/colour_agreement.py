"""Whether labels agree with the colours that their class has elsewhere in the survey."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "colour_agreement"]

Colours = NDArray[np.float32]  # (pixel, band)


@dataclass(frozen=True)
class Agreement:
    """How the labels of one class in one image agree with the colours of the classes.

    Attributes
    ----------
    other_share
        Share of its pixels whose colour is likelier in another class.
    likest
        The class that most of them are likest; its own where they agree.
    """

    other_share: float
    likest: int


def colour_agreement(
    samples: Mapping[tuple[str, int], Colours],
) -> dict[tuple[str, int], Agreement]:
    """Return for each image and class how its labels agree with the colours of all.

    Each class is a Gaussian of the colours that all images together give it, each image the same
    weight for the same number of pixels; a pixel belongs to the class whose Gaussian is highest
    there, all classes being as frequent. So labels that are wrong in one image of many stand out;
    in a single image, or where most images err alike, they do not.

    Parameters
    ----------
    samples
        By image and class code colours of as many bands each, (pixel, band).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> def drawn(level: float) -> Colours:
    ...     return rng.normal(level, 5, (99, 3)).astype(np.float32)
    >>> samples = {(name, code): drawn(60 * code) for name in "abcdef" for code in (1, 2)}
    >>> samples["g", 2] = drawn(60)
    >>> found = colour_agreement(samples)
    >>> found["a", 2], found["g", 2].likest
    (Agreement(other_share=0.0, likest=2), 1)
    """
    codes = sorted({code for _, code in samples})
    gaussians = [
        _Gaussian.of(np.concatenate([own for (_, c), own in samples.items() if c == code]))
        for code in codes
    ]
    found = {}
    for (image, code), colours in samples.items():
        heights = np.stack([gaussian.log_height(colours) for gaussian in gaussians])
        highest = np.bincount(heights.argmax(axis=0), minlength=len(codes))
        own = highest[codes.index(code)] / len(colours)
        found[image, code] = Agreement(float(1 - own), codes[int(highest.argmax())])
    return found


@dataclass(frozen=True, eq=False)
class _Gaussian:
    mean: NDArray[np.float64]
    inverse: NDArray[np.float64]
    log_volume: float

    @classmethod
    def of(cls, colours: Colours) -> "_Gaussian":
        values = colours.astype(np.float64)
        mean = values.mean(axis=0)
        apart = values - mean
        spread = apart.T @ apart / len(values)
        # Of one colour, or of as few as there are bands, nothing could be inverted.
        least = 1e-4 * max(float(np.abs(values).max()), 1e-12)
        spread += least**2 * np.eye(len(mean))
        return cls(mean, np.linalg.inv(spread), float(np.linalg.slogdet(spread)[1]))

    def log_height(self, colours: Colours) -> NDArray[np.float64]:
        apart = colours - self.mean
        distance = ((apart @ self.inverse) * apart).sum(axis=1)
        return np.asarray(-0.5 * (distance + self.log_volume))
