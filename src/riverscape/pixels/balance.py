"""What the pixels of each class count for when phase 2 learns."""

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from riverscape.errors import MissingExtraError
from riverscape.pixels.settings import Balance
from riverscape.pixels.table import SpectralTable

__all__ = ["check_balance", "class_weights", "resampled"]

# Pixels drawn for SMOTE-ENN, which looks for the neighbours of each of them.
_DRAWN_PX = 20_000
# Of every class at least so many: SMOTE looks for five neighbours besides the pixel itself.
_LEAST_PX = 6


def check_balance(balance: Balance) -> None:
    """Check that what a balance needs is installed.

    Raises
    ------
    MissingExtraError
        If it is not.
    """
    if balance == "smote-enn" and find_spec("imblearn") is None:
        purpose = "balancing classes by SMOTE-ENN"
        raise MissingExtraError(purpose, "smote")


def class_weights(totals: NDArray[np.integer], balance: Balance) -> NDArray[np.float64]:
    """Return what a pixel of each class counts for, (class,).

    Unweighted, a class of one per cent of the image disappears; with full balance it spreads over
    colours that it shares with others; "root" lies between. The weighted total of all pixels is
    their number. Classes that do not occur weigh 0.

    Parameters
    ----------
    totals
        Pixels of each class, (class,).
    balance
        "none" weighs all pixels alike, "root" makes the classes count by the square root of
        their totals, "full" alike. "smote-enn" is "none": `resampled` has balanced the pixels.

    Examples
    --------
    >>> totals = np.array([100, 10_000, 0])
    >>> [(class_weights(totals, how) * totals).round().tolist() for how in ("none", "root", "full")]
    [[100.0, 10000.0, 0.0], [918.0, 9182.0, 0.0], [5050.0, 5050.0, 0.0]]
    """
    power = {"none": 0.0, "root": 0.5, "full": 1.0, "smote-enn": 0.0}[balance]
    pixels = totals.astype(np.float64)
    weights = np.zeros_like(pixels)
    weights[pixels > 0] = pixels[pixels > 0] ** -power
    if not pixels.any():
        return weights
    return np.asarray(weights * (pixels.sum() / (weights @ pixels)))


def resampled(table: SpectralTable, seed: int) -> SpectralTable:
    """Return a table of pixels drawn from this one and balanced by SMOTE-ENN.

    20,000 pixels are drawn as they come, six of each class at least. SMOTE (Chawla et al. 2002)
    adds pixels between neighbours of the rarer classes until all are as many; edited nearest
    neighbours (Wilson 1972; both together: Batista et al. 2004) then drop those that stand among
    pixels of another class. A class that would so be lost keeps the pixels drawn. The colours go
    back to the bins of the table. One class alone is left as it is.

    Parameters
    ----------
    seed
        Same seed, same table.

    Raises
    ------
    MissingExtraError
        If imbalanced-learn is not installed.

    Examples
    --------
    >>> alone = SpectralTable(np.array([[3], [9]], np.uint8), np.array([[4, 0], [2, 0]]), bits=8)
    >>> resampled(alone, seed=0) is alone
    True
    """
    if len(table.present) < 2:
        return table
    check_balance("smote-enn")
    from imblearn.combine import SMOTEENN

    generator = np.random.default_rng(seed)
    drawn = _drawn(table, generator)
    row, position = np.nonzero(drawn)
    times = drawn[row, position]
    rows, positions = table.rows[row].repeat(times, axis=0), position.repeat(times)
    # Spread over their bins: of pixels of one colour, chance says which are neighbours, not their
    # order in the table; and a search among equals would be slow.
    colours = rows + generator.random(rows.shape)
    with threadpool_limits(1):
        mixed, found = SMOTEENN(random_state=seed).fit_resample(colours, positions)
    cells = 1 << table.bits
    lost = ~np.isin(positions, found)
    rows = np.concatenate([np.minimum(mixed, cells - 1).astype(np.uint8), rows[lost]])
    positions = np.concatenate([found, positions[lost]])
    counts = np.eye(table.counts.shape[1], dtype=np.int64)[positions]
    return SpectralTable(rows, counts, table.bits).merged()


def _drawn(table: SpectralTable, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return how often each colour of each class is drawn, (n, class)."""
    totals = table.class_totals
    pixels = np.maximum(_multinomial(totals, _DRAWN_PX, generator), _LEAST_PX)
    result = np.zeros_like(table.counts)
    for position in table.present:
        result[:, position] = _multinomial(table.counts[:, position], pixels[position], generator)
    return result


def _multinomial(
    counts: NDArray[np.int64], draws: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Return how often each place is drawn, by whole numbers: what counts 0 is never drawn."""
    ends = np.cumsum(counts)
    places = np.searchsorted(ends, generator.integers(0, ends[-1], draws), side="right")
    return np.bincount(places, minlength=len(counts))
