"""From an image to its maps: the two phases, from top to bottom."""

import os
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import filled, image_name, open_raster
from riverscape.labels import ClassScheme
from riverscape.maps import ClassMap
from riverscape.models import DEFAULT_MODEL, load_model
from riverscape.pixels import (
    Context,
    PixelSettings,
    Spectra,
    SpectralTable,
    classify_pixels,
    learn_colours,
    median_filtered,
    pixel_classifier,
)
from riverscape.progress import Stopwatch
from riverscape.settings import Settings
from riverscape.tiles import Model, TileMap, label_tiles
from riverscape.tiles.prediction import tile_stride

# Share of an image from which on a class that phase 2 leaves out is worth a note.
_WORTH_A_NOTE = 0.001

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
    seconds
        Time spent in each stage.
    notes
        What a user should know of this image.
    """

    name: str
    csc: ClassMap
    cnn: ClassMap
    tile_map: TileMap
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
        If there is no such pixel classifier, or the tile stride leaves gaps.

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
    with clock.stage("filter"):
        filtered = median_filtered(pixels, settings.pixels.median_radius_px, threads)
    with clock.stage("table"):
        spectra = Spectra.of(filtered, settings.pixels.bits, threads)
        weights = _teaching_weights(tile_map, settings.pixels, valid)
        table = spectra.tabulate(scheme.positions[cnn], len(scheme), weights)
    with clock.stage("fit"):
        colours = learn_colours(table, settings.pixels)
    with clock.stage("predict"):
        context = _context(tile_map, settings.pixels)
        positions = classify_pixels(spectra.index, colours, context, threads)
        csc = np.array(scheme.codes, np.uint8)[positions] * valid
    return Classification(
        image_name(Path(image)),
        ClassMap(csc, scheme, raster.transform, raster.crs),
        ClassMap(cnn, scheme, raster.transform, raster.crs),
        tile_map,
        clock.seconds,
        _notes(table, cnn, scheme),
    )


def check_settings(model: Model, settings: Settings) -> None:
    """Check, before any image is read, that the model can be used with these settings.

    Raises
    ------
    SettingsError
        If there is no such pixel classifier, or the tile stride leaves gaps.
    """
    pixel_classifier(settings.pixels.classifier, settings.pixels.seed)
    tile_stride(model, settings.tiles)


def available_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _teaching_weights(
    tile_map: TileMap, settings: PixelSettings, valid: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return what each pixel counts for when phase 2 learns, (row, col)."""
    weights = tile_map.certainty(settings.certainty_power) * valid
    return weights if weights.any() else valid.astype(np.uint8)


def _context(tile_map: TileMap, settings: PixelSettings) -> Context | None:
    if not settings.context or not settings.context_weight:
        return None
    return Context(tile_map.block_probabilities, tile_map.grid.stride_px, settings.context_weight)


def _notes(table: SpectralTable, cnn: NDArray[np.uint8], scheme: ClassScheme) -> tuple[str, ...]:
    taught = [scheme.names[position] for position in table.present]
    if not taught:
        return ("the image holds no valid pixel",)
    seen = ClassMap(cnn, scheme).pixels()
    notes = [
        f"phase 1 found {name} on {100 * seen[name] / cnn.size:.2f} % of the image, nowhere surely "
        "enough to teach phase 2; the CSC map leaves it out"
        for name in scheme.names
        if seen[name] > _WORTH_A_NOTE * cnn.size and name not in taught
    ]
    if len(taught) == 1:
        notes.append(f"phase 2 was taught one class only, {taught[0]}")
    return tuple(notes)
