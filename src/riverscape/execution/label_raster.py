"""Polygons written as the label raster of an image, strip by strip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from riverscape.imagery import byte_counts, open_raster, windows
from riverscape.labels import ClassScheme, PolygonLabels
from riverscape.maps import class_map_writer
from riverscape.progress import SILENT, Progress, stage

__all__ = ["RasterizedLabels", "rasterize_labels"]

_STRIP_PX = 512


@dataclass(frozen=True)
class RasterizedLabels:
    """What came of rasterizing polygons.

    Attributes
    ----------
    counts
        Pixels by code, of which 0 is unlabelled.
    polygons
        How many polygons lie in the image, and how many the file holds.
    contested_px
        Pixels that polygons of different classes share; the last of them in the file counts.
    """

    path: Path
    shape: tuple[int, int]
    counts: tuple[int, ...]
    polygons: tuple[int, int]
    contested_px: int

    @property
    def labelled_px(self) -> int:
        """Pixels with a class."""
        return sum(self.counts[1:])


def rasterize_labels(
    labels: PolygonLabels, scheme: ClassScheme, out: Path, progress: Progress = SILENT
) -> RasterizedLabels:
    """Write the label raster of an image, with the colours and names of the classes.

    Raises
    ------
    RiverscapeError
        If the polygons cannot be read or placed, are of unknown classes, lie outside the image
        or cover no pixel of it; or if the file cannot be written.
    """
    labels.check(scheme)
    own, codes = labels.placed(), labels.codes(scheme)
    with open_raster(labels.image) as raster:
        shape, place = raster.shape, (raster.transform, raster.crs, raster.control)
    counts, contested_px = np.zeros(256, np.int64), 0
    strips = windows(shape, _STRIP_PX, shape[1])
    with (
        stage(progress, "rasterizing", len(strips)),
        class_map_writer(out, shape, scheme, *place) as writer,
    ):
        for strip in strips:
            burnt = own.codes(codes, strip)
            writer.write(strip, burnt)
            counts += byte_counts(burnt)
            contested_px += int(own.contested(codes, strip).sum())
            progress.advance()
    among = len(own.positions), len(labels.polygons())
    return RasterizedLabels(out, shape, tuple(counts.tolist()), among, contested_px)
