"""How sure a map is of each pixel: confidence, probabilities and uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Strip, map_parts
from riverscape.pixels.posterior import Posterior
from riverscape.pixels.settings import LayerSettings

__all__ = ["Layers", "describe_pixels", "layer_band_names"]

_CONFIDENCE_BANDS = ("confidence, per cent",)
_UNCERTAINTY_BANDS = (
    "entropy, per cent",
    "margin, per cent",
    "disagreement of the two phases, per cent",
)

_NO_DATA = np.uint8(255)
_PER_CENT = np.float32(100)
_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True, eq=False)
class Layers:
    """What was asked for beside the class map; percentages 0..100, uint8, 255 where no data.

    What was not asked for is None.

    Attributes
    ----------
    confidence
        Probability of the chosen class, (row, col).
    probabilities
        Probability of each class of the scheme, (class, row, col); 0 for classes not taught.
    uncertainty
        Entropy, margin and disagreement of the two phases, (3, row, col).
    """

    confidence: NDArray[np.uint8] | None = None
    probabilities: NDArray[np.uint8] | None = None
    uncertainty: NDArray[np.uint8] | None = None

    @classmethod
    def of_bands(cls, bands: Mapping[str, NDArray[np.uint8]]) -> Self:
        """Build layers of bands (band, row, col) by their names in the settings."""
        confidence = bands.get("confidence")
        return cls(
            None if confidence is None else confidence[0],
            bands.get("probabilities"),
            bands.get("uncertainty"),
        )

    @property
    def bands(self) -> dict[str, NDArray[np.uint8]]:
        """What was asked for, (band, row, col), by its name in the settings.

        Examples
        --------
        >>> layers = Layers(confidence=np.array([[70, 30]], np.uint8))
        >>> {name: bands.shape for name, bands in layers.bands.items()}
        {'confidence': (1, 1, 2)}
        """
        confidence = None if self.confidence is None else self.confidence[None]
        layers = zip(
            ("confidence", "probabilities", "uncertainty"),
            (confidence, self.probabilities, self.uncertainty),
            strict=True,
        )
        return {name: bands for name, bands in layers if bands is not None}


def layer_band_names(layer: str, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return what the bands of a layer mean, by its name in the settings.

    Examples
    --------
    >>> layer_band_names("probabilities", ["water", "road"])
    ('water', 'road')
    """
    return {
        "confidence": _CONFIDENCE_BANDS,
        "probabilities": tuple(class_names),
        "uncertainty": _UNCERTAINTY_BANDS,
    }[layer]


