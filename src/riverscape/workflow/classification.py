"""From an image to its maps: the two phases, from top to bottom."""

import os
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

from riverscape.errors import SettingsError
from riverscape.imagery import filled, image_name, open_raster
from riverscape.maps import ClassMap, despeckled
from riverscape.models import DEFAULT_MODEL, load_model
from riverscape.pixels import (
    Layers,
    Lesson,
    Posterior,
    check_pixel_settings,
    classify_pixels,
    describe_pixels,
    learn_image,
)
from riverscape.progress import Stopwatch
from riverscape.settings import Settings
from riverscape.tiles import Model, TileMap, label_tiles
from riverscape.tiles.prediction import tile_stride
from riverscape.workflow.notes import phase_notes

__all__ = ["Classification", "available_threads", "check_settings", "classify"]


@dataclass(frozen=True, eq=False)
class Classification:
    """The maps of one image.

    Attributes
    ----------
    csc
        The CSC map, of phase 2.
    cnn
        The CNN map, of phase 1.
    tile_map
        The class probabilities that phase 1 gave each tile.
    layers
        How sure the CSC map is of each pixel, as far as the settings ask for it.
    seconds
        Time spent in each stage.
    notes
        What a user should know of this image.
    """

    name: str
    csc: ClassMap
    cnn: ClassMap
    tile_map: TileMap
    layers: Layers = field(default_factory=Layers)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Show the CSC map in a notebook."""
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<h4>{escape(self.name)}</h4>{self.csc._repr_html_()}{notes}"


def classify(
    image: Path | str,
    model: Model | Path | str = DEFAULT_MODEL,
    settings: Settings | None = None,
    threads: int | None = None,
) -> Classification:
    """Classify one image by CNN-Supervised Classification (Carbonneau et al. 2020).

    Parameters
    ----------
    model
        A model, the name of one that comes with riverscape, or the path of a bundle.
    threads
        Threads to work on; all processors by default. Their number does not change the maps.

    Raises
    ------
    InputError
        If the image cannot be read or does not fit the model.
    ModelError
        If the model cannot be used.
    SettingsError
        If there is no such pixel classifier or feature, or the tile stride leaves gaps.

    Examples
    --------
    >>> import tempfile
    >>> from riverscape.scenes import River, write_survey
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = write_survey(folder, [River.from_name("Alder")], 1, height_px=120, width_px=160, seed=0)
    >>> result = classify(folder / "Alder_0001.jpg")
    >>> result.csc.codes.shape, result.csc.codes.dtype
    ((120, 160), dtype('uint8'))
    """
    model = model if isinstance(model, Model) else load_model(model)
    settings, threads = settings or Settings(), threads or available_threads()
    scheme, clock = model.contract.scheme, Stopwatch()
    with clock.stage("read"), open_raster(image) as raster:
        model.contract.check(raster)
        valid = raster.read_valid()
        pixels = filled(raster.read(), valid)
    with clock.stage("phase 1"):
        tile_map = label_tiles(pixels, model, settings.tiles, threads)
        cnn = tile_map.codes() * valid
        lesson = Lesson.of(
            tile_map.block_probabilities, tile_map.grid.stride_px, settings.teaching, valid
        ).believed()
    bands = model.contract.bands
    learned = learn_image(pixels, valid, bands, lesson, settings.pixels, clock, threads)
    posterior = Posterior.of(learned, lesson, valid, settings.pixels)
    with clock.stage("predict"):
        positions = classify_pixels(posterior, threads)
        csc = np.array(scheme.codes, np.uint8)[positions] * valid
    with clock.stage("clean"):
        csc = despeckled(csc, settings.pixels.despeckle_px)
    with clock.stage("layers"):
        layers = describe_pixels(posterior, scheme.positions[csc], settings.layers, threads)
    return Classification(
        image_name(Path(image)),
        ClassMap(csc, scheme, raster.transform, raster.crs),
        ClassMap(cnn, scheme, raster.transform, raster.crs),
        tile_map,
        layers,
        clock.seconds,
        phase_notes(cnn, lesson, learned, scheme),
    )


def check_settings(model: Model, settings: Settings) -> None:
    """Check, before any image is read, that the model can be used with these settings.

    Raises
    ------
    SettingsError
        If there is no such pixel classifier or feature, the tile stride leaves gaps, or the
        tile border leaves nothing.
    InputError
        If the model's bands are too few for a feature, or the features too many for the
        classifier.
    """
    check_pixel_settings(settings.pixels, settings.teaching, model.contract.bands)
    stride_px, border_px = tile_stride(model, settings.tiles), settings.teaching.tile_border_px
    if 2 * border_px >= stride_px:
        message = (
            f"a tile border of {border_px} px leaves nothing of blocks of {stride_px} px, one "
            "tile stride wide; take less than half of that"
        )
        raise SettingsError(message)


def available_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
