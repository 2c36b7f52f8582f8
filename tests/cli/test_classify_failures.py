"""`riverscape classify` where something goes wrong."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.cli.map_files import NAMES

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Record = Callable[[Path], dict[str, Any]]
Pixels = NDArray[np.uint8]


@pytest.mark.parametrize("kind", ["truncated.jpg", "truncated.tif", "text.jpg"])
def test_a_corrupt_image_does_not_stop_the_good_ones(
    run: Run,
    survey: Path,
    tmp_path: Path,
    record: Record,
    write_raster: WriteRaster,
    photograph: Pixels,
    kind: str,
) -> None:
    shutil.copytree(survey, tmp_path / "survey")
    image = tmp_path / "survey" / f"Birch_0001{Path(kind).suffix}"
    whole = write_raster(image, photograph).read_bytes()
    image.write_bytes(whole[: len(whole) // 2] if kind.startswith("truncated") else b"no image")
    out = tmp_path / "maps"
    status, said, err = run("classify", tmp_path / "survey", "--out", out, "--no-figures")
    assert status == 1
    assert "2 images classified" in said
    (line,) = err.splitlines()
    assert line.startswith("riverscape: Birch_0001 failed: ")
    assert {path.name for path in out.glob("CLASS_CSC_*.tif")} == {
        f"CLASS_CSC_{name}.tif" for name in NAMES
    }
    assert set(record(out)["failures"]) == {"Birch_0001"}


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((1, 60, 60), np.uint8), r"has 1 band \(band 1\), the model .* wants 3"),
        (np.zeros((3, 60, 60), np.uint16), "holds uint16 pixels, the model .* wants uint8"),
    ],
)
def test_an_image_that_the_model_does_not_take_is_refused_in_one_line(
    run: Run, tmp_path: Path, write_raster: WriteRaster, pixels: NDArray[Any], reason: str
) -> None:
    image = write_raster(tmp_path / "odd.tif", pixels)
    status, _, err = run("classify", image, "--out", tmp_path / "maps", "-q")
    assert status == 1
    assert re.fullmatch(f"riverscape: odd failed: .*odd.tif {reason}.*\n", err)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["--pixel-classifier", "bogus"],
            "no pixel classifier is called 'bogus'; known: logistic, kde, gaussian, forest",
        ),
        (["--tile-stride", "51"], "a tile stride of 51 px leaves gaps between tiles of 50 px"),
        (["--model", "bogus"], "no model called 'bogus'"),
    ],
)
def test_what_no_image_can_be_made_with_is_said_once_before_any_is_made(
    run: Run, survey: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    out = tmp_path / "maps"
    status, said, err = run("classify", survey, "--out", out, *words)
    assert (status, said) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(f"riverscape: {reason}")
    assert not out.exists()


def test_labels_that_do_not_fit_are_said_before_any_image_is_made(
    run: Run, survey: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    shutil.copytree(survey, tmp_path / "survey")
    write_raster(tmp_path / "survey" / "SCLS_Alder_0001.tif", np.ones((150, 199), np.uint8))
    status, said, err = run("classify", tmp_path / "survey", "--out", tmp_path / "maps")
    assert (status, said) == (1, "")
    assert "SCLS_Alder_0001.tif has 199 x 150 px, its image has 200 x 150 px" in err
    assert not (tmp_path / "maps").exists()


def test_where_nothing_could_be_made_nothing_is_left(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Alder_0001.jpg").write_text("no photograph")
    status, out, err = run("classify", tmp_path / "Alder_0001.jpg", "--out", tmp_path / "maps")
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert not list((tmp_path / "maps").glob("*"))
