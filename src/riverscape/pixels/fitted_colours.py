"""What a pixel classifier that was fitted to a spectral table says of colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.pixels.classifiers import FittedClassifier
from riverscape.pixels.colours import Colours
from riverscape.pixels.evidence import ColourEvidence
from riverscape.pixels.view import View

__all__ = ["FittedColours"]

# Colours that are asked for together where a table does not hold them; always so many, since what
# is computed of one may else depend in its last bit on how many others there are.
_ASKED = 1 << 14


@dataclass(frozen=True, eq=False)
class FittedColours:
    """The class probabilities of each colour of a table, and of any other.

    Attributes
    ----------
    colours
        The table's.
    probabilities
        Of each of them, (n, class).
    fitted
        What answers for others; None where nothing was taught.
    taught
        Positions of the classes that were taught, ascending.
    """

    colours: Colours
    probabilities: NDArray[np.float32]
    fitted: FittedClassifier | None
    taught: NDArray[np.intp]

    def of(self, rows: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the class probabilities (m, class) of colours (m, band)."""
        places = self.colours.places_of(rows)
        found = self.probabilities[places]
        missing = np.flatnonzero(places < 0)
        if self.fitted is not None and len(missing):
            asked = np.zeros((-(-len(missing) // _ASKED) * _ASKED, rows.shape[1]), np.uint8)
            asked[: len(missing)] = rows[missing]
            found[missing] = self.fitted.probabilities(asked)[: len(missing)]
        return found

    def evidence(self, view: View) -> ColourEvidence:
        """Return what the colours of a view say."""
        spectra = view.spectra
        return ColourEvidence(spectra.index, self.of(spectra.rows), self.taught)
