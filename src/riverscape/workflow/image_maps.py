"""The maps of an image, however large: made by windows, read back by strips of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import ModelError
from riverscape.imagery import ImageSettings, Raster, Resampled, Window, resampled, windows
from riverscape.journal import Journal
from riverscape.pixels import layer_band_names, pixel_learner
from riverscape.progress import Stopwatch
from riverscape.settings import Settings
from riverscape.tiles import Model, TileMap
from riverscape.workflow.crew import Crew, Taught
from riverscape.workflow.image_views import ImageViews
from riverscape.workflow.labelling import (
    STRIP_PX,
    label_image,
    labelling_windows,
    map_step,
    strip_name,
)
from riverscape.workflow.notes import phase_notes
from riverscape.workflow.resources import Resources
from riverscape.workflow.scanning import scan_image

__all__ = ["ImageMaps", "map_image", "seen_by"]

Maps = dict[str, NDArray[np.uint8]]

_NO_PERCENTAGE = 255


@dataclass(frozen=True, eq=False)
class ImageMaps:
    """The maps of an image, in its journal.

    Attributes
    ----------
    raster
        The image as it was worked on.
    tile_map
        The class probabilities that phase 1 gave each tile.
    windows
        What the maps are kept by.
    layers
        What the bands of each layer mean that was asked for, by its name in the settings.
    seconds
        Time spent in each stage; reading overlaps with the others.
    notes
        What a user should know of the image.
    """

    raster: Raster
    tile_map: TileMap
    windows: list[Window]
    journal: Journal
    layers: Mapping[str, Sequence[str]]
    seconds: dict[str, float]
    notes: tuple[str, ...]

    @property
    def own(self) -> Raster:
        """The image as it is: on its grid the maps come back."""
        return self.raster.own if isinstance(self.raster, Resampled) else self.raster

    def strips(self) -> Iterator[tuple[Window, Maps]]:
        """Yield strips of whole rows of the image as it is, from the top, and its maps by name.

        "csc" and "cnn" are class codes, (row, col), 0 where no data; layers are percentages,
        (band, row, col), 255 where no data.
        """
        for strip in windows(self.own.shape, STRIP_PX, self.own.width_px):
            if isinstance(self.raster, Resampled):
                yield strip, self._nearest(self.raster, strip)
            else:
                yield strip, self._of_rows(strip)

    def _nearest(self, raster: Resampled, strip: Window) -> Maps:
        """Return the maps of a strip of the own image, each pixel's from where it lies."""
        place = raster.covering(strip)
        rows, cols = raster.nearest(strip)
        valid = raster.own.read_valid(strip)
        maps = self._of_rows(Window(place.top, 0, place.height_px, raster.width_px))
        for kind, bands in maps.items():
            near = bands[..., rows - place.top, :][..., cols]
            nothing = 0 if near.ndim == 2 else _NO_PERCENTAGE
            maps[kind] = np.where(valid, near, np.uint8(nothing))
        return maps

    def _of_rows(self, rows: Window) -> Maps:
        """Return the maps of some whole rows of the image as it was worked on."""
        maps = {"csc": np.zeros(rows.shape, np.uint8)}
        for kind, names in self.layers.items():
            maps[kind] = np.full((len(names), *rows.shape), _NO_PERCENTAGE, np.uint8)
        for window in self.windows:
            if window.top < rows.bottom and rows.top < window.bottom:
                self._enter(maps, rows, window)
        # Of large images many rows hold no data.
        nothing = not maps["csc"].any()
        maps["cnn"] = maps["csc"] if nothing else self.tile_map.codes(rows) * (maps["csc"] > 0)
        return maps

    def _enter(self, maps: Maps, rows: Window, window: Window) -> None:
        """Enter what is kept of a window, as far as it lies in the rows."""
        kept = self.journal.load(map_step(window))
        if not kept:
            return
        for number, strip in enumerate(windows(window.shape, STRIP_PX, window.width_px)):
            top = window.top + strip.top
            begin, end = max(top, rows.top), min(top + strip.height_px, rows.bottom)
            if begin >= end:
                continue
            for kind, bands in maps.items():
                there = slice(begin - rows.top, end - rows.top), window.cols
                bands[..., *there] = kept[strip_name(kind, number)][..., begin - top : end - top, :]


def seen_by(model: Model, raster: Raster, settings: ImageSettings) -> Raster:
    """Return an image as a model sees it: its bands, and where it is asked for its pixel size.

    Raises
    ------
    InputError
        If the image does not fit the model, or it is not known how large its pixels are.
    ModelError
        If it is not known what pixel size the model was trained at.
    """
    chosen = model.contract.chosen(raster, settings)
    if not settings.resample:
        return chosen
    gsd_m = model.contract.ground_sample_distance_m
    if gsd_m is None:
        message = (
            f"the model {model.contract.name} does not tell at what pixel size it was trained, so "
            "nothing can be resampled to it; leave --resample out"
        )
        raise ModelError(message)
    return resampled(chosen, gsd_m)


def map_image(
    raster: Raster,
    model: Model,
    settings: Settings,
    resources: Resources,
    journal: Journal,
    side_px: int,
    advance: Callable[[Window], None] = lambda _: None,
    crew: Crew | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> ImageMaps:
    """Make the maps of an image, in two passes over its windows.

    What a pass has come to is kept in the journal window by window, and not done again.

    Parameters
    ----------
    raster
        The image, as `seen_by` the model.
    side_px
        Side of the windows, about; it does not change the maps.
    advance
        Told of each window that is done, in both passes.
    crew
        Others that do the windows and keep them in the journal, where there are any.
    notice
        Told in a few words what is done between the passes.
    """
    clock = Stopwatch()
    views = ImageViews(raster, model, settings, resources, side_px, journal, clock, crew, notice)
    learner, scheme = pixel_learner(settings.pixels), model.contract.scheme
    far_off = filter(None, [model.contract.gsd_note(raster)])
    told = advance
    if crew is not None:
        told = _untold  # it tells of all of them, and leaves none to do
        with clock.stage("phase 1"):
            crew.scan(views, advance)
        with clock.stage("table"):
            crew.merge(views)
    scan = scan_image(views, learner, told)
    lesson, learned = scan.learn(learner, views)
    if crew is not None:
        with clock.stage("predict"):
            crew.label(views, Taught(lesson, learned), advance)
    label_image(views, Taught(lesson, learned), told)
    return ImageMaps(
        raster,
        scan.tile_map,
        labelling_windows(views),
        journal,
        {
            layer: layer_band_names(layer, scheme.names)
            for layer, wanted in settings.layers
            if wanted
        },
        clock.seconds,
        (*far_off, *phase_notes(scan.seen, lesson, learned, scheme)),
    )


def _untold(window: Window) -> None:
    """Say nothing of a window."""
