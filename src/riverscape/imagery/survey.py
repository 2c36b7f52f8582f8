"""Surveys: folders of images, and what their file names say."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from riverscape.errors import InputError, SurveyError
from riverscape.imagery.opening import open_raster
from riverscape.imagery.sources import Source, as_source, image_name

__all__ = [
    "IMAGE_SUFFIXES",
    "LABEL_PREFIX",
    "file_sha256",
    "find_images",
]

# What a folder is searched for; an image that is named may have any suffix.
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".webp", ".img", ".vrt"}
)
LABEL_PREFIX = "SCLS_"
_LISTED = " ".join(sorted(IMAGE_SUFFIXES))
# What riverscape itself writes: never an image of the survey, also when maps lie beside images.
_PRODUCTS = (
    ("CLASS_CSC_", ".tif"),
    ("CLASS_CNN_", ".tif"),
    ("CONF_", ".tif"),
    ("PROB_", ".tif"),
    ("UNC_", ".tif"),
    ("FIGURE_", ".png"),
)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(source: Source) -> str:
    """Return what tells an image from others: a file's SHA-256, what a server says of an address.

    Raises
    ------
    InputError
        If an address cannot be read.
    """
    if isinstance(source, Path):
        return file_sha256(source)
    with open_raster(source) as raster:
        return raster.identity()


def find_images(sources: Sequence[Source]) -> list[Source]:
    """Return the images of files, folders and addresses, each folder's sorted by name.

    Label rasters, hidden files and riverscape's own maps in a folder are no images of it.

    Raises
    ------
    SurveyError
        If a source is missing, is no image or holds none, or if two images share a name and
        so would write the same outputs. All problems are listed at once.
    """
    images, problems = listed_images(sources)
    problems += _shared_names(images)
    if problems:
        raise SurveyError(" ".join(map(str, sources)), problems)
    return images


def listed_images(sources: Sequence[Source]) -> tuple[list[Source], list[str]]:
    """Return the images of files, folders and addresses, each once, and what is wrong, in words."""
    images: list[Source] = []
    problems: list[str] = []
    for source in map(as_source, sources):
        if isinstance(source, str):
            images.append(source)
        elif source.is_dir():
            found = sorted(path for path in source.iterdir() if _is_image(path))
            if not found:
                problems.append(f"{source} holds no image ({_LISTED})")
            images += found
        elif not source.exists():
            problems.append(f"{source} does not exist")
        elif source.suffix.lower() not in IMAGE_SUFFIXES and not _opens(source):
            problems.append(f"{source} is not an image that can be read")
        else:
            images.append(source)
    # A file named twice, by itself and by its folder, is one image.
    images = list({_place(image): image for image in reversed(images)}.values())[::-1]
    return images, problems


def _place(image: Source) -> str:
    return image if isinstance(image, str) else str(image.resolve())


def _opens(path: Path) -> bool:
    try:
        with open_raster(path):
            return True
    except InputError:
        return False


def _is_image(path: Path) -> bool:
    return (
        path.is_file()
        and path.suffix.lower() in IMAGE_SUFFIXES
        and not path.name.startswith((".", LABEL_PREFIX))
        and not any(path.name.startswith(start) and path.suffix == end for start, end in _PRODUCTS)
    )


def _shared_names(images: list[Source]) -> list[str]:
    first: dict[str, Source] = {}
    problems = []
    for image in images:
        # Compared without case: the outputs may be written where case does not count.
        other = first.setdefault(image_name(image).lower(), image)
        if other is not image:
            problems.append(
                f"{other} and {image} share a name, so their maps would too; rename one"
            )
    return problems
