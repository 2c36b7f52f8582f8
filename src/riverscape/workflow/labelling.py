"""The second pass: every pixel labelled, window by window."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.imagery import Window, ahead, windows
from riverscape.labels import ClassScheme
from riverscape.maps import despeckled
from riverscape.pixels import (
    PixelSettings,
    Posterior,
    View,
    classify_pixels,
    describe_pixels,
    predicting_halo_px,
)
from riverscape.workflow.crew import Taught
from riverscape.workflow.image_views import ImageViews, window_sides

__all__ = [
    "CLEANED_PX",
    "STRIP_PX",
    "is_pass_step",
    "label_image",
    "label_windows",
    "labelling_windows",
    "map_step",
    "strip_name",
]

_Looked = tuple[View, Posterior]

STRIP_PX = 512
"""Rows of the strips that maps are kept and written by: the side of a block of a GeoTIFF."""

CLEANED_PX = 4096
"""Side of the squares that specks are taken out of, always the same ones.

Each sees as far around it as a patch can reach into it that is no speck.
"""

_LEAST_CLEANING_HALO_PX = 256


def labelling_windows(views: ImageViews) -> list[Window]:
    """Return the windows of the second pass: of whole blocks of most files, or of whole rows."""
    raster = views.raster
    if views.settings.pixels.despeckle_px > 1:
        return windows(raster.shape, CLEANED_PX, CLEANED_PX)
    height_px, width_px = window_sides(raster, views.side_px)
    if width_px == raster.width_px:
        return windows(raster.shape, height_px, width_px)
    sides = (-(-side // STRIP_PX) * STRIP_PX for side in (height_px, width_px))
    return windows(raster.shape, *sides)


def label_image(
    views: ImageViews,
    taught: Taught,
    advance: Callable[[Window], None] = lambda _: None,
) -> None:
    """Label every pixel of an image, and keep the maps of each window in the journal.

    Windows that the journal holds are not looked at again.

    Parameters
    ----------
    advance
        Told of each window that is done.
    """
    todo = []
    for window in labelling_windows(views):
        if views.journal.has(map_step(window)):
            advance(window)
        else:
            todo.append(window)
    label_windows(views, taught, todo, advance)


def label_windows(
    views: ImageViews,
    taught: Taught,
    wanted: Sequence[Window],
    advance: Callable[[Window], None] = lambda _: None,
) -> None:
    """Label every pixel of some windows, and keep their maps in the journal.

    Parameters
    ----------
    wanted
        Some of `labelling_windows`.
    advance
        Told of each that is done.
    """
    read = views.read(wanted, _halo_px(views), _reach_px(views.settings.pixels))

    def look(window: Window, view: View | None) -> tuple[Window, _Looked | None]:
        if view is None or not view.inner_valid.any():
            return window, None
        with views.clock.stage("predict"):
            return window, (
                view,
                Posterior.of(taught.learned, taught.lesson, view, views.settings.pixels),
            )

    # What the pixels of a window say is looked up while the one before is labelled.
    for window, looked in ahead(look(*one) for one in read):
        maps = {} if looked is None else _label(*looked, views)
        views.journal.keep(map_step(window), dict(_by_strips(maps)))
        advance(window)
    views.journal.settle()


def map_step(window: Window) -> str:
    """Return the name that the second pass keeps a window by."""
    return f"map-{window.top}-{window.left}"


def is_pass_step(step: str) -> bool:
    """Return whether a step of a journal is a window of one of the two passes.

    Examples
    --------
    >>> [is_pass_step(step) for step in ("scan-0-0", "doubt-0-0", "map-0-0")]
    [True, False, True]
    """
    return step.partition("-")[0] in {"scan", "map"}


def strip_name(kind: str, strip: int) -> str:
    """Return the name of a strip of a window's map.

    Examples
    --------
    >>> strip_name("csc", 3)
    'csc-3'
    """
    return f"{kind}-{strip}"


def _halo_px(views: ImageViews) -> int:
    halo_px, least_px = (
        predicting_halo_px(views.settings.pixels),
        views.settings.pixels.despeckle_px,
    )
    if least_px > 1:
        halo_px += max(_LEAST_CLEANING_HALO_PX, least_px)
    return halo_px


def _reach_px(settings: PixelSettings) -> int | None:
    """Return how far from valid pixels others have a say: patches are swept by whole blocks."""
    return None if settings.classifier == "patch" else 2 * predicting_halo_px(settings)


def _label(view: View, posterior: Posterior, views: ImageViews) -> dict[str, NDArray[np.uint8]]:
    """Return the maps of a window by name, each (row, col) or (band, row, col)."""
    settings, clock, threads = views.settings, views.clock, views.resources.threads
    scheme = views.model.contract.scheme
    with clock.stage("predict"):
        positions = classify_pixels(posterior, threads)
        codes = cv2.LUT(positions, _code_of(scheme))
        codes *= view.valid
    with clock.stage("clean"):
        codes = despeckled(codes, settings.pixels.despeckle_px)
    maps = {"csc": codes}
    with clock.stage("layers"):
        if any(wanted for _, wanted in settings.layers):
            chosen = scheme.positions[codes]
            maps |= describe_pixels(posterior, chosen, settings.layers, threads).bands
    return {kind: bands[..., *view.inner] for kind, bands in maps.items()}


def _code_of(scheme: ClassScheme) -> NDArray[np.uint8]:
    """Return the code of each position, (256,)."""
    table = np.zeros(256, np.uint8)
    table[: len(scheme)] = scheme.codes
    return table


def _by_strips(maps: dict[str, NDArray[np.uint8]]) -> Iterator[tuple[str, NDArray[Any]]]:
    for kind, bands in maps.items():
        for strip, start in enumerate(range(0, bands.shape[-2], STRIP_PX)):
            yield strip_name(kind, strip), bands[..., start : start + STRIP_PX, :]
