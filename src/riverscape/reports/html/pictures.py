"""The pictures of a report: within a budget in the page itself, or linked beside it."""

import base64
import io
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from riverscape.labels import ClassScheme
from riverscape.outputs import whole_file
from riverscape.reports.html.safety import address

__all__ = ["KINDS", "Album", "inline_album", "linked_album"]

KINDS = ("image", "csc", "cnn", "labels", "confidence")
"""What the pictures of an image show, in the order in which they are offered."""

_MAPS = ("csc", "cnn", "labels")  # pictures of class codes
# Longest sides to try; at the last one a survey is a contact sheet, and larger than asked if need
# be: a report without pictures would be none.
_SIDES_PX = (
    900,
    800,
    720,
    640,
    580,
    520,
    470,
    430,
    390,
    360,
    330,
    300,
    270,
    240,
    210,
    180,
    150,
    120,
)
_THUMBNAIL_PX = 112
_QUALITY = 58
_THREADS = 4
_PROBED = 12
# Base64 takes four signs for three bytes.
_BASE64 = 4 / 3
_CONFIDENCE_STEP = 5

Previews = Mapping[str, Mapping[str, Path]]


@dataclass(frozen=True)
class Album:
    """The pictures of a survey, as addresses that a page can show.

    Attributes
    ----------
    side_px
        Longest side of the pictures.
    thumbnails, pictures
        By image, then by kind: "image", "csc", "cnn", "labels", "confidence". Thumbnails are of
        the image and the CSC map only.
    """

    side_px: int
    thumbnails: Mapping[str, Mapping[str, str]]
    pictures: Mapping[str, Mapping[str, str]]


def inline_album(previews: Previews, budget_mb: float, shown: ClassScheme | None = None) -> Album:
    """Return pictures that stand in the page, reduced as far as `budget_mb` asks for.

    Parameters
    ----------
    budget_mb
        For the pictures, 10⁶ signs of the page; thumbnails come on top.
    shown
        The classes in the colours to show them in, where these are not the previews'.
    """
    standing = _standing(previews)
    side_px = _side_that_fits(list(standing.values()), budget_mb * 1e6 / _BASE64, shown)
    with ThreadPoolExecutor(_THREADS) as pool:
        made = list(pool.map(partial(_of_image, side_px=side_px, shown=shown), standing.values()))
    thumbnails = {name: small for name, (small, _) in zip(standing, made, strict=True)}
    pictures = {name: large for name, (_, large) in zip(standing, made, strict=True)}
    return Album(side_px, thumbnails, pictures)


def linked_album(previews: Previews, page: Path, shown: ClassScheme | None = None) -> Album:
    """Return pictures that lie beside the page.

    Previews in a folder beneath the page's are linked where they lie; others, and those in other
    colours, are copied to a folder named after the page.

    Raises
    ------
    OutputError
        If a picture cannot be written.
    """
    folder = page.parent.resolve()
    beside = folder / f"{page.stem}-pictures"
    standing = _standing(previews)
    pictures: dict[str, dict[str, str]] = {name: {} for name in standing}
    for name, kinds in standing.items():
        for kind, path in kinds.items():
            at = path.resolve()
            if not at.is_relative_to(folder) or (shown and kind in _MAPS):
                at = _copied(path, beside / path.name, kind, shown)
            pictures[name][kind] = address(at.relative_to(folder).as_posix())
    with ThreadPoolExecutor(_THREADS) as pool:
        small = list(pool.map(partial(_thumbnails, shown=shown), standing.values()))
    return Album(_SIDES_PX[0], dict(zip(standing, small, strict=True)), pictures)


def _standing(previews: Previews) -> dict[str, dict[str, Path]]:
    """Return the previews that there are, in the order of kinds."""
    return {
        name: {kind: kinds[kind] for kind in KINDS if kind in kinds and kinds[kind].is_file()}
        for name, kinds in previews.items()
    }


