"""`riverscape classify` on images of every kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image

from riverscape.scenes import River, write_survey
from riverscape.tiles import TileMap
from tests.cli.map_files import MAPS, SCHEME, codes_of, files

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]


@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (1, 300), (130, 7)])
def test_images_smaller_than_a_tile_are_mapped(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, shape: tuple[int, int]
) -> None:
    pixels = np.tile(photograph, (1, 1, 2))[:, : shape[0], : shape[1]]
    image = write_raster(tmp_path / "small.png", pixels)
    assert run("classify", image, "--out", tmp_path / "maps", "-q")[0] == 0
    for prefix in MAPS:
        codes = codes_of(tmp_path / "maps" / f"{prefix}small.tif")
        assert codes.shape == shape
        assert codes.all()
    # Bounded, however narrow the image is.
    with Image.open(tmp_path / "maps" / "FIGURE_small.png") as figure:
        assert max(figure.size) < 6000


@pytest.mark.parametrize("classifier", ["kde", "mlp", "forest", "gaussian"])
def test_an_image_of_one_colour_is_one_class(
    run: Run, tmp_path: Path, write_raster: WriteRaster, classifier: str
) -> None:
    image = write_raster(tmp_path / "flat.png", np.full((3, 120, 90), 90, np.uint8))
    words = ("--no-figures", "-q", "--pixel-classifier", classifier)
    assert run("classify", image, "--out", tmp_path / "maps", *words)[0] == 0
    csc, cnn = (codes_of(tmp_path / "maps" / f"{prefix}flat.tif") for prefix in MAPS)
    assert np.unique(csc).tolist() == np.unique(cnn).tolist()
    assert len(np.unique(csc)) == 1


def test_an_image_without_a_valid_pixel_is_a_map_without_one(
    run: Run, tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = write_raster(tmp_path / "clear.png", np.zeros((4, 80, 60), np.uint8))
    status, out, _ = run("classify", image, "--out", tmp_path / "maps")
    assert (status, "no valid pixel" in out) == (0, True)
    assert not codes_of(tmp_path / "maps" / "CLASS_CSC_clear.tif").any()


def test_what_lies_outside_the_image_teaches_nothing(
    run: Run,
    tmp_path: Path,
    write_raster: WriteRaster,
    photograph: Pixels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Only the frame without data looks sure; what is learnt must come from the pixels that count.
    pixels = np.maximum(photograph[:, :100, :50], 1)
    pixels[:, :50] = 0
    image = write_raster(tmp_path / "mosaic.tif", pixels, nodata=0)

    def sure_of_the_frame_only(*words: Any) -> None:
        (tile_map,) = (word for word in words if isinstance(word, TileMap))
        tile_map.probabilities[:] = 0
        tile_map.probabilities[0, 0, :2] = 0.99, 0.01
        tile_map.probabilities[1:, 0, 2:4] = 0.6, 0.4

    monkeypatch.setattr("riverscape.workflow.scanning.label_window", sure_of_the_frame_only)
    assert run("classify", image, "--out", tmp_path / "maps", "--no-figures", "-q")[0] == 0
    codes = codes_of(tmp_path / "maps" / "CLASS_CSC_mosaic.tif")
    assert (codes[50:] == SCHEME.codes[2]).all()


@pytest.mark.parametrize("name", ["two words_1", "Rivière_é_1", "$x_1$", "<b>_1", "a&b_1", "a#b_1"])
def test_any_file_name_is_a_name(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels, name: str
) -> None:
    image = write_raster(tmp_path / f"{name}.png", photograph[:, :60, :70])
    write_raster(tmp_path / f"SCLS_{name}.tif", np.ones((60, 70), np.uint8))
    status, out, err = run("classify", image, "--out", tmp_path / "maps")
    assert (status, err) == (0, "")
    assert name in out
    products = {path.name for path in (tmp_path / "maps").iterdir()}
    assert {f"CLASS_CSC_{name}.tif", f"CSC_{name}.csv", f"FIGURE_{name}.png"} <= products


def test_brackets_in_a_name_are_shown(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    image = write_raster(tmp_path / "[red]reach[b]_1.png", photograph[:, :60, :70])
    status, out, _ = run("classify", image, "--out", tmp_path / "maps", "--no-figures")
    assert status == 0
    assert "[red]reach[b]_1 " in out


@pytest.mark.parametrize("seed", [0, 9])
def test_the_same_seed_makes_the_same_map(
    run: Run, survey: Path, tmp_path: Path, seed: int
) -> None:
    image = survey / "Heron_0001.jpg"
    for out in ("first", "second"):
        words = ("--seed", seed, "--pixel-classifier", "mlp", "--no-figures", "-q")
        assert run("classify", image, "--out", tmp_path / out, *words)[0] == 0
    first, second = files(tmp_path / "first"), files(tmp_path / "second")
    assert {k: v for k, v in first.items() if k != "run.json"} == {
        k: v for k, v in second.items() if k != "run.json"
    }


def test_no_false_classes_at_the_border_of_the_valid_area(run: Run, tmp_path: Path) -> None:
    """Black under the mask must not look like dark ground: the map inside stays as it was."""
    write_survey(tmp_path / "scene", [River.from_name("Alder")], 1, 300, 400, seed=0)
    with rasterio.open(tmp_path / "scene" / "Alder_0001.jpg") as file:
        pixels = file.read()
    rows, cols = np.indices(pixels.shape[1:])
    valid = np.hypot(rows - 150, cols - 200) < 140
    black = (pixels * valid).astype(np.uint8)
    masked = np.concatenate([black, valid[None] * np.uint8(255)])
    maps = {}
    for name, bands in (("whole", pixels), ("black", black), ("masked", masked)):
        path = tmp_path / f"{name}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", height=300, width=400, count=len(bands), dtype="uint8",
            photometric="RGB", **({"alpha": "yes"} if len(bands) == 4 else {}),
        ) as file:  # fmt: skip
            file.write(bands)
        assert run("classify", path, "--out", tmp_path / "maps" / name, "-q")[0] == 0
        maps[name] = codes_of(tmp_path / "maps" / name / f"CLASS_CSC_{name}.tif")
    assert not maps["masked"][~valid].any()
    otherwise = {
        name: np.mean(maps[name][valid] != maps["whole"][valid]) for name in ("masked", "black")
    }
    assert otherwise["masked"] < 0.01
    assert otherwise["masked"] < otherwise["black"] / 2
