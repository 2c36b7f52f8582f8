"""Images of a synthetic river, whole or with holes, and their maps by windows of any size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from riverscape.imagery import Window, open_raster
from riverscape.journal import Journal, MemoryJournal
from riverscape.models import load_model
from riverscape.pixels import PatchClassifier, patch_learning, teaching
from riverscape.scenes import Cover, River, write_survey
from riverscape.settings import make_settings
from riverscape.tiles import Model, prediction
from riverscape.workflow import Resources, image_maps, labelling, map_image

from ..multiband import write_image

__all__ = [
    "ALL_LAYERS",
    "RULES",
    "Counting",
    "Mapped",
    "holes_of",
    "mapped",
    "scene",
    "small_units",
    "write",
]

ALL_LAYERS = {"confidence": True, "uncertainty": True, "probabilities": True}
WHOLE = 10**6

# What works around a pixel or a block, each alone: (settings of pixels, of teaching, of tiles).
RULES: dict[str, dict[str, dict[str, Any]]] = {
    "default": {},
    "forest, guided": {"pixels": {"classifier": "forest", "smoothing": "guided"}},
    "kde, not smoothed": {"pixels": {"classifier": "kde", "smoothing": "none"}},
    "patch": {"pixels": {"classifier": "patch"}},
    "patch of 15, guided": {
        "pixels": {"classifier": "patch", "patch_px": 15, "smoothing": "guided"}
    },
    "gaussian of many features": {
        "pixels": {"classifier": "gaussian", "features": ["median", "texture", "lab", "nd:1:2"]}
    },
    "no context": {"pixels": {"classifier": "kde", "context": False}},
    "wide smoothing": {"pixels": {"classifier": "kde", "smoothing_px": 25}},
    "a feature wider than tiles overlap": {
        "pixels": {"classifier": "gaussian", "features": ["mean:40"], "smoothing": "none"}
    },
    "despeckled": {"pixels": {"classifier": "kde", "smoothing": "none", "despeckle_px": 40}},
    "borders and a share": {
        "pixels": {"classifier": "kde"},
        "teaching": {"tile_border_px": 2, "class_border_px": 5, "share": 0.7},
    },
    "modal filter": {"pixels": {"classifier": "kde"}, "teaching": {"modal_tiles": 2}},
    "nothing is sure": {"pixels": {"classifier": "kde"}, "teaching": {"threshold": 1.0}},
    "believes all, never overrules": {
        "pixels": {"classifier": "kde"},
        "teaching": {"least_px": 0, "overrule": False},
    },
    "tiles side by side": {"pixels": {"classifier": "kde"}, "tiles": {"stride_px": 50}},
    "dense tiles": {"pixels": {"classifier": "kde"}, "tiles": {"stride_px": 10}},
    "tiles one by one": {"pixels": {"classifier": "kde"}, "tiles": {"stride_px": 23}},
}


@cache
def scene() -> NDArray[np.uint8]:
    """Return a photograph of a river with all five classes, (band, row, col)."""
    cover = Cover(forest=0.4, senescent=0.2, bars=0.8, road=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_survey(folder, [River.from_name("Alder")], 1, 540, 640, seed=3, cover=cover)
        (image,) = folder.glob("*.jpg")
        with open_raster(image) as raster:
            return raster.read()


def holes_of(kind: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return where an image holds data, (row, col), by a word for where it does not."""
    rows, cols = np.indices(shape)
    height_px, width_px = shape
    middle = (rows - height_px / 2) ** 2 + (cols - width_px / 2) ** 2
    kinds: dict[str, NDArray[np.bool_]] = {
        "none": rows >= 0,
        "all": rows < 0,
        "right half": cols < width_px // 2,
        "upper left": (rows > height_px * 0.41) | (cols > width_px * 0.37),
        "around": middle < (min(shape) * 0.35) ** 2,
        "middle": middle > (min(shape) * 0.3) ** 2,
        "slant": 3 * rows + cols > height_px,
        "dust": np.random.default_rng(height_px).random(shape) < 0.7,
        "but one": (rows == height_px * 2 // 3) & (cols == width_px // 3),
    }
    return kinds[kind]


def write(folder: Path, shape: tuple[int, int], holes: str = "none", by_rows: bool = False) -> Path:
    """Write a part of the scene, whose holes are black under an alpha band."""
    valid = holes_of(holes, shape)
    top, left = 3, 7
    pixels = scene()[:, top : top + shape[0], left : left + shape[1]] * valid
    path = folder / f"{shape[0]}x{shape[1]}-{holes.replace(' ', '-')}-{by_rows}.tif"
    blocks: dict[str, Any] = {} if by_rows else {"tiled": True, "blockxsize": 64, "blockysize": 64}
    if holes == "none":
        return write_image(path, pixels, ("red", "green", "blue"), **blocks)
    bands = np.concatenate([pixels, valid[None] * np.uint8(255)])
    return write_image(path, bands, ("red", "green", "blue", "alpha"), **blocks)


class Counting(Model):
    """The bundled model, which counts how many windows it is asked for."""

    asked: list[tuple[int, ...]]

    @classmethod
    def new(cls) -> "Counting":
        bundled = load_model()
        model = cls(bundled.contract, bundled.files)
        object.__setattr__(model, "asked", [])
        return model

    def predict(self, windows: NDArray[Any]) -> NDArray[np.float32]:
        self.asked.append(windows.shape)
        return super().predict(windows)


@dataclass(frozen=True, eq=False)
class Mapped:
    """All that comes of an image.

    Attributes
    ----------
    maps
        Class maps (row, col) and layers (band, row, col) by name, and the tiles' probabilities,
        since they are compared alike.
    windows
        The windows that it was worked on by, in both passes.
    """

    maps: dict[str, NDArray[Any]]
    notes: tuple[str, ...]
    windows: list[Window]

    def differences(self, other: "Mapped") -> dict[str, Any]:
        """Return how many values differ, by map, and other notes; nothing where none does."""
        counts = {kind: int((one != other.maps[kind]).sum()) for kind, one in self.maps.items()}
        found: dict[str, Any] = {kind: count for kind, count in counts.items() if count}
        return found if self.notes == other.notes else found | {"notes": other.notes}


def mapped(
    path: Path,
    content: dict[str, Any] | None = None,
    side_px: int = WHOLE,
    threads: int = 1,
    model: Model | None = None,
    journal: Journal | None = None,
) -> Mapped:
    """Return the maps of an image, worked on by windows of about a side."""
    settings = make_settings({"layers": ALL_LAYERS} | (content or {}))
    model, journal = model or load_model(), journal or MemoryJournal()
    told: list[Window] = []
    with open_raster(path, settings.image) as raster:
        chosen = model.contract.chosen(raster, settings.image)
        result = map_image(
            chosen, model, settings, Resources(threads), journal, side_px, told.append
        )
    parts: dict[str, list[NDArray[Any]]] = {}
    for _, bands_of in result.strips():
        for kind, bands in bands_of.items():
            parts.setdefault(kind, []).append(bands)
    whole = {kind: np.concatenate(bands, axis=-2) for kind, bands in parts.items()}
    whole["tiles"] = result.tile_map.probabilities
    return Mapped(whole, result.notes, told)


@contextmanager
def small_units() -> Iterator[None]:
    """Let runs of tiles, strips of maps and what is learned again be small, as small images are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prediction, "_WINDOW_PX", (75, 100))
        for module in (labelling, image_maps):
            patch.setattr(module, "STRIP_PX", 48)
        patch.setattr(teaching, "_PART_PX", 25)
        patch.setattr(teaching, "_MANY_PARTS", 1)
        quick = partial(PatchClassifier, samples_per_class=300, passes=1)
        patch.setattr(patch_learning, "PatchClassifier", quick)
        yield
