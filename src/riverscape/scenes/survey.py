"""A folder of synthetic photographs with label rasters, named as surveys of the method are."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from riverscape.errors import InputError, OutputError
from riverscape.outputs import whole_file
from riverscape.progress import SILENT, Progress, stage
from riverscape.scenes.cover import Cover
from riverscape.scenes.noise import subseed
from riverscape.scenes.river import River
from riverscape.scenes.scene import Scene

_JPEG_QUALITY = 92


def write_survey(
    folder: Path,
    rivers: Sequence[River],
    images_per_river: int,
    height_px: int,
    width_px: int,
    seed: int,
    cover: Cover | None = None,
    progress: Progress = SILENT,
) -> list[Path]:
    """Write photographs `River_0001.jpg` with labels `SCLS_River_0001.tif`; return the photographs.

    The folder is made if need be; files of the same names are replaced. The same arguments write
    the same pixels.

    Raises
    ------
    InputError
        If no river or no image is asked for, or two rivers share a name.
    OutputError
        If a photograph cannot be written.
    """
    names = [river.name for river in rivers]
    if not names or images_per_river < 1:
        msg = f"a survey of {len(names)} rivers x {images_per_river} images is empty"
        raise InputError(msg)
    if len(set(names)) < len(names):
        msg = f"two rivers share a name, so their files would: {', '.join(sorted(names))}"
        raise InputError(msg)
    photographs = []
    with stage(progress, "making scenes", len(rivers) * images_per_river):
        for river in rivers:
            for number in range(1, images_per_river + 1):
                stem = f"{river.name}_{number:04d}"
                scene = Scene(river, subseed(seed, stem), height_px, width_px, cover or Cover())
                image, codes = scene.window(0, 0, height_px, width_px)
                _write_photograph(folder / f"{stem}.jpg", image)
                _write_labels(folder / f"SCLS_{stem}.tif", codes)
                photographs.append(folder / f"{stem}.jpg")
                progress.advance(note=stem)
    return photographs


def _write_photograph(path: Path, image: npt.NDArray[np.uint8]) -> None:
    """Write uint8 (rgb, row, col) as JPEG."""
    pixels = np.ascontiguousarray(image[::-1].transpose(1, 2, 0))
    good, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not good:
        msg = f"{path.name}: {image.shape[1]} x {image.shape[2]} px is more than a JPEG can hold"
        raise OutputError(msg)
    with whole_file(path) as aside:
        aside.write_bytes(data.tobytes())


def _write_labels(path: Path, codes: npt.NDArray[np.uint8]) -> None:
    """Write uint8 (row, col) as a single-band TIFF, without a place on Earth."""
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.io import MemoryFile

    height_px, width_px = codes.shape
    with warnings.catch_warnings(), whole_file(path) as aside, MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(
            driver="GTiff",
            dtype="uint8",
            count=1,
            height=height_px,
            width=width_px,
            compress="deflate",
        ) as raster:
            raster.write(codes, 1)
        aside.write_bytes(memory.getbuffer())
