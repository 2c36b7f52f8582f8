"""Surveys: folders of images, and what their file names say."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from riverscape.errors import SurveyError

__all__ = [
    "IMAGE_SUFFIXES",
    "LABEL_PREFIX",
    "file_sha256",
    "find_images",
    "image_name",
    "river_name",
]

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
LABEL_PREFIX = "SCLS_"
# What riverscape itself writes: never an image of the survey, also when maps lie beside images.
_PRODUCTS = (
    ("CLASS_CSC_", ".tif"),
    ("CLASS_CNN_", ".tif"),
    ("CONF_", ".tif"),
    ("PROB_", ".tif"),
    ("UNC_", ".tif"),
    ("FIGURE_", ".png"),
)


def image_name(path: Path) -> str:
    """Return the name that an image's outputs carry.

    Examples
    --------
    >>> image_name(Path("survey/StMarg_31162.jpg"))
    'StMarg_31162'
    """
    return path.stem


def river_name(path: Path) -> str:
    """Return the river's name: the text before the first underscore.

    Examples
    --------
    >>> river_name(Path("survey/StMarg_31162.jpg"))
    'StMarg'
    """
    return path.stem.split("_", 1)[0]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_images(sources: Sequence[Path | str]) -> list[Path]:
    """Return the images of files and folders, each folder's sorted by name.

    Label rasters, hidden files and riverscape's own maps in a folder are no images of it.

    Raises
    ------
    SurveyError
        If a source is missing, is no image or holds none, or if two images share a name and
        so would write the same outputs. All problems are listed at once.
    """
    images: list[Path] = []
    problems: list[str] = []
    for source in map(Path, sources):
        if source.is_dir():
            found = sorted(path for path in source.iterdir() if _is_image(path))
            if not found:
                problems.append(f"{source} holds no image (.jpg .jpeg .png .tif .tiff)")
            images += found
        elif not source.exists():
            problems.append(f"{source} does not exist")
        elif source.suffix.lower() not in IMAGE_SUFFIXES:
            problems.append(f"{source} is not an image (.jpg .jpeg .png .tif .tiff)")
        else:
            images.append(source)
    # A file named twice, by itself and by its folder, is one image.
    images = list({path.resolve(): path for path in reversed(images)}.values())[::-1]
    problems += _shared_names(images)
    if problems:
        raise SurveyError(" ".join(map(str, sources)), problems)
    return images


def _is_image(path: Path) -> bool:
    return (
        path.is_file()
        and path.suffix.lower() in IMAGE_SUFFIXES
        and not path.name.startswith((".", LABEL_PREFIX))
        and not any(path.name.startswith(start) and path.suffix == end for start, end in _PRODUCTS)
    )


def _shared_names(images: list[Path]) -> list[str]:
    first: dict[str, Path] = {}
    problems = []
    for path in images:
        # Compared without case: the outputs may be written where case does not count.
        other = first.setdefault(image_name(path).lower(), path)
        if other is not path:
            problems.append(f"{other} and {path} share a name, so their maps would too; rename one")
    return problems
