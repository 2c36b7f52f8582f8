"""Surveys of other bands and bit depths than photographs have, and models trained on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from riverscape.imagery import open_raster
from riverscape.imagery.settings import ImageSettings
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage, pair_labels
from riverscape.scenes import River, write_survey
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Model, cut_tiles
from riverscape.tiles.survey_pixels import SurveyPixels

__all__ = ["QUICK", "RGBN", "quick_model", "to_wide", "write_image", "write_twins"]

RGBN = ("red", "green", "blue", "nir")
# Near infrared of each class code, 0 to 5: water is dark, green leaves are bright.
_NIR = np.array([90, 15, 110, 210, 150, 70])

QUICK = make_settings(
    {
        "tile_set": {"rare_stride_px": 10},
        "training": {
            "epochs": 3,
            "batches_per_epoch": 20,
            "batch_tiles": 48,
            "validation_share": 0,
        },
    }
)


def write_image(
    path: Path | str,
    pixels: NDArray[Any],
    colours: Sequence[str] = (),
    nodata: float | None = None,
    gsd_m: float | None = None,
    crs: str = "EPSG:32619",
    **more: Any,
) -> Path:
    """Write pixels (band, row, col) as a GeoTIFF, georeferenced where `gsd_m` is given."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    place = {"crs": crs, "transform": from_origin(4e5, 5e6, gsd_m, gsd_m)} if gsd_m else {}
    with rasterio.open(
        path, "w", driver="GTiff", count=len(pixels), height=pixels.shape[1],
        width=pixels.shape[2], dtype=pixels.dtype, nodata=nodata, **place, **more,
    ) as file:  # fmt: skip
        if colours:
            file.colorinterp = [ColorInterp[colour] for colour in colours]
        elif len(pixels) > 1:
            file.colorinterp = [ColorInterp.undefined] * len(pixels)
        file.write(pixels)
    return path


def to_wide(levels: NDArray[np.uint8], seed: int) -> NDArray[np.uint16]:
    """Return 16-bit pixels whose high byte is the level and whose low byte is noise."""
    noise = np.random.default_rng(seed).integers(0, 256, levels.shape)
    return (levels * np.int64(256) + noise).astype(np.uint16)


def write_twins(
    folder: Path, images: int = 2, height_px: int = 320, width_px: int = 420, seed: int = 0
) -> tuple[Path, Path]:
    """Write a synthetic survey of red, green, blue and near infrared twice: in 8 and 16 bits.

    Returns
    -------
        The folders of both, each with its label rasters. Images of a name show the same.
    """
    plain = folder / "photographs"
    write_survey(plain, [River.from_name("Alder")], images, height_px, width_px, seed=seed)
    for place, pair in enumerate(pair_labels([plain], required=True)):
        with open_raster(pair.image) as raster, open_raster(pair.label_raster) as labels:
            photograph, codes = raster.read(), labels.read()[0].astype(int)
        noise = np.random.default_rng((seed, place)).normal(0, 12, codes.shape)
        nir = (_NIR[codes] + noise).clip(0, 255).astype(np.uint8)
        levels = np.concatenate([photograph, nir[None]])
        wide = to_wide(levels, seed=1000 * seed + place)
        for name, pixels in (("eight", levels), ("sixteen", wide)):
            write_image(folder / name / f"{pair.name}.tif", pixels, RGBN)
            write_image(folder / name / pair.label_raster.name, codes[None].astype(np.uint8))
    return folder / "eight", folder / "sixteen"


def quick_model(
    survey: Path | Sequence[LabelledImage],
    image: ImageSettings | None = None,
    settings: Settings = QUICK,
) -> Model:
    """Train a compact model on a survey in a few seconds."""
    from riverscape.workflow import train

    pairs = pair_labels([survey], required=True) if isinstance(survey, Path) else survey
    image = image or ImageSettings()
    pixels = SurveyPixels.of([pair.image for pair in pairs], image)
    tiles = cut_tiles(pairs, PUBLISHED_CLASSES, settings.tile_set, survey=pixels)
    return train(tiles, "quick", settings.model_copy(update={"image": image})).model
