"""The patch classifier: a compact CNN on the square around each pixel.

After the phase 2 of Marochov et al. 2021 (The Cryosphere 15:5041) and Miyamoto & Ishii 2023. Their
network is one convolution of 32 linear filters as large as the patch, then dense layers of 64, 32
and 16 units. Linear filters over the whole patch followed by a dense layer are together one dense
layer on the patch's pixels: the network is a multilayer perceptron.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.pixels.patch_network import BLOCK_PX, PatchNetwork, one_blas_thread
from riverscape.pixels.patch_sample import PatchSample
from riverscape.pixels.settings import Balance

__all__ = ["PatchClassifier", "PatchEvidence"]

_LEAST_PX, _MOST_PX = 3, 15
# Most bytes of the patches that teach, whatever the bands and classes: it takes 60 classes of
# four bands at 15 px to draw fewer than 5,000 of each.
_SAMPLE_BYTES = 1 << 28
# As published: what the squares of the weights cost (there in the layer of 64 units, here in all),
# and Adam's rate. A batch of 200: 100 and 500 score alike.
_L2, _RATE, _BATCH = 1e-3, 1e-3, 200
# Blocks of rows that are asked for at a time.
_STRIP_BLOCKS = 8
# Batches that are standardised at a time.
_BATCHES = 20
# Power of its weight in the image by which a class counts.
_PRIOR_POWERS: dict[Balance, float] = {"none": 1.0, "root": 0.5, "full": 0.0}


@dataclass(frozen=True, eq=False)
class PatchEvidence:
    """What a fitted network says of each pixel by the square around it.

    Attributes
    ----------
    pixels
        The image, (band, row, col), held by reference.
    taught
        Positions of the classes that were taught, ascending.
    network
        Decides between them; None where there are fewer than two.
    origin
        Row and column of the first pixel in the image, whose blocks these are parts of.
    """

    pixels: NDArray[np.uint8]
    taught: NDArray[np.intp]
    network: PatchNetwork | None
    origin: tuple[int, int] = (0, 0)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        _, height_px, width_px = self.pixels.shape
        return height_px, width_px

    @property
    def strip_px(self) -> int:
        """Rows that are best asked for at a time: what a halo adds is computed in whole blocks."""
        return _STRIP_BLOCKS * BLOCK_PX

    def probabilities(self, rows: slice) -> NDArray[np.float32]:
        """Return the probabilities of the taught classes, (class, row, col), none of them 0."""
        return np.exp(self.scores(rows))

    def scores(self, rows: slice) -> NDArray[np.float32]:
        """Return logarithms of probabilities of the taught classes, (class, row, col).

        A row has the same bytes whatever rows are asked for with it. Whole blocks of `BLOCK_PX`
        rows are computed: strips of a multiple of it waste nothing.
        """
        height_px, width_px = self.shape
        start, stop, _ = rows.indices(height_px)
        result = np.zeros((len(self.taught), max(stop - start, 0), width_px), np.float32)
        if self.network is None:
            return result
        with one_blas_thread():
            for top in _block_starts(start, stop, self.origin[0]):
                rows_here, down = _overlap(top, start, stop)
                for left in _block_starts(0, width_px, self.origin[1]):
                    cols_here, across = _overlap(left, 0, width_px)
                    window = _window(self.pixels, top, left, self.network.halo_px)
                    block = self.network.log_probabilities(window)
                    result[:, rows_here, cols_here] = block[:, down, across]
        return result


@dataclass(frozen=True)
class PatchClassifier:
    """A perceptron on the square around each pixel.

    Parameters
    ----------
    size_px
        Side of the square: 3, 5, 7 or 15 as published, any odd number between.
    seed
        Same seed, same weights, whatever the number of threads.
    samples_per_class
        Most pixels of a class that are drawn to teach. Measured on six photographs with 7 px
        patches and no context, weighted F1 was 0.987 with 3,000, 0.990 with 10,000 and 0.990
        with 30,000; published are 500,000.
    layers
        Units of each hidden layer, as published.
    passes
        Passes over the sample. Measured as above: 0.987 with 5, 0.990 with 10, 0.990 with 20.
    balance
        Weight of the classes, whose samples are alike: "none" takes them as they come in the
        image, "root" by the square root of their weight, "full" alike. Measured as above: 0.991,
        0.990, 0.976.

    Raises
    ------
    SettingsError
        If the side is even or out of range, or the balance is one of tables only.
    """

    size_px: int = 7
    seed: int = 0
    samples_per_class: int = 10_000
    layers: tuple[int, ...] = (64, 32, 16)
    passes: int = 10
    balance: Balance = "root"

    def __post_init__(self) -> None:
        if not (_LEAST_PX <= self.size_px <= _MOST_PX and self.size_px % 2):
            message = (
                f"the side of a patch is an odd number of pixels from {_LEAST_PX} to {_MOST_PX}, "
                f"not {self.size_px}; set patch_px to 3, 5, 7 or 15"
            )
            raise SettingsError(message)
        if self.balance not in _PRIOR_POWERS:
            message = (
                f"the classifier patch cannot balance its classes by {self.balance!r}; "
                f"set balance to one of {', '.join(_PRIOR_POWERS)}"
            )
            raise SettingsError(message)

    def sample(self, classes: int, bands: int) -> PatchSample:
        """Return an empty sample for an image of so many classes and bands."""
        patch_bytes = bands * self.size_px**2
        most = min(self.samples_per_class, max(_SAMPLE_BYTES // (patch_bytes * classes), 1))
        return PatchSample(classes, most, self.seed, self.size_px)

    def fit(self, sample: PatchSample) -> PatchNetwork | None:
        """Learn a bounded sample of an image's pixels, the same number of each class.

        Where no more than one class is taught there is nothing to learn, and no network: that
        class is the answer.
        """
        if len(sample.taught) < 2:
            return None
        labels, mean, deviation = sample.labels, sample.mean, sample.deviation
        estimator = self._trained(sample.patches, labels, mean, deviation)
        network = PatchNetwork.of(estimator, mean, deviation, self.size_px)
        # The network knows the classes as often as they were drawn.
        odds = _PRIOR_POWERS[self.balance] * np.log(sample.totals) - np.log(np.bincount(labels))
        return network.weighed(odds.astype(np.float32))

    def _trained(
        self,
        patches: NDArray[np.uint8],
        labels: NDArray[np.intp],
        mean: NDArray[np.float32],
        deviation: NDArray[np.float32],
    ) -> Any:  # noqa: ANN401
        """Return a perceptron fitted on patches (n, band, row, col), standardised as it reads."""
        from sklearn.neural_network import MLPClassifier

        samples = len(patches)
        batch = min(_BATCH, samples)
        estimator = MLPClassifier(
            self.layers,
            # scikit-learn adds alpha / (2 * batch) times the squares of the weights to the loss.
            alpha=2 * _L2 * batch,
            batch_size=batch,
            learning_rate_init=_RATE,
            shuffle=False,
            random_state=self.seed,
        )
        flat = patches.reshape(samples, -1)
        means, deviations = (np.repeat(each, self.size_px**2) for each in (mean, deviation))
        classes, generator = np.arange(labels.max() + 1), np.random.default_rng(self.seed)
        with one_blas_thread():
            for _ in range(self.passes):
                # What fills no whole batch waits for another pass: in a batch of few, alpha would
                # outweigh them.
                order = generator.permutation(samples)[: samples - samples % batch]
                for start in range(0, len(order), _BATCHES * batch):
                    chunk = order[start : start + _BATCHES * batch]
                    standard = (flat[chunk] - means) / deviations
                    estimator.partial_fit(standard, labels[chunk], classes=classes)
        return estimator


def _block_starts(start: int, stop: int, origin: int) -> range:
    """Return where the blocks begin that hold pixels start..stop of an array at `origin`."""
    return range(start - (start + origin) % BLOCK_PX, stop, BLOCK_PX)


def _overlap(begin: int, start: int, stop: int) -> tuple[slice, slice]:
    """Return what a block at `begin` shares with start..stop, counted from `start` and in it."""
    first, last = max(begin, start), min(begin + BLOCK_PX, stop)
    return slice(first - start, last - start), slice(first - begin, last - begin)


def _window(pixels: NDArray[np.uint8], top: int, left: int, halo_px: int) -> NDArray[np.uint8]:
    """Return a block's pixels and those around it; edges repeat their last pixel."""
    _, height_px, width_px = pixels.shape
    along = np.arange(-halo_px, BLOCK_PX + halo_px)
    rows = (top + along).clip(0, height_px - 1)
    cols = (left + along).clip(0, width_px - 1)
    return pixels[:, rows[:, None], cols]
