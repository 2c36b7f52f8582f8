"""The maps of an image written to their files, strip by strip, and what is in them summed up."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riverscape.execution.map_summary import MapSummary
from riverscape.execution.products import Products
from riverscape.imagery import Window, ahead, map_parts
from riverscape.labels import PolygonLabels, read_labels
from riverscape.maps import ClassMapWriter, StripWriter, class_map_writer, percent_geotiff
from riverscape.workflow import ImageMaps

__all__ = ["write_maps"]

Labels = Path | PolygonLabels | None
Strips = dict[str, NDArray[np.uint8]]


def write_maps(
    maps: ImageMaps,
    products: Products,
    labels: Labels,
    summary: MapSummary,
    threads: int,
    advance: Callable[[Window], None],
) -> None:
    """Write the maps of an image, whole or not at all, and sum up what is in them.

    Parameters
    ----------
    summary
        What the sums are added to.
    threads
        Threads to work on: each file is one's at a time. Their number changes no byte.
    advance
        Told of each strip that is written.

    Raises
    ------
    OutputError
        If a file cannot be written.
    InputError
        If the labels cannot be read.
    """
    scheme, raster = maps.tile_map.scheme, maps.own
    with ExitStack() as stack:
        place = raster.transform, raster.crs, raster.control
        writers: dict[str, ClassMapWriter | StripWriter] = {
            name: stack.enter_context(class_map_writer(path, raster.shape, scheme, *place))
            for name, path in (("csc", products.csc_map), ("cnn", products.cnn_map))
        }
        for layer, names in maps.layers.items():
            layer_kind = percent_geotiff(raster.shape, names, *place)
            writers[layer] = stack.enter_context(layer_kind.writer(products.layer(layer)))
        for strip, bands in ahead(maps.strips()):
            parts = [partial(writers[name].write, strip, codes) for name, codes in bands.items()]
            parts.append(partial(_sum_up, summary, labels, maps, strip, bands))
            map_parts(_do, parts, threads)
            advance(strip)
        if isinstance(csc := writers["csc"], ClassMapWriter):
            summary.areas_m2 = csc.areas.by_name(scheme)


def _do(part: Callable[[], None]) -> None:
    part()


def _sum_up(
    summary: MapSummary, labels: Labels, maps: ImageMaps, strip: Window, bands: Strips
) -> None:
    """Sum up what is in a strip of the maps, and how it agrees with labels."""
    known = None
    if labels is not None:
        known = read_labels(labels, maps.tile_map.scheme, maps.own.shape, strip)
    sure = _confidence(maps, strip, bands, known is not None)
    summary.add(strip, bands["csc"], bands["cnn"], known, sure)


def _confidence(
    maps: ImageMaps, strip: Window, bands: Strips, labelled: bool
) -> dict[str, NDArray[np.uint8]]:
    """Return how sure the maps are of a strip, as far as it is known on the image's own grid.

    Of the CNN map only where labels can tell what that is worth.
    """
    known = {"CSC map": bands["confidence"][0]} if "confidence" in bands else {}
    if labelled and maps.own is maps.raster:
        known["CNN map"] = maps.tile_map.confidence(strip)
    return known
