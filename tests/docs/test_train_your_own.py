"""The tutorial does what it says: its code and its commands are run, on synthetic rivers."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.features import shapes

pytest.importorskip("torch", reason="training needs the extra `train`")

pytest.importorskip("pyogrio", reason="reading polygons needs the extra `vector`")

from riverscape.labels import PUBLISHED_CLASSES, pair_labels, read_labels
from riverscape.scenes import River, write_survey

Run = Callable[..., tuple[int, str, str]]

PAGE = Path(__file__).parents[2] / "docs" / "train-your-own.md"
# The page trains for as long as real rivers need.
QUICK = """
[tile_set]
rare_stride_px = 25
[training]
batches_per_epoch = 3
batch_tiles = 16
max_epochs = 3
patience = 1
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("riverscape ")]


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """Return a survey of two rivers whose labels are polygons, as QGIS would save them."""
    folder = tmp_path / "survey"
    rivers = [River.from_name("Lune"), River.from_name("Wyre")]
    write_survey(folder, rivers, 2, height_px=200, width_px=260, seed=5)
    for labels in folder.glob("SCLS_*.tif"):
        with rasterio.open(labels) as raster:
            codes = raster.read(1)
        below_zero = rasterio.Affine.scale(1, -1)
        features = [
            {"type": "Feature", "geometry": geometry, "properties": {"class": int(code)}}
            for geometry, code in shapes(codes, mask=codes > 0, transform=below_zero)
        ]
        (name,) = re.findall(r"SCLS_(.*)\.tif", labels.name)
        polygons = {"type": "FeatureCollection", "features": features}
        (folder / f"SCLS_{name}.geojson").write_text(json.dumps(polygons))
        labels.rename(tmp_path / labels.name)
    return folder


@pytest.mark.slow
def test_the_tutorial_goes_from_polygons_to_maps(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for pair in pair_labels([survey], required=True):
        with rasterio.open(tmp_path / f"SCLS_{pair.name}.tif") as truth:
            burnt = read_labels(pair.known_labels, PUBLISHED_CLASSES)
            assert np.array_equal(truth.read(1), burnt)

    (tmp_path / "quick.toml").write_text(QUICK)
    ran = []
    for words in commands():
        quick = ["--config", "quick.toml", "-q"] if words[0] == "train" else []
        status, out, err = run(*words, *quick)
        assert status == 0, (words, err)
        ran.append((words, out))
    assert [words[0] for words, _ in ran] == ["labels", *["train"] * 4, "classify", "models"]
    for name in ("mistakes.png", "confusion.png", "tuning_curves.png", "train.json"):
        assert name in PAGE.read_text()
        assert (tmp_path / "first_training" / name).is_file()
    assert len(list((tmp_path / "maps").glob("CLASS_CSC_*.tif"))) == 4
    assert "Lune_" in ran[-1][1]
