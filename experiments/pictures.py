"""The pictures of docs/phase-2.md, made of a synthetic photograph.

    python experiments/pictures.py --write docs/images/

A river that the bundled model has not seen, with a bridge, bars and dry grass.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from riverscape.imagery import open_raster
from riverscape.scenes import Cover, River, write_survey
from riverscape.settings import make_settings
from riverscape.workflow import classify

_CUT = np.s_[60:620, 220:1000]


def panels(image: Path) -> dict[str, NDArray[Any]]:
    """Return what is shown, (row, col, 3), by its title."""
    with open_raster(image) as raster:
        photograph = np.moveaxis(raster.read(), 0, 2)
    plain = classify(image, settings=make_settings({"pixels": {"smoothing": "none"}}))
    asked = {"layers": {"confidence": True, "uncertainty": True}}
    default = classify(image, settings=make_settings(asked))
    confidence, uncertainty = default.layers.confidence, default.layers.uncertainty
    if confidence is None or uncertainty is None:
        message = "the layers were asked for"
        raise RuntimeError(message)
    return {
        "photograph": photograph,
        "CNN map: tiles": default.cnn.rgb(),
        "pixels, not smoothed": plain.csc.rgb(),
        "CSC map": default.csc.rgb(),
        "confidence: dark is unsure": _grey(confidence),
        "where the two phases disagree": _grey(uncertainty[2]),
    }


def _grey(per_cent: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat((per_cent * 2.55).astype(np.uint8)[:, :, None], 3, axis=2)


def draw(shown: dict[str, NDArray[Any]]) -> Figure:
    """Return a figure of all panels."""
    figure = Figure(figsize=(12, 6.2), layout="constrained")
    for axis, (title, picture) in zip(figure.subplots(2, 3).ravel(), shown.items(), strict=True):
        axis.imshow(picture[_CUT], interpolation="nearest")
        axis.set_title(title, fontsize=11)
        axis.set_xticks([])
        axis.set_yticks([])
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, required=True, help="folder of the picture")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        cover = Cover(forest=0.45, senescent=0.2, bars=0.8, road=True)
        write_survey(
            Path(folder), [River.from_name("Teal")], 1, height_px=700, width_px=1050, seed=4,
            cover=cover,
        )  # fmt: skip
        (image,) = Path(folder).glob("*.jpg")
        draw(panels(image)).savefig(chosen.write / "phase-2.png", dpi=80)


if __name__ == "__main__":
    main()
