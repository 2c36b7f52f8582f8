"""The labels of a survey, looked through before anything is trained on them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riverscape.assessment.colour_agreement import Agreement, Colours, colour_agreement
from riverscape.assessment.label_look import LabelLook, look_at_labels
from riverscape.imagery import map_parts
from riverscape.labels import ClassScheme, LabelledImage
from riverscape.progress import SILENT, Progress, stage

__all__ = ["LabelCheck", "check_survey_labels"]

# A class in fewer images cannot be learned from some and tested on others with any certainty.
_FEW_IMAGES = 3
# A tile of 50 px: what has less can fill none.
_TILE_PX = 2500
_MOST_OTHER = 0.5
# Of fewer pixels the colours say little.
_LEAST_PX = 100


@dataclass(frozen=True, eq=False)
class LabelCheck:
    """What there is to know of the labels of a survey.

    Attributes
    ----------
    looks
        One for each image.
    agreements
        By image and class code how the labels agree with the colours of the classes.
    """

    scheme: ClassScheme
    looks: tuple[LabelLook, ...]
    agreements: dict[tuple[str, int], Agreement]

    @property
    def faulty(self) -> list[LabelLook]:
        """Images whose labels cannot be used."""
        return [look for look in self.looks if look.faults]

    @property
    def notes(self) -> list[str]:
        """What is to be said of the survey as a whole."""
        notes = []
        for cover in self.scheme:
            count = sum(bool(look.counts[cover.code]) for look in self.looks)
            if 0 < count < _FEW_IMAGES <= len(self.looks):
                plural = "" if count == 1 else "s"
                notes.append(f"{cover.name} is labelled in {count} image{plural} only")
        without = [cover.name for cover in self.scheme if not self.pixels(cover.code)]
        if without:
            notes.append(f"labelled nowhere: {', '.join(without)}")
        bare = sum(not look.labels for look in self.looks)
        if bare:
            notes.append(f"{bare} of {len(self.looks)} images have no labels")
        return notes

    def pixels(self, code: int) -> int:
        """Return how many pixels of a class there are in all images."""
        return sum(int(look.counts[code]) for look in self.looks)

    def image_table(self) -> pd.DataFrame:
        """Return one row an image."""
        rows = [
            {
                "image": look.name,
                "labels": look.labels,
                "width_px": look.shape[1],
                "height_px": look.shape[0],
                "labelled_share": look.labelled_share,
                "problems": "; ".join((*look.faults, *look.doubts)),
            }
            for look in self.looks
        ]
        return pd.DataFrame(rows)

    def class_table(self) -> pd.DataFrame:
        """Return one row for each image and class that it has pixels of."""
        rows = []
        for look in self.looks:
            for cover in self.scheme:
                if not look.counts[cover.code]:
                    continue
                found = self.agreements.get((look.name, cover.code))
                rows.append(
                    {
                        "image": look.name,
                        "class": cover.name,
                        "pixels": int(look.counts[cover.code]),
                        "other_colours_share": found.other_share if found else np.nan,
                        "likest_class": self.scheme.name_of(found.likest) if found else "",
                    }
                )
        columns = ["image", "class", "pixels", "other_colours_share", "likest_class"]
        return pd.DataFrame(rows, columns=columns)


def check_survey_labels(
    pairs: Sequence[LabelledImage],
    scheme: ClassScheme,
    progress: Progress = SILENT,
    threads: int = 1,
    seed: int = 0,
) -> LabelCheck:
    """Look through the labels of a survey.

    Of images and labels a strip is held at a time; of each class in each image 2000 pixels, drawn
    by the seed, and a small copy are kept.
    """

    def look(numbered: tuple[int, LabelledImage]) -> LabelLook:
        place, pair = numbered
        found = look_at_labels(pair, scheme, seed + place)
        progress.advance(note=pair.name)
        return found

    with stage(progress, "looking at labels", len(pairs)):
        looks = map_parts(look, list(enumerate(pairs)), threads)
    bands = _usual_bands(looks)
    samples: dict[tuple[str, int], Colours] = {
        (look.name, code): colours
        for look in looks
        for code, colours in look.colours.items()
        if colours.shape[1] == bands
    }
    agreements = colour_agreement(samples)
    doubted = tuple(_doubted(look, scheme, agreements, bands) for look in looks)
    return LabelCheck(scheme, doubted, agreements)


def _usual_bands(looks: Sequence[LabelLook]) -> int:
    counts = Counter(
        colours.shape[1] for look in looks for colours in list(look.colours.values())[:1]
    )
    return counts.most_common(1)[0][0] if counts else 0


def _doubted(
    look: LabelLook,
    scheme: ClassScheme,
    agreements: dict[tuple[str, int], Agreement],
    bands: int,
) -> LabelLook:
    """Return the look with what its classes, beside those of all images, give reason to doubt."""
    doubts, doubtful = [], []
    for cover in scheme:
        pixels = int(look.counts[cover.code])
        if 0 < pixels < _TILE_PX:
            doubts.append(f"{cover.name}: {pixels:,} px, too few to fill a tile of 50 x 50 px")
        found = agreements.get((look.name, cover.code))
        if found and pixels >= _LEAST_PX and found.other_share > _MOST_OTHER:
            doubtful.append(cover.code)
            likest = "other classes"
            if found.likest != cover.code:
                likest = scheme.name_of(found.likest)
            doubts.append(
                f"{100 * found.other_share:.0f} % of {cover.name} has the colours of {likest}"
            )
    own = {colours.shape[1] for colours in look.colours.values()}
    if own - {bands}:
        doubts.append(f"{own.pop()} bands, most images have {bands}: colours are not compared")
    return replace(look.doubted(*doubts), doubtful=tuple(doubtful))
