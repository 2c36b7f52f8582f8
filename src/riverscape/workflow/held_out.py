"""What a network says of the images that were kept out of its training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riverscape.assessment import ConfusionMatrix, hold_out
from riverscape.assessment.mistakes import Mistake, most_confident_mistakes, surroundings
from riverscape.imagery import Window
from riverscape.labels import LabelledImage
from riverscape.tiles import TileSet, cut_tiles
from riverscape.tiles.settings import TileSetSettings, TrainingSettings

__all__ = ["MISTAKES", "HeldOut", "examined", "plain_tiles", "split_images"]

MISTAKES = 40
_SPLITS = 20
_MAX_STORE_GB = 0.5


@dataclass(frozen=True)
class HeldOut:
    """How a network does on the tiles of images that it was not trained on.

    Attributes
    ----------
    matrix
        Tiles by labelled and predicted class.
    mistakes
        The tiles that it takes for another class most certainly: where labels may be wrong.
    """

    images: tuple[str, ...]
    matrix: ConfusionMatrix
    mistakes: tuple[Mistake, ...]


def examined(
    tiles: TileSet, probabilities: NDArray[np.float32], mistakes_limit: int = MISTAKES
) -> HeldOut:
    """Return how the class probabilities (n, class) of tiles compare with their labels."""
    codes = np.array(tiles.scheme.codes, np.uint8)
    matrix = ConfusionMatrix.of(
        codes[tiles.classes][None], codes[probabilities.argmax(axis=1)][None], tiles.scheme
    )
    shown = most_confident_mistakes(
        tiles.classes,
        probabilities,
        tiles.sources,
        tiles.corners,
        mistakes_limit,
        2 * tiles.tile_px,
    )
    mistakes = tuple(_mistake(tiles, probabilities, int(place)) for place in shown)
    return HeldOut(tuple(image.name for image in tiles.images), matrix, mistakes)


def plain_tiles(tiles: TileSet, images: list[LabelledImage], settings: TileSetSettings) -> TileSet:
    """Cut images anew, every class alike: what was cut closer to train on would count too much.

    Only a class that has no tile otherwise is cut closer. Of very many an even choice is taken.
    """
    most = min(settings.max_store_gb, _MAX_STORE_GB)
    alike = settings.model_copy(update={"rare_tiles": 1, "max_store_gb": most})
    cut = cut_tiles(images, tiles.scheme, alike, survey=tiles.survey)
    return replace(cut, key=tiles.key)


def split_images(
    tiles: TileSet, settings: TrainingSettings
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Return the images to train on and those to keep out, whole images or whole rivers.

    Of some splits at random the first that leaves most classes on both sides is taken: a class
    that only one image shows else has an even chance to be lost to training.
    """
    if settings.hold_out == "river":
        items: Sequence[str] = sorted({image.river for image in tiles.images})
        sides = [image.river for image in tiles.images]
    else:
        items = [str(place) for place in range(len(tiles.images))]
        sides = list(items)

    def splits() -> list[set[str]]:
        seeds = range(settings.seed, settings.seed + _SPLITS)
        return [set(hold_out(items, settings.validation_share, seed)[1]) for seed in seeds]

    def classes_on_both(kept_out: set[str]) -> int:
        out = np.array([side in kept_out for side in sides])
        found = np.zeros((len(tiles.images), len(tiles.scheme)), bool)
        found[tiles.sources, tiles.classes] = True
        # A class lost to training is worse than one that cannot be checked.
        return int(2 * found[~out].any(axis=0).sum() + found[out].any(axis=0).sum())

    chosen = max(splits(), key=classes_on_both)
    kept = [image for image, side in zip(tiles.images, sides, strict=True) if side not in chosen]
    out = [image for image, side in zip(tiles.images, sides, strict=True) if side in chosen]
    return kept, out


def _mistake(tiles: TileSet, probabilities: NDArray[np.float32], place: int) -> Mistake:
    row_px, col_px = (int(start) for start in tiles.corners[place])
    image = tiles.images[tiles.sources[place]]
    with tiles.source.open(image.image) as raster:
        rows, cols = surroundings(raster.shape, row_px, col_px, tiles.tile_px, tiles.tile_px)
        window = Window(rows.start, cols.start, rows.stop - rows.start, cols.stop - cols.start)
        pixels, _ = tiles.source.read(raster, window, tiles.tile_px)
    return Mistake(
        pixels,
        image.name,
        row_px,
        col_px,
        tiles.tile_px,
        tiles.scheme.classes[tiles.classes[place]],
        tiles.scheme.classes[int(probabilities[place].argmax())],
        float(probabilities[place].max()),
        (row_px - rows.start, col_px - cols.start),
    )
