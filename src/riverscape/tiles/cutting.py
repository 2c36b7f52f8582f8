"""Cutting tiles out of labelled images into a store that may be larger than memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from riverscape.errors import InputError
from riverscape.imagery import file_sha256, map_parts, open_raster
from riverscape.labels import ClassKey, ClassScheme, LabelledImage, read_labels
from riverscape.progress import SILENT, Progress, stage
from riverscape.tiles.settings import TileSetSettings
from riverscape.tiles.tile_set import TileSet, even_shares
from riverscape.tiles.tile_store import keep_index, new_store, release, stored_tiles

__all__ = ["cut_tiles"]

_MAX_BANDS = 16


@dataclass(frozen=True)
class _Cut:
    stride_px: int
    purity: float


@dataclass(frozen=True)
class _Job:
    """The tiles to take of one image: of each class how many, and where they go in the store."""

    image: LabelledImage
    first: int
    cuts: Sequence[_Cut]
    shares: NDArray[np.int64]
    seed: int


def cut_tiles(
    images: Sequence[LabelledImage],
    scheme: ClassScheme,
    settings: TileSetSettings,
    folder: Path | None = None,
    progress: Progress = SILENT,
    threads: int = 1,
) -> TileSet:
    """Cut the tiles of labelled images.

    The images are read twice, one at a time: their labels to count what there is, then their
    pixels into the store. Where the store would outgrow `max_store_gb`, tiles are drawn evenly
    over classes and, within a class, over images.

    Parameters
    ----------
    folder
        Where the store is kept. What an earlier call with the same images and settings left
        there is taken as it is. Without it the store is a temporary file that vanishes with the
        program.

    Raises
    ------
    InputError
        If an image or its label raster cannot be read, or images or labels do not fit each other.
    OutputError
        If the store cannot be written.
    """
    identity = _identity(images, scheme, settings, progress, threads)
    key = _key(images, scheme, settings)
    if folder is not None:
        tiles = stored_tiles(folder, identity, images, scheme, key)
        if tiles is not None:
            return tiles
    bands = _check_bands(images)
    cuts = (
        _Cut(settings.stride_px, settings.purity),
        _Cut(settings.rare_stride_px, settings.rare_purity),
    )
    with stage(progress, "cutting tiles", 2 * len(images)):

        def count(image: LabelledImage) -> NDArray[np.int64]:
            found = _count(image, scheme, settings.tile_px, cuts)
            progress.advance(note=image.name)
            return found

        counted = np.stack(map_parts(count, images, threads))  # (image, cut or area, class)
        limit = int(settings.max_store_gb * 1e9) // (bands * settings.tile_px**2)
        jobs = _jobs(images, counted, cuts, settings.rare_tiles, limit)
        stored = int(sum(job.shares.sum() for job in jobs))
        store = new_store((stored, bands, settings.tile_px, settings.tile_px), folder)

        def fill(job: _Job) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
            found = _fill(store, job, scheme, settings.tile_px)
            progress.advance(note=job.image.name)
            return found

        parts = map_parts(fill, jobs, threads)
    release(store)
    tiles = TileSet(
        store=store,
        chosen=np.arange(len(store)),
        classes=np.concatenate([classes for classes, _ in parts]),
        sources=np.repeat(np.arange(len(parts)), [len(classes) for classes, _ in parts]),
        corners=np.concatenate([corners for _, corners in parts]),
        labelled_px=counted[:, 2],
        images=tuple(images),
        scheme=scheme,
        key=key,
        origin=identity,
    )
    if folder is not None:
        keep_index(folder, tiles, identity)
    return tiles


def _identity(
    images: Sequence[LabelledImage],
    scheme: ClassScheme,
    settings: TileSetSettings,
    progress: Progress,
    threads: int,
) -> dict[str, Any]:
    """Return what a tile set depends on: settings, classes, and the files by their SHA-256."""

    def hashes(image: LabelledImage) -> dict[str, str]:
        try:
            found = {
                "image": image.name,
                "sha256": file_sha256(image.image),
                "labels_sha256": file_sha256(image.label_raster),
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
        "classes": scheme.to_dict(),
        "images": hashed,
    }


def _check_bands(images: Sequence[LabelledImage]) -> int:
    """Return the number of bands, the same in all images."""
    bands = 0
    for pair in images:
        with open_raster(pair.image) as raster:
            if raster.dtype != "uint8":
                message = f"{pair.image} holds {raster.dtype} pixels; training takes uint8"
                raise InputError(message)
            if bands and raster.band_count != bands:
                message = (
                    f"{pair.image} has {raster.band_count} band(s), "
                    f"the images before it have {bands}"
                )
                raise InputError(message)
            bands = raster.band_count
    if bands > _MAX_BANDS:
        message = f"{images[0].image} has {bands} bands; a network takes 1 to {_MAX_BANDS}"
        raise InputError(message)
    return bands


def _count(
    pair: LabelledImage, scheme: ClassScheme, tile_px: int, cuts: Sequence[_Cut]
) -> NDArray[np.int64]:
    """Return tiles by each cut, and last the labelled pixels, of each class: (3, class)."""
    codes = read_labels(pair.label_raster, scheme)
    found = np.zeros((len(cuts) + 1, len(scheme)), np.int64)
    for position, code in enumerate(scheme.codes):
        mask = codes == code
        covered = _covered_px(mask, tile_px)
        for row, cut in enumerate(cuts):
            found[row, position] = len(_corners(covered, tile_px, cut))
        found[-1, position] = np.count_nonzero(mask)
    return found


def _jobs(
    images: Sequence[LabelledImage],
    counted: NDArray[np.int64],
    cuts: tuple[_Cut, _Cut],
    rare_tiles: int,
    limit: int,
) -> list[_Job]:
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
        _Job(image, int(firsts[index]), chosen, shares[index], index)
        for index, image in enumerate(images)
    ]


def _fill(
    store: NDArray[Any], job: _Job, scheme: ClassScheme, tile_px: int
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Write an image's tiles into the store; return their classes and corners."""
    rng = np.random.default_rng(job.seed)
    with open_raster(job.image.image) as raster:
        pixels = raster.read()
        codes = read_labels(job.image.label_raster, scheme, raster.shape)
    corners = [np.zeros((0, 2), np.int32)]
    for code, cut, share in zip(scheme.codes, job.cuts, job.shares, strict=True):
        if share:
            found = _corners(_covered_px(codes == code, tile_px), tile_px, cut)
            if share < len(found):
                found = found[np.sort(rng.choice(len(found), share, replace=False))]
            corners.append(found)
    for place, (row, col) in enumerate(np.concatenate(corners), start=job.first):
        store[place] = pixels[:, row : row + tile_px, col : col + tile_px]
    return np.repeat(np.arange(len(scheme)), job.shares), np.concatenate(corners)


def _covered_px(mask: NDArray[np.bool_], tile_px: int) -> NDArray[np.int32]:
    """Return how many pixels of `mask` each tile covers, by the tile's first row and column."""
    if min(mask.shape) < tile_px:
        return np.zeros((0, 0), np.int32)
    total = cv2.integral(mask.view(np.uint8))
    return np.asarray(
        total[tile_px:, tile_px:]
        - total[:-tile_px, tile_px:]
        - total[tile_px:, :-tile_px]
        + total[:-tile_px, :-tile_px]
    )


def _corners(covered_px: NDArray[np.int32], tile_px: int, cut: _Cut) -> NDArray[np.int32]:
    """Return first row and column, (n, 2), of each tile that is covered enough."""
    enough = covered_px[:: cut.stride_px, :: cut.stride_px] >= cut.purity * tile_px * tile_px
    return np.argwhere(enough).astype(np.int32) * cut.stride_px


def _key(
    images: Sequence[LabelledImage], scheme: ClassScheme, settings: TileSetSettings
) -> ClassKey:
    if settings.split_classes_by_river:
        rivers = [image.river for image in images]
        return ClassKey.by_river(scheme, rivers, settings.unlabelled_output)
    return ClassKey.of_scheme(scheme)
