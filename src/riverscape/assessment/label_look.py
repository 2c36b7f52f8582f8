"""A look at the labels of one image: how much of each class, in what colours, and a small copy."""

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import RiverscapeError
from riverscape.imagery import Raster, Window, byte_counts, open_raster, windows
from riverscape.labels import ClassScheme, LabelledImage, read_labels

__all__ = ["LabelLook", "look_at_labels"]

# As many pixels of a class are looked at in an image.
SAMPLE_PX = 2000
_PREVIEW_PX = 300
_STRIP_PX = 512
_LOW_PERCENT, _HIGH_PERCENT = 1, 99


@dataclass(frozen=True, eq=False)
class LabelLook:
    """What the labels of one image are.

    Attributes
    ----------
    labels
        The file of the labels; empty where the image has none.
    shape
        Rows and columns; zeros where the image cannot be read.
    counts
        Labelled pixels by code, (256,).
    colours
        By class code a seeded sample of its pixels, (pixel, band); empty where there is none.
    picture, codes
        The image, (row, col, 3), and its labels, (row, col), reduced alike.
    faults
        Why the labels cannot be used.
    doubts
        What to look at before they are used.
    doubtful
        Codes of the classes whose colours are those of others.
    """

    name: str
    labels: str = ""
    shape: tuple[int, int] = (0, 0)
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    colours: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    picture: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8))
    codes: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    doubtful: tuple[int, ...] = ()

    @property
    def labelled_px(self) -> int:
        """Pixels with a class."""
        return int(self.counts[1:].sum())

    @property
    def labelled_share(self) -> float:
        """Share of the image that has a class; 0 where it cannot be read."""
        return self.labelled_px / max(self.shape[0] * self.shape[1], 1)

    def doubted(self, *doubts: str) -> "LabelLook":
        """Return the look with more doubts."""
        return replace(self, doubts=(*self.doubts, *doubts))


def look_at_labels(pair: LabelledImage, scheme: ClassScheme, seed: int) -> LabelLook:
    """Return what the labels of an image are, read strip by strip.

    That image or labels cannot be read is no error but a fault of the look. The same seed gives
    the same sample.
    """
    name = PurePath(pair.labels.name).name if pair.labels is not None else ""
    look = LabelLook(pair.name, name)
    try:
        with open_raster(pair.image) as raster:
            look = replace(look, shape=raster.shape)
            return _Looking(pair, scheme, raster, np.random.default_rng(seed)).at(look)
    except RiverscapeError as error:
        look = replace(look, faults=(str(error),))
    if pair.labels is None:
        return look
    # The image at least is shown.
    bare = look_at_labels(LabelledImage(pair.image, None), scheme, seed)
    return replace(look, picture=bare.picture, codes=bare.codes)


class _Looking:
    def __init__(
        self, pair: LabelledImage, scheme: ClassScheme, raster: Raster, rng: np.random.Generator
    ) -> None:
        self._pair, self._scheme, self._raster, self._rng = pair, scheme, raster, rng
        self._counts = np.zeros(256, np.int64)
        self._bare_px = 0
        self._drawn: dict[int, tuple[NDArray[np.float64], NDArray[np.float32]]] = {}
        self._step = min(-(-max(raster.shape) // _PREVIEW_PX), *raster.shape)

    def at(self, look: LabelLook) -> LabelLook:
        pictures, previews = [], []
        # Whole steps of the small copy, so that none is cut by the edge of a strip.
        height_px = max(_STRIP_PX // self._step, 1) * self._step
        for strip in windows(self._raster.shape, height_px, self._raster.width_px):
            codes = self._read_codes(strip)
            pixels, valid = self._raster.read_with_valid(strip)
            self._bare_px += int(np.count_nonzero(codes[~valid]))
            self._counts += byte_counts(codes)
            self._draw(np.where(valid, codes, 0), pixels)
            pictures.append(_reduced(pixels, self._step))
            previews.append(_reduced(codes[None], self._step, middle=True)[0])
        found = replace(
            look,
            counts=self._counts,
            colours={code: sample for code, (_, sample) in sorted(self._drawn.items())},
            picture=_as_picture(np.concatenate(pictures, axis=1), self._raster),
            codes=np.concatenate(previews),
        )
        return found.doubted(*self._doubts(found)) if look.labels else found

    def _read_codes(self, strip: Window) -> NDArray[np.uint8]:
        labels = self._pair.labels
        if labels is None:
            return np.zeros(strip.shape, np.uint8)
        return read_labels(labels, self._scheme, self._raster.shape, strip)

    def _draw(self, codes: NDArray[np.uint8], pixels: NDArray[Any]) -> None:
        """Keep of each class the pixels with the least random numbers, whatever the strips."""
        numbers = self._rng.random(codes.shape, np.float32)
        for code in np.flatnonzero(byte_counts(codes)[1:]) + 1:
            here = np.flatnonzero(codes == code)
            own = numbers.ravel()[here]
            if len(own) > SAMPLE_PX:
                kept = np.argpartition(own, SAMPLE_PX)[:SAMPLE_PX]
                here, own = here[kept], own[kept]
            colours = pixels.reshape(len(pixels), -1)[:, here].T.astype(np.float32)
            keys = own.astype(np.float64)
            if int(code) in self._drawn:
                before = self._drawn[int(code)]
                keys = np.concatenate([before[0], keys])
                colours = np.concatenate([before[1], colours])
            least = np.argsort(keys, kind="stable")[:SAMPLE_PX]
            self._drawn[int(code)] = keys[least], colours[least]

    def _doubts(self, look: LabelLook) -> list[str]:
        if not look.labelled_px:
            return ["no pixel is labelled"]
        doubts = []
        if self._bare_px:
            share = 100 * self._bare_px / look.labelled_px
            doubts.append(f"{share:.1f} % of the labelled pixels have no data in the image")
        return doubts


def _reduced(pixels: NDArray[Any], step: int, middle: bool = False) -> NDArray[Any]:
    """Return squares of bands (band, row, col) as a pixel each: their mean, or their middle.

    What is left over at the lower and right edge is left out.
    """
    count, rows, cols = len(pixels), pixels.shape[1] // step, pixels.shape[2] // step
    squares = pixels[:, : rows * step, : cols * step].reshape(count, rows, step, cols, step)
    if middle:
        return squares[:, :, step // 2, :, step // 2]
    return np.asarray(squares.mean(axis=(2, 4)), pixels.dtype)


def _as_picture(pixels: NDArray[Any], raster: Raster) -> NDArray[np.uint8]:
    """Return bands (band, row, col) as (row, col, 3) for people to look at."""
    colours = raster.colours
    wanted = [colours.index(name) for name in ("red", "green", "blue") if name in colours]
    if len(wanted) < 3:
        wanted = [0, 1, 2] if len(pixels) >= 3 else [0, 0, 0]
    shown = np.moveaxis(pixels[wanted], 0, 2)
    if shown.dtype == np.uint8:
        return shown
    finite = shown[np.isfinite(shown)].astype(np.float64)
    if not len(finite):
        return np.zeros(shown.shape, np.uint8)
    low, high = np.percentile(finite, [_LOW_PERCENT, _HIGH_PERCENT])
    scaled = (np.nan_to_num(shown.astype(np.float64), nan=low) - low) / max(high - low, 1e-9)
    return np.asarray(255 * scaled.clip(0, 1), np.uint8)
