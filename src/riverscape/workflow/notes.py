"""What a user should know of an image: what of phase 1 was not believed, what was not learned."""

import numpy as np
from numpy.typing import NDArray

from riverscape.labels import ClassScheme
from riverscape.pixels import Learned, Lesson

__all__ = ["phase_notes"]

# Share of the CNN map from which on a class is worth a note.
_WORTH_A_NOTE = 0.001
# Share of a class's tiles whose colours are another class's from which on that is worth a note.
_OVERRULED = 0.1


def phase_notes(
    seen: NDArray[np.int64], lesson: Lesson, learned: Learned, scheme: ClassScheme
) -> tuple[str, ...]:
    """Return notes in plain words.

    Parameters
    ----------
    seen
        Pixels of each class in the CNN map, (class,).
    """
    taught = np.flatnonzero(learned.taught)
    if not len(taught):
        return ("the image holds no valid pixel",)
    notes = []
    if learned.unsure:
        notes.append("no tile was sure enough to teach phase 2, or borders left none: all teach")
    for position, name in enumerate(scheme.names):
        share = seen[position] / seen.sum()
        if share < _WORTH_A_NOTE:
            continue
        if position in lesson.doubted:
            notes.append(
                f"phase 1 found {name} on {100 * share:.2f} % of the image, in small or narrow "
                "patches only: taken for mistakes, the CSC map leaves it out (--least-patch 0 "
                "believes it)"
            )
        elif position not in taught and not learned.overruled[position]:
            notes.append(
                f"phase 1 found {name} on {100 * share:.2f} % of the image, nowhere surely "
                "enough to teach phase 2; the CSC map leaves it out"
            )
        elif learned.overruled[position] > _OVERRULED:
            notes.append(
                f"{100 * learned.overruled[position]:.0f} % of the tiles of {name} have the "
                "colours of another class; they did not teach phase 2"
            )
    if len(taught) == 1:
        notes.append(f"phase 2 was taught one class only, {scheme.names[taught[0]]}")
    return tuple(notes)