def _side_that_fits(
    images: Sequence[Mapping[str, Path]], budget_bytes: float, shown: ClassScheme | None
) -> int:
    """Return the longest side at which the pictures of all images fit, as some of them tell."""
    probed = images[:: max(1, len(images) // _PROBED)] if images else []
    for side_px in _SIDES_PX:
        sizes = [
            sum(len(_encoded(path, kind, side_px, shown)[1]) for kind, path in kinds.items())
            for kinds in probed
        ]
        # A tenth in reserve: the images not looked at may hold more detail.
        if 1.1 * sum(sizes) * len(images) <= budget_bytes * max(len(probed), 1):
            return side_px
    return _SIDES_PX[-1]


def _of_image(
    kinds: Mapping[str, Path], side_px: int, shown: ClassScheme | None
) -> tuple[dict[str, str], dict[str, str]]:
    pictures = {
        kind: _in_page(*_encoded(path, kind, side_px, shown)) for kind, path in kinds.items()
    }
    return _thumbnails(kinds, shown), pictures


def _thumbnails(kinds: Mapping[str, Path], shown: ClassScheme | None) -> dict[str, str]:
    return {
        kind: _in_page(*_encoded(kinds[kind], kind, _THUMBNAIL_PX, shown))
        for kind in ("image", "csc")
        if kind in kinds
    }


def _in_page(media: str, content: bytes) -> str:
    return f"data:{media};base64,{base64.b64encode(content).decode('ascii')}"


def _encoded(path: Path, kind: str, side_px: int, shown: ClassScheme | None) -> tuple[str, bytes]:
    """Return media type and content of a preview, no longer than `side_px`."""
    with Image.open(path) as picture:
        recoloured = shown is not None and kind in _MAPS
        if max(picture.size) <= side_px and not recoloured:
            return f"image/{'jpeg' if picture.format == 'JPEG' else 'png'}", path.read_bytes()
        size = _reduced(picture.size, side_px)
        aside = io.BytesIO()
        if kind == "image":
            picture.draft("RGB", size)  # decodes no more than is needed
            reduced = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            reduced.save(aside, "WEBP", quality=_QUALITY, method=4)
            return "image/webp", aside.getvalue()
        values = np.asarray(picture.resize(size, Image.Resampling.NEAREST))
        colours = np.array(picture.getpalette(), np.uint8).reshape(-1, 3)
        clear = picture.info.get("transparency", 0)
    if kind == "confidence":
        # In steps, which nobody sees and which take half the room.
        known, clear = values <= 100, len(colours[:101:_CONFIDENCE_STEP])
        values = np.where(known, values // _CONFIDENCE_STEP, clear).astype(np.uint8)
        colours = np.vstack([colours[:101:_CONFIDENCE_STEP], np.zeros((1, 3), np.uint8)])
    elif shown is not None:
        colours = shown.palette
    reduced = Image.fromarray(values)
    # Of the palette no more than is used: whole, it is larger than a small map.
    reduced.putpalette(colours[: int(values.max()) + 1].tobytes())
    reduced.save(aside, "PNG", transparency=clear)
    return "image/png", aside.getvalue()


def _reduced(size: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Return width and height, the longest side `side_px` at most.

    Examples
    --------
    >>> _reduced((900, 300), 450), _reduced((10, 1), 90), _reduced((900, 1), 90)
    ((450, 150), (10, 1), (90, 1))
    """
    share = min(1, side_px / max(size))
    width, height = (max(1, round(length * share)) for length in size)
    return width, height


def _copied(path: Path, target: Path, kind: str, shown: ClassScheme | None) -> Path:
    with whole_file(target) as aside:
        if shown is not None and kind in _MAPS:
            aside.write_bytes(_encoded(path, kind, _SIDES_PX[0], shown)[1])
        else:
            shutil.copyfile(path, aside)
    return target.resolve()