def describe_pixels(
    posterior: Posterior,
    positions: NDArray[np.uint8],
    settings: LayerSettings,
    threads: int = 1,
) -> Layers:
    """Return how sure phase 2 is of each pixel of a map, as far as the settings ask for it.

    The entropy is that of the posterior, in per cent of the logarithm of the number of classes of
    the scheme: 0 where one class is certain, 100 where all are alike. The margin is the
    probability of the best class minus that of the second best. The disagreement of the two
    phases is the total variation distance, half the sum of the absolute differences, between what
    the tiles say of a pixel and what the pixels alone say of it: 0 where they say the same, 100
    where they name different classes for sure.

    Parameters
    ----------
    positions
        Position of each pixel's class in the final map, (row, col); positions beyond the classes
        mark pixels without data. Where nothing was taught no pixel has data.
    threads
        Their number does not change the result.

    Examples
    --------
    >>> from riverscape.pixels import ColourEvidence, Context
    >>> colours = np.array([[0.8, 0.2], [0.5, 0.5]], np.float32)
    >>> evidence = ColourEvidence(np.array([[0, 1, 1]], np.int32), colours, np.array([0, 1]))
    >>> tiles = Context(np.array([[[0.8, 0.2]]], np.float32), block_px=3, weight=0)
    >>> grey, valid = np.zeros((1, 3), np.uint8), np.array([[True, True, False]])
    >>> posterior, positions = Posterior(evidence, grey, valid, tiles), np.array([[0, 1, 255]])
    >>> settings = LayerSettings(confidence=True, uncertainty=True)
    >>> layers = describe_pixels(posterior, positions.astype(np.uint8), settings)
    >>> layers.confidence.tolist(), layers.uncertainty[:, 0].tolist()
    ([[80, 50, 255]], [[72, 100, 255], [60, 0, 255], [0, 30, 255]])
    """
    classes = posterior.context.probabilities.shape[2]
    layers = _without_data(positions.shape, classes, settings)
    taught = posterior.evidence.taught
    asked = settings.confidence or settings.probabilities or settings.uncertainty
    if not (asked and len(taught)):
        return layers
    pixels, tiles = _pixels_alone(posterior), _tiles_alone(posterior)

    def describe_strip(strip: Strip) -> None:
        chosen = positions[strip.rows]
        valid = chosen < classes
        shares = posterior.probabilities(strip)
        percentages = np.zeros((classes, *chosen.shape), np.uint8)
        percentages[taught] = _percentages(shares)
        if layers.confidence is not None:
            place = np.where(valid, chosen, 0)[None]
            (confidence,) = np.take_along_axis(percentages, place, axis=0)
            np.copyto(layers.confidence[strip.rows], confidence, where=valid)
        if layers.probabilities is not None:
            np.copyto(layers.probabilities[:, strip.rows], percentages, where=valid)
        if layers.uncertainty is not None:
            alone = Strip(strip.start, strip.stop, strip.start, strip.stop)
            apart = np.abs(pixels.probabilities(alone) - tiles.probabilities(alone))
            kinds = (_entropy(shares, classes), _margin(shares), apart.sum(axis=0) / 2)
            for band, kind in zip(layers.uncertainty, kinds, strict=True):
                np.copyto(band[strip.rows], _percentages(kind), where=valid)

    map_parts(describe_strip, posterior.strips(), threads)
    return layers


@dataclass(frozen=True, eq=False)
class _Silence:
    """Evidence that says the same of every class: what is left is what the tiles say."""

    shape: tuple[int, int]
    taught: NDArray[np.intp]
    strip_px: int

    def probabilities(self, rows: slice) -> NDArray[np.float32]:
        height_px = len(range(*rows.indices(self.shape[0])))
        return np.ones((len(self.taught), height_px, self.shape[1]), np.float32)


def _pixels_alone(posterior: Posterior) -> Posterior:
    silent = replace(posterior.context, weight=0.0)
    return replace(posterior, context=silent, smoothing="none")


def _tiles_alone(posterior: Posterior) -> Posterior:
    said = posterior.evidence
    evidence = _Silence(said.shape, said.taught, said.strip_px)
    plain = replace(posterior.context, weight=1.0)
    return replace(posterior, evidence=evidence, context=plain, smoothing="none")


def _without_data(shape: tuple[int, ...], classes: int, settings: LayerSettings) -> Layers:
    def empty(*bands: int) -> NDArray[np.uint8]:
        return np.full((*bands, *shape), _NO_DATA)

    return Layers(
        empty() if settings.confidence else None,
        empty(classes) if settings.probabilities else None,
        empty(len(_UNCERTAINTY_BANDS)) if settings.uncertainty else None,
    )


def _percentages(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(shares * _PER_CENT), np.uint8)


def _entropy(shares: NDArray[np.float32], classes: int) -> NDArray[np.float32]:
    """Return the entropy of shares (class, row, col), 1 where `classes` classes are alike."""
    total = np.zeros(shares.shape[1:], np.float32)
    for share in shares:
        total -= share * np.log(np.maximum(share, _TINY))
    # Of a single class nothing is uncertain; a rounded sum may pass either end by a hair.
    return np.asarray((total / np.float32(np.log(max(classes, 2)))).clip(0, 1))


def _margin(shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest of shares (class, row, col) minus the second largest."""
    best, second = shares[0], np.zeros_like(shares[0])
    for share in shares[1:]:
        second = np.maximum(second, np.minimum(best, share))
        best = np.maximum(best, share)
    return np.asarray(best - second)
