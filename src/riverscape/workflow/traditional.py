"""The traditional way: the labels of some images teach a pixel classifier, which maps others."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError, SettingsError
from riverscape.imagery import filled, open_raster
from riverscape.labels import ClassScheme, LabelledImage, read_labels
from riverscape.pixels import (
    CLASSIFIER_NAMES,
    PIXEL_CLASSIFIERS,
    FittedClassifier,
    Spectra,
    SpectralTable,
    extract_features,
    pixel_classifier,
)
from riverscape.pixels.balance import class_weights, resampled
from riverscape.progress import Progress, stage
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow.resources import available_threads

__all__ = [
    "LabelledColours",
    "TaughtClassifier",
    "check_traditional",
    "each_left_out",
    "read_reference",
    "tables_of",
    "teach",
]

_UNLABELLED = 255


@dataclass(frozen=True, eq=False)
class LabelledColours:
    """The colours of an image and the labels of its pixels.

    Attributes
    ----------
    codes
        Class code of each pixel's label, (row, col); 0 is unlabelled.
    valid
        Where the image holds data, (row, col).
    seconds
        Time to read the image and find its colours.
    """

    spectra: Spectra
    codes: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    seconds: float

    @classmethod
    def of(cls, pair: LabelledImage, model: Model, settings: Settings) -> Self:
        """Read an image and its labels; features and bits are those of phase 2.

        Raises
        ------
        InputError
            If the image cannot be read or does not fit the model, or its labels cannot be read,
            do not fit or are empty.
        """
        codes = read_reference(pair, model.contract.scheme)
        started, threads = time.perf_counter(), available_threads()
        contract, chosen = model.contract, settings.image
        with open_raster(pair.image, chosen) as raster:
            pixels, valid = contract.chosen(raster, chosen).read_with_valid()
        # The model's levels: one means the same in every image.
        levels = filled(contract.levels(pixels, chosen.value_range), valid)
        raw = filled(pixels, valid)
        names = settings.pixels.features
        features = extract_features(levels, names, contract.bands, threads, raw)
        spectra = Spectra.of(features, settings.pixels.bits, threads)
        return cls(spectra, codes, valid, time.perf_counter() - started)

    def table(self, scheme: ClassScheme) -> SpectralTable:
        """Return how often each colour is labelled as each class; others have no row."""
        positions = scheme.positions[self.codes]
        positions[~self.valid] = _UNLABELLED
        return _labelled(self.spectra.tabulate(positions, len(scheme)))


@dataclass(frozen=True, eq=False)
class TaughtClassifier:
    """A pixel classifier that labels have taught.

    Attributes
    ----------
    present
        Positions of the classes that the labels hold: it answers no other.
    seconds
        Time to learn.
    """

    name: str
    fitted: FittedClassifier
    present: NDArray[np.intp]
    seconds: float

    def map_of(self, image: LabelledColours, scheme: ClassScheme) -> NDArray[np.uint8]:
        """Return the class codes of an image by colour alone, (row, col); 0 where no data.

        Neither tiles nor neighbours have a say.
        """
        probabilities = self.fitted.probabilities(image.spectra.rows)[:, self.present]
        best = self.present[probabilities.argmax(axis=1)]
        codes = np.array(scheme.codes, np.uint8)[best]
        return np.asarray(codes[image.spectra.index] * image.valid)


def check_traditional(name: str, seed: int) -> None:
    """Check that a pixel classifier can learn from other images.

    Raises
    ------
    SettingsError
        If there is none of that name, or it learns no table of colours.

    Examples
    --------
    >>> check_traditional("forest", seed=0)
    >>> check_traditional("patch", seed=0)
    Traceback (most recent call last):
        ...
    riverscape.errors.SettingsError: the pixel classifier patch cannot learn from other images: \
no table of colours holds what it sees; leave it out
    """
    if name in CLASSIFIER_NAMES and name not in PIXEL_CLASSIFIERS:
        message = (
            f"the pixel classifier {name} cannot learn from other images: no table of colours "
            "holds what it sees; leave it out"
        )
        raise SettingsError(message)
    pixel_classifier(name, seed)


def teach(name: str, table: SpectralTable, settings: Settings) -> TaughtClassifier:
    """Fit a pixel classifier on a table, with the balance of classes and the seed of phase 2.

    Raises
    ------
    InputError
        If the table is empty, or the classifier cannot learn so many bands.
    SettingsError
        If there is no such pixel classifier.
    """
    if not len(table.present):
        message = "the images to learn from hold no labelled pixel where they hold data"
        raise InputError(message)
    started = time.perf_counter()
    balance, seed = settings.teaching.balance, settings.pixels.seed
    lesson = resampled(table, seed) if balance == "smote-enn" else table
    weights = class_weights(lesson.class_totals, balance)
    fitted = pixel_classifier(name, seed).fit(lesson, weights)
    return TaughtClassifier(name, fitted, lesson.present, time.perf_counter() - started)


def tables_of(
    groups: Mapping[str, Sequence[LabelledImage]],
    model: Model,
    settings: Settings,
    progress: Progress,
) -> dict[str, SpectralTable]:
    """Return the table of all labelled pixels of each group of images.

    Tables add up: that of a group is the one that all its pixels in a list would give.

    Raises
    ------
    InputError
        If an image or its labels cannot be used.
    """
    tables: dict[str, SpectralTable] = {}
    with stage(progress, "reading labels", sum(map(len, groups.values()))):
        for name, pairs in groups.items():
            for pair in pairs:
                table = LabelledColours.of(pair, model, settings).table(model.contract.scheme)
                tables[name] = tables[name] + table if name in tables else table
                progress.advance(note=pair.name)
    return tables


def each_left_out(tables: Mapping[str, SpectralTable]) -> Iterator[tuple[str, SpectralTable]]:
    """Yield the name of each table, and the sum of all the others.

    Examples
    --------
    >>> one, two = (SpectralTable(np.array([[9]], np.uint8), np.array([[n]]), 8) for n in (3, 4))
    >>> [(name, rest.counts.tolist()) for name, rest in each_left_out({"a": one, "b": two})]
    [('a', [[4]]), ('b', [[3]])]
    """
    total = reduce(add, tables.values())
    for name, own in tables.items():
        # Counts are whole numbers: what was added is taken away again without a trace.
        yield name, _labelled(total + SpectralTable(own.rows, -own.counts, own.bits))


def read_reference(pair: LabelledImage, scheme: ClassScheme) -> NDArray[np.uint8]:
    """Return the class codes of an image's label raster, (row, col); 0 is unlabelled.

    Raises
    ------
    InputError
        If it cannot be read, does not fit its image or holds no labelled pixel.
    """
    with open_raster(pair.image) as raster:
        shape = raster.shape
    codes = read_labels(pair.known_labels, scheme, shape)
    if not codes.any():
        message = f"{pair.labels} holds no labelled pixel; label some, or leave the image out"
        raise InputError(message)
    return codes


def _labelled(table: SpectralTable) -> SpectralTable:
    """Return a table without the colours that no class has."""
    kept = table.counts.any(axis=1)
    return SpectralTable(table.rows[kept], table.counts[kept], table.bits)
