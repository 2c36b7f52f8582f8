"""Pictures that explain the method, made by running it on synthetic rivers."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from drawing import Picture, as_jpeg, as_picture, side_by_side
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

import riverscape as rs
from riverscape.imagery import open_raster
from riverscape.labels import read_labels
from riverscape.scenes import Cover, River, write_survey

__all__ = ["METHOD_PICTURES", "MethodPicture", "made_pictures"]

_RIVERS = ("Heron", "Alder")
_DRAWN = 700  # pixels of each class in a picture of colours
_LEARNT = 5000  # pixels of each class that maximum likelihood learns from


@dataclass(frozen=True)
class MethodPicture:
    """A picture of the method by its place in the site."""

    uri: str
    said: str

    @property
    def markdown(self) -> str:
        """The picture as a page shows it."""
        return f"![{self.said}]({self.uri})"


METHOD_PICTURES = {
    "phase1": MethodPicture(
        "method/phase1.jpg", "A photograph, its CNN map, and how sure phase 1 is of each tile"
    ),
    "phase2": MethodPicture("method/phase2.jpg", "CNN map, CSC map and labels"),
    "rivers": MethodPicture("method/rivers.jpg", "Red and blue of four classes on two rivers"),
    "adapting": MethodPicture(
        "method/adapting.jpg", "One river by the colours of another, and by CSC"
    ),
}
"""The pictures by the names that pages ask for them by."""


@dataclass(frozen=True)
class _River:
    """A photograph (row, col, 3) of a river, its labels, and what the method makes of it."""

    name: str
    photograph: Picture
    labels: NDArray[np.uint8]
    result: rs.Classification


@cache
def made_pictures() -> dict[str, bytes]:
    """Classify two photographs and draw the method's pictures, by their place in the site."""
    heron, alder = (_classified(name) for name in _RIVERS)
    drawn = {
        "phase1": _phase1(heron),
        "phase2": _phase2(heron),
        "rivers": _class_colours([heron, alder]),
        "adapting": _adapting(heron, alder),
    }
    return {METHOD_PICTURES[name].uri: as_jpeg(picture) for name, picture in drawn.items()}


def _classified(name: str) -> _River:
    cover = Cover(forest=0.45, senescent=0.2, bars=0.8, road=False)
    with TemporaryDirectory() as place:
        (path,) = write_survey(
            Path(place), [River.from_name(name)], 1, 560, 800, seed=4, cover=cover
        )
        with open_raster(path) as raster:
            photograph = np.moveaxis(raster.read(), 0, 2)
        labels = read_labels(path.with_name(f"SCLS_{path.stem}.tif"), rs.PUBLISHED_CLASSES)
        return _River(name, photograph, np.asarray(labels), rs.classify(path))


def _phase1(river: _River) -> Picture:
    """Return photograph, CNN map and the greatest probability of each tile, white being 1."""
    sure = river.result.tile_map.probabilities.max(axis=-1)
    tall, wide = river.labels.shape
    rows = np.arange(tall) * sure.shape[0] // tall
    cols = np.arange(wide) * sure.shape[1] // wide
    grey = np.repeat((255 * sure[rows][:, cols]).astype(np.uint8)[:, :, None], 3, axis=2)
    return side_by_side(
        photograph=river.photograph,
        CNN_map=river.result.cnn.rgb(),
        how_sure_phase_1_is_of_each_tile=grey,
    )


def _phase2(river: _River) -> Picture:
    """Return what phase 2 made of the tiles, beside the labels."""
    matrices = (_scored(river, found.codes) for found in (river.result.cnn, river.result.csc))
    cnn, csc = (f"F1_{matrix.f1_weighted:.3f}" for matrix in matrices)
    return side_by_side(
        **{f"CNN_map,_{cnn}": river.result.cnn.rgb(), f"CSC_map,_{csc}": river.result.csc.rgb()},
        labels=rs.PUBLISHED_CLASSES.palette[river.labels],
    )


def _class_colours(rivers: list[_River]) -> Picture:
    """Return where the pixels of each class lie in red and blue, one river beside the other."""
    figure = Figure(figsize=(12, 5), layout="constrained")
    axes: Any = figure.subplots(1, len(rivers))
    for axis, river in zip(axes, rivers, strict=True):
        for cover, pixels in _pixels_by_class(river, _DRAWN).items():
            red, _, blue = pixels.T
            axis.scatter(
                blue, red, s=7, color=cover.colour, edgecolor="#444444", linewidth=0.2,
                label=cover.name,
            )  # fmt: skip
        axis.set(title=river.name, xlabel="blue", ylabel="red", xlim=(0, 255), ylim=(0, 255))
        axis.legend(loc="upper left", frameon=False, markerscale=2)
    return as_picture(figure)


def _adapting(river: _River, other: _River) -> Picture:
    """Return a river mapped by the colours that another's labels teach, beside its CSC map."""
    taught = _pixels_by_class(other, _LEARNT)
    colours = np.concatenate(list(taught.values()))
    codes = np.repeat([cover.code for cover in taught], [len(one) for one in taught.values()])
    likelihood = QuadraticDiscriminantAnalysis(priors=np.full(len(taught), 1 / len(taught)))
    likelihood.fit(colours, codes)
    found = likelihood.predict(river.photograph.reshape(-1, 3)).astype(np.uint8)
    found = found.reshape(river.labels.shape)
    told = f"by_{other.name}'s_colours,_F1_{_scored(river, found).f1_weighted:.2f}"
    csc = f"CSC,_F1_{_scored(river, river.result.csc.codes).f1_weighted:.2f}"
    palette = rs.PUBLISHED_CLASSES.palette
    return side_by_side(
        **{river.name: river.photograph, told: palette[found], csc: river.result.csc.rgb()},
        labels=palette[river.labels],
    )


def _pixels_by_class(river: _River, most: int) -> dict[rs.LandCover, NDArray[np.uint8]]:
    """Return pixels (pixel, band) of each class, drawn at random, always the same ones."""
    random = np.random.default_rng(0)
    found = {}
    for cover in rs.PUBLISHED_CLASSES:
        pixels = river.photograph[river.labels == cover.code]
        if len(pixels) >= most:
            found[cover] = random.choice(pixels, most, replace=False)
    return found


def _scored(river: _River, codes: NDArray[np.uint8]) -> rs.ConfusionMatrix:
    return rs.ConfusionMatrix.of(river.labels, codes, rs.PUBLISHED_CLASSES)
