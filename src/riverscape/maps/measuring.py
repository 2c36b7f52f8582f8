"""How much of a map, of any size, each class takes."""

import csv
from pathlib import Path

from riverscape.imagery import open_raster, windows
from riverscape.labels import ClassScheme, read_labels
from riverscape.maps.class_areas import ClassAreas
from riverscape.outputs import whole_file
from riverscape.progress import SILENT, Progress, stage

__all__ = ["measure_areas", "save_areas"]

_STRIP_PX = 512


def measure_areas(path: Path, scheme: ClassScheme, progress: Progress = SILENT) -> ClassAreas:
    """Return pixels and area of each class of a map, read strip by strip.

    Raises
    ------
    InputError
        If the map cannot be read or holds codes outside the classes.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> from riverscape.maps import ClassMap
    >>> codes = np.array([[1, 2, 0], [1, 1, 3]], np.uint8)
    >>> path = Path(tempfile.mkdtemp()) / "CLASS_CSC_Alder_0001.tif"
    >>> _ = ClassMap(codes, PUBLISHED_CLASSES).save(path)
    >>> areas = measure_areas(path, PUBLISHED_CLASSES)
    >>> areas.pixels(1), areas.square_metres(1)
    (3, None)
    """
    with open_raster(path) as raster:
        areas = ClassAreas(raster.shape, raster.transform, raster.crs)
        strips = windows(raster.shape, _STRIP_PX, raster.width_px)
    with stage(progress, "measuring", len(strips)):
        for strip in strips:
            areas.add(strip.top, read_labels(path, scheme, window=strip))
            progress.advance()
    return areas


def save_areas(path: Path, scheme: ClassScheme, areas: ClassAreas) -> None:
    """Write class, code, pixels, share in per cent and square metres as CSV, whole or not at all.

    The last column is there only where the map has a place on Earth. Classes that the map does
    not hold are listed with 0; what has no data counts for nothing.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    total = sum(areas.pixels(cover.code) for cover in scheme)
    measured = areas.by_name(scheme)
    with whole_file(path) as aside, aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["class", "code", "pixels", "per_cent", *(["area_m2"] if measured else [])])
        for cover in scheme:
            pixels = areas.pixels(cover.code)
            row: list[object] = [cover.name, cover.code, pixels]
            row.append(f"{100 * pixels / max(total, 1):.4f}")
            writer.writerow([*row, *([f"{measured[cover.name]:.3f}"] if measured else [])])
