"""A perceptron that sees patches, swept over an image as the convolution it is.

Its first layer is a convolution of the image with one filter for each unit and band. Done with
Fourier transforms of small blocks, it costs the same for every size of patch; the layers after it
are small matrix products at each pixel. No patch is ever laid out.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.context import LEAST_PROBABILITY

__all__ = ["BLOCK_PX", "PatchNetwork", "one_blas_thread"]

# Side of the blocks an image is cut into, from its top left corner. Sums of floating-point numbers
# depend in their last bits on the shape that they are part of, so a pixel is always computed in
# the same block of the same shape. 64: what the first layer hands on stays in the processor's
# cache, and two blocks are a strip.
BLOCK_PX = 64
# Units of the first layer that are transformed back together: 0.5 MB of working space.
_UNITS = 16


@dataclass(frozen=True, eq=False)
class PatchNetwork:
    """The weights of a fitted perceptron on patches.

    Attributes
    ----------
    mean, deviation
        What standardises the pixels of each band, (band,).
    filters
        Weights of the first layer, (unit, band, row, col).
    weights
        Weights of the layers after it, each (unit, unit of the layer before); the last layer has
        a unit for each class.
    biases
        Of every layer, each (unit,).
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    filters: NDArray[np.float32]
    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]

    @classmethod
    def of(
        cls,
        estimator: Any,  # noqa: ANN401
        mean: NDArray[np.float32],
        deviation: NDArray[np.float32],
        size_px: int,
    ) -> Self:
        """Take over a scikit-learn MLPClassifier of rectified linear units.

        Parameters
        ----------
        estimator
            Fitted on standardised patches (n, band * row * col) of two classes or more.
        mean, deviation
            What standardised the pixels of each band, (band,).
        size_px
            Side of the patches.
        """
        layers = [np.asarray(layer.T, np.float32) for layer in estimator.coefs_]
        biases = [np.asarray(bias, np.float32) for bias in estimator.intercepts_]
        if len(estimator.classes_) == 2:
            # Its one output is the logit of the second class: the first one's is 0.
            layers[-1] = np.concatenate([np.zeros_like(layers[-1]), layers[-1]])
            biases[-1] = np.concatenate([np.zeros_like(biases[-1]), biases[-1]])
        first, *weights = layers
        filters = first.reshape(-1, len(mean), size_px, size_px)
        contiguous = tuple(np.ascontiguousarray(layer) for layer in weights)
        return cls(mean, deviation, filters, contiguous, tuple(biases))

    @property
    def halo_px(self) -> int:
        """Pixels that it sees beyond a block, on each side."""
        return int(self.filters.shape[-1]) // 2

    @cached_property
    def _side(self) -> int:
        from scipy import fft

        return int(fft.next_fast_len(BLOCK_PX + 2 * self.halo_px, real=True))

    @cached_property
    def _spectra(self) -> NDArray[np.complex64]:
        """The filters' Fourier transforms, (band, unit, row, col), turned round."""
        from scipy import fft

        # A filter is laid on the image unturned (a correlation): hence the conjugate.
        filters = self.filters.swapaxes(0, 1)
        return np.conj(fft.rfft2(filters, s=(self._side, self._side)))

    def weighed(self, odds: NDArray[np.float32]) -> Self:
        """Return the network with the logarithm of each class's odds raised, (class,)."""
        return replace(self, biases=(*self.biases[:-1], self.biases[-1] + odds))

    def log_probabilities(self, window: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the logarithms of the class probabilities of a block, (class, row, col).

        They are at least that of `LEAST_PROBABILITY`.

        Parameters
        ----------
        window
            The block's pixels and `halo_px` more on each side, (band, row, col).
        """
        found = self._first_layer(window)  # (unit, pixel)
        for weights, bias in zip(self.weights, self.biases[1:], strict=True):
            np.maximum(found, 0, out=found)
            found = weights @ found
            found += bias[:, None]
        found -= found.max(axis=0)
        found -= np.log(np.exp(found).sum(axis=0))
        np.maximum(found, np.log(np.float32(LEAST_PROBABILITY)), out=found)
        return found.reshape(-1, BLOCK_PX, BLOCK_PX)

    def _first_layer(self, window: NDArray[np.uint8]) -> NDArray[np.float32]:
        from scipy import fft

        side, spectra = (self._side, self._side), self._spectra
        standard = (window - self.mean[:, None, None]) / self.deviation[:, None, None]
        image = fft.rfft2(standard, s=side)
        result = np.empty((len(self.filters), BLOCK_PX, BLOCK_PX), np.float32)
        bias = self.biases[0][:, None, None]
        for start in range(0, len(result), _UNITS):
            units = slice(start, start + _UNITS)
            product = spectra[0, units] * image[0]
            for band in range(1, len(image)):
                product += spectra[band, units] * image[band]
            # Beyond the block the transform has wrapped round the image's window.
            whole = fft.irfft2(product, s=side, overwrite_x=True)
            np.add(whole[:, :BLOCK_PX, :BLOCK_PX], bias[units], out=result[units])
        return result.reshape(len(result), -1)


class _Limit:
    """How many calls want BLAS on one thread, and what restores its threads after the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._stack = ExitStack()

    def enter(self) -> None:
        from threadpoolctl import threadpool_limits

        with self._lock:
            self._calls += 1
            if self._calls == 1:
                self._stack.enter_context(threadpool_limits(1, user_api="blas"))

    def leave(self) -> None:
        with self._lock:
            self._calls -= 1
            if not self._calls:
                self._stack.close()


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep matrix products to one thread each, also where several threads enter at once.

    A product on two threads may differ from one on one thread in its last bits, and the threads
    would be in the way of those that the image's strips are spread over.
    """
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()
