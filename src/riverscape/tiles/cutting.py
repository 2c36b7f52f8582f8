"""Cutting tiles out of labelled images into a store that may be larger than memory."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import Source, file_sha256, map_parts, open_raster
from riverscape.imagery.settings import ImageSettings
from riverscape.labels import ClassKey, ClassScheme, LabelledImage
from riverscape.progress import SILENT, Progress, stage
from riverscape.tiles.image_tiles import Cut, Job, count_tiles, cut_image
from riverscape.tiles.settings import TileSetSettings
from riverscape.tiles.survey_pixels import SurveyPixels
from riverscape.tiles.tile_set import TileSet, even_shares
from riverscape.tiles.tile_store import keep_index, new_store, release, stored_tiles

__all__ = ["cut_tiles"]


def cut_tiles(
    images: Sequence[LabelledImage],
    scheme: ClassScheme,
    settings: TileSetSettings,
    folder: Path | None = None,
    progress: Progress = SILENT,
    threads: int = 1,
    survey: SurveyPixels | None = None,
) -> TileSet:
    """Cut the tiles of labelled images.

    The images are read twice, a strip of rows at a time: their labels to count what there is,
    then their pixels into the store. Where the store would outgrow `max_store_gb`, tiles are
    drawn evenly over classes and, within a class, over images.

    Parameters
    ----------
    folder
        Where the store is kept. What an earlier call with the same images and settings left
        there is taken as it is. Without it the store is a temporary file that vanishes with the
        program.
    survey
        Which bands to take and how pixels become levels; without it all bands of the first
        image.

    Raises
    ------
    InputError
        If an image or its label raster cannot be read, or images or labels do not fit each other.
    OutputError
        If the store cannot be written.
    """
    paths = [image.image for image in images]
    survey = survey or SurveyPixels.of(paths, ImageSettings())
    identity = _identity(images, scheme, settings, survey, progress, threads)
    key = _key(images, scheme, settings)
    if folder is not None:
        tiles = stored_tiles(folder, identity, images, scheme, key, survey)
        if tiles is not None:
            return tiles
    survey = survey.with_levels(paths, threads)
    tiles = _cut(images, scheme, settings, folder, progress, threads, survey)
    tiles = replace(tiles, key=key, origin=identity)
    if folder is not None:
        keep_index(folder, tiles, identity)
    return tiles


def _cut(
    images: Sequence[LabelledImage],
    scheme: ClassScheme,
    settings: TileSetSettings,
    folder: Path | None,
    progress: Progress,
    threads: int,
    survey: SurveyPixels,
) -> TileSet:
    cuts = (
        Cut(settings.stride_px, settings.purity),
        Cut(settings.rare_stride_px, settings.rare_purity),
    )
    tile_px, bands = settings.tile_px, len(survey.bands)
    with stage(progress, "cutting tiles", 2 * len(images)):

        def count(image: LabelledImage) -> NDArray[np.int64]:
            found = count_tiles(image, scheme, survey, tile_px, cuts)
            progress.advance(note=image.name)
            return found

        counted = np.stack(map_parts(count, images, threads))  # (image, cut or area, class)
        limit = int(settings.max_store_gb * 1e9) // (bands * tile_px**2)
        jobs = _jobs(images, counted, cuts, settings.rare_tiles, limit)
        stored = int(sum(job.shares.sum() for job in jobs))
        store = new_store((stored, bands, tile_px, tile_px), folder)

        def fill(job: Job) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
            found = cut_image(store, job, scheme, survey, tile_px)
            progress.advance(note=job.image.name)
            return found

        parts = map_parts(fill, jobs, threads)
    release(store)
    return TileSet(
        store=store,
        chosen=np.arange(len(store)),
        classes=np.concatenate([classes for classes, _ in parts]),
        sources=np.repeat(np.arange(len(parts)), [len(classes) for classes, _ in parts]),
        corners=np.concatenate([corners for _, corners in parts]),
        labelled_px=counted[:, 2],
        images=tuple(images),
        scheme=scheme,
        key=ClassKey.of_scheme(scheme),
        survey=survey,
    )


def _identity(
    images: Sequence[LabelledImage],
    scheme: ClassScheme,
    settings: TileSetSettings,
    survey: SurveyPixels,
    progress: Progress,
    threads: int,
) -> dict[str, Any]:
    """Return what a tile set depends on: settings, bands, classes, the files by their SHA-256."""

    def hashes(image: LabelledImage) -> dict[str, str]:
        try:
            found = {
                "image": image.name,
                "sha256": _fingerprint(image.image),
                "labels_sha256": image.labels_sha256(),
            }
            progress.advance(note=image.name)
            return found
        except OSError as error:
            message = f"{error.filename} cannot be read: {error.strerror}"
            raise InputError(message) from error

    with stage(progress, "reading files", len(images)):
        hashed = map_parts(hashes, images, threads)
    return {
        "settings": settings.model_dump(
            exclude={"split_classes_by_river", "unlabelled_output", "min_tiles"}
        ),
        "pixels": survey.stated(),
        "classes": scheme.to_dict(),
        "images": hashed,
    }


def _fingerprint(image: Source) -> str:
    """Return the SHA-256 of a local image; of one that is far away what its server says of it."""
    if isinstance(image, Path):
        return file_sha256(image)
    with open_raster(image) as raster:
        return raster.identity()


def _jobs(
    images: Sequence[LabelledImage],
    counted: NDArray[np.int64],
    cuts: tuple[Cut, Cut],
    rare_tiles: int,
    limit: int,
) -> list[Job]:
    usual, denser = counted[:, 0], counted[:, 1]
    rare = usual.sum(axis=0) < rare_tiles
    found = np.where(rare, denser, usual)  # (image, class)
    limits = even_shares(found.sum(axis=0), limit)
    shares = np.stack(
        [even_shares(of_class, most) for of_class, most in zip(found.T, limits, strict=True)],
        axis=1,
    )
    firsts = np.cumsum(shares.sum(axis=1)) - shares.sum(axis=1)
    chosen = [cuts[int(is_rare)] for is_rare in rare]
    return [
        Job(image, int(firsts[index]), chosen, found[index], shares[index], index)
        for index, image in enumerate(images)
    ]


def _key(
    images: Sequence[LabelledImage], scheme: ClassScheme, settings: TileSetSettings
) -> ClassKey:
    if settings.split_classes_by_river:
        rivers = [image.river for image in images]
        return ClassKey.by_river(scheme, rivers, settings.unlabelled_output)
    return ClassKey.of_scheme(scheme)
