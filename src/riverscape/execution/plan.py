"""What a run over a survey would take, found out without doing it."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from riverscape.errors import InputError
from riverscape.execution.disk import Room, colour_columns, room_for
from riverscape.execution.excerpt import excerpt
from riverscape.execution.look import Look, sampled_shares, sampled_valid_share
from riverscape.execution.products import Products, asked_layers
from riverscape.imagery import Raster, Source, Window, image_name, open_raster
from riverscape.journal import FolderJournal, MemoryJournal
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import Resources, bytes_per_px, map_image, needed_mb, seen_by
from riverscape.workflow.image_views import ImageViews
from riverscape.workflow.labelling import labelling_windows

__all__ = ["ImagePlan", "plan_image", "plan_survey"]

# Excerpts that are classified to see how long it takes: as many, of that side. One that holds
# data comes before them, unmeasured, so that nothing is loaded while they are.
_SAMPLES, _SAMPLE_PX, _FIRST_PX = 2, 1536, 256
# Stages that take as long for an excerpt as for an image.
_CONSTANT = ("fit",)
# What a pixel without data takes of the time of one with: measured on images of 10 and 90 Gpx.
_EMPTY = 0.03


@dataclass(frozen=True)
class ImagePlan:
    """What is known of an image, and what its maps will take.

    Attributes
    ----------
    valid_share
        Share of its pixels that hold data, estimated.
    warnings
        What is odd about it for this model.
    side_px
        Side of the windows, about.
    windows
        How many there are, in both passes.
    memory_mb, seconds
        Expected.
    """

    name: str
    image: str
    shape: tuple[int, int]
    bands: tuple[str, ...]
    dtype: str
    crs: str | None
    gsd_m: float | None
    valid_share: float
    warnings: tuple[str, ...]
    side_px: int
    windows: tuple[int, int]
    memory_mb: float
    room: Room
    seconds: float


def plan_survey(
    images: Sequence[Source], model: Model, settings: Settings, resources: Resources
) -> tuple[list[ImagePlan], list[str]]:
    """Return the plan of each image, and in words what is wrong with the others."""
    plans, problems = [], []
    for image in images:
        try:
            plans.append(plan_image(image, model, settings, resources))
        except InputError as error:
            problems.append(str(error))
    return plans, problems


def plan_image(image: Source, model: Model, settings: Settings, resources: Resources) -> ImagePlan:
    """Return what the maps of an image will take, in a few seconds, however large it is.

    Raises
    ------
    InputError
        If the image cannot be used with the model.
    """
    with open_raster(image, settings.image) as opened:
        raster = seen_by(model, opened, settings.image)
        side_px = resources.side_px(raster.shape, bytes_per_px(raster))
        views = ImageViews(raster, model, settings, resources, side_px, MemoryJournal())
        valid_share = sampled_valid_share(raster)
        look = Look(opened.shape, "", bytes_per_px(opened), valid_share)
        products = Products(
            Path(), "", labelled=False, figures=False, layers=asked_layers(settings)
        )
        note = model.contract.gsd_note(raster)
        return ImagePlan(
            image_name(image),
            str(image),
            opened.shape,
            opened.band_names,
            opened.dtype,
            opened.crs.to_string() if opened.crs else None,
            opened.gsd_m,
            valid_share,
            () if note is None else (note,),
            side_px,
            (len(views.all_windows), len(labelling_windows(views))),
            needed_mb(raster.shape, bytes_per_px(raster), side_px, model.contract, settings),
            room_for(
                look,
                products,
                len(model.contract.scheme),
                side_px,
                colour_columns(settings, model.contract),
            ),
            _seconds(raster, model, settings, resources, valid_share, max(raster.shape) > side_px),
        )


def _seconds(
    raster: Raster,
    model: Model,
    settings: Settings,
    resources: Resources,
    valid_share: float,
    by_windows: bool,
) -> float:
    """Return about how long an image takes, from excerpts that are classified now."""
    places = _with_data(raster, _SAMPLES)
    if not places:
        return 0.0
    # By windows as the image is: windows are read more than once.
    side_px = _SAMPLE_PX // 2 if by_windows else _SAMPLE_PX
    _take_time(raster, _about(places[0], raster, _FIRST_PX), model, settings, resources, side_px)
    varying_s, constant_s, valid_px = 0.0, 0.0, 0.0
    for place in {_about(place, raster, _SAMPLE_PX) for place in places}:
        varying, constant, valid = _take_time(raster, place, model, settings, resources, side_px)
        varying_s, valid_px = varying_s + varying, valid_px + valid
        constant_s = max(constant_s, constant)
    worth = valid_share + _EMPTY * (1 - valid_share)
    return constant_s + varying_s / max(valid_px, 1) * worth * math.prod(raster.shape)


def _with_data(raster: Raster, count: int) -> list[Window]:
    """Return places that hold most data, far from each other in the order of the image."""
    found = sampled_shares(raster)
    most = max(found.values())
    full = [place for place, share in found.items() if share == most > 0]
    step = max(1, len(full) // count)
    return full[step // 2 :: step][:count]


def _about(place: Window, raster: Raster, side_px: int) -> Window:
    """Return a square around a place, inside the image."""
    tops = [
        (max(0, min(middle - side_px // 2, length - side_px)), min(side_px, length))
        for middle, length in zip(
            (place.top + place.height_px // 2, place.left + place.width_px // 2),
            raster.shape,
            strict=True,
        )
    ]
    (top, height_px), (left, width_px) = tops
    return Window(top, left, height_px, width_px)


def _take_time(
    raster: Raster,
    place: Window,
    model: Model,
    settings: Settings,
    resources: Resources,
    side_px: int,
) -> tuple[float, float, int]:
    """Classify an excerpt: seconds that grow with it, seconds that do not, its valid pixels."""
    part = excerpt(raster, place)
    with (
        TemporaryDirectory(prefix="riverscape-") as folder,
        FolderJournal.open(Path(folder) / "journal", {}, resume=False) as journal,
    ):
        started = time.perf_counter()
        maps = map_image(part, model, settings, resources, journal, side_px)
        for _ in maps.strips():
            pass
        spent = time.perf_counter() - started
    constant = sum(maps.seconds.get(stage, 0.0) for stage in _CONSTANT)
    return max(0.0, spent - constant), constant, int(part.read_valid().sum())
