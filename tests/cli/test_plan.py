"""`riverscape plan`: what a run would take, without doing it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine

from riverscape.cli.plan import as_duration
from riverscape.execution.look import sampled_valid_share
from riverscape.imagery import Raster, Window, open_raster

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]

PLACE = {"crs": "EPSG:32619", "transform": Affine(0.05, 0, 3e5, 0, -0.05, 5.3e6)}


@pytest.fixture
def half_empty(tmp_path: Path, write_raster: WriteRaster, photograph: Pixels) -> Path:
    """Return a georeferenced image of 600 x 800 px, the upper half without data."""
    pixels = np.tile(np.maximum(photograph, 1), (1, 4, 4))
    pixels[:, :300] = 0
    return write_raster(tmp_path / "Alder_0001.tif", pixels, nodata=0, **PLACE)


def planned(run: Run, *words: object) -> dict[str, Any]:
    status, said, errors = run("plan", *words, "--json")
    assert (status, errors) == (0, "")
    content: dict[str, Any] = json.loads(said)
    return content


def test_a_plan_tells_what_the_image_is_and_what_it_takes(run: Run, half_empty: Path) -> None:
    content = planned(run, half_empty, "--window", 256)
    (image,) = content["images"]
    assert image["name"] == "Alder_0001"
    assert image["shape"] == [600, 800]
    assert (len(image["bands"]), image["dtype"], image["crs"]) == (3, "uint8", "EPSG:32619")
    assert image["gsd_m"] == pytest.approx(0.05)
    assert image["valid_share"] == pytest.approx(0.5, abs=0.02)
    assert min(image["windows"]) > 1
    assert image["journal_bytes"] > 0
    assert image["output_bytes"] > 0
    assert 0 < image["seconds"] < 600
    assert 300 < image["memory_mb"] < 2000
    assert content["free_bytes"] > 0


def test_the_windows_are_those_of_the_run(run: Run, half_empty: Path, tmp_path: Path) -> None:
    words = ("--window", 256)
    (image,) = planned(run, half_empty, *words)["images"]
    out = tmp_path / "maps"
    assert run("classify", half_empty, "--out", out, *words, "--no-figures", "-q")[0] == 0
    made = json.loads((out / "run.json").read_text())["images"]["Alder_0001"]["windows"]
    assert sum(image["windows"]) == made["steps"]
    assert image["side_px"] == made["side_px"]


def test_nothing_is_written(run: Run, half_empty: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert run("plan", half_empty, "--out", tmp_path / "maps")[0] == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_table_for_people(run: Run, half_empty: Path, survey: Path) -> None:
    status, said, errors = run("plan", half_empty, survey / "Heron_0001.jpg", "--window", 256)
    assert (status, errors) == (0, "")
    (row,) = [line for line in said.splitlines() if line.startswith("Alder_0001 ")]
    for word in ("800 x 600", "3 uint8", "EPSG:32619", "5 cm", "50 %", "MB"):
        assert word in row
    assert any(line.startswith("Heron_0001 ") for line in said.splitlines())
    assert "in all" in said
    assert "are free at" in said


def test_layers_take_room(run: Run, half_empty: Path) -> None:
    words = (half_empty, "--window", 256)
    (bare,) = planned(run, *words)["images"]
    (more,) = planned(run, *words, "--uncertainty", "--confidence")["images"]
    assert more["output_bytes"] > bare["output_bytes"]
    assert more["journal_bytes"] > bare["journal_bytes"]


def test_a_narrow_swath_in_a_large_image_is_found(run: Run, tmp_path: Path) -> None:
    """As wide as a river from the air: of 144 places that are looked at none lies in it."""
    path, side, wide = tmp_path / "swath.tif", 40_000, 256
    with rasterio.open(
        path, "w", driver="GTiff", height=side, width=side, count=3, dtype="uint8", nodata=0,
        tiled=True, blockxsize=256, blockysize=256, sparse_ok=True, **PLACE,
    ) as file:  # fmt: skip
        swath = np.random.default_rng(0).integers(1, 255, (3, side, wide), np.uint8)
        file.write(swath, window=((0, side), (78 * wide, 79 * wide)))
    (plan,) = planned(run, path)["images"]
    assert plan["valid_share"] == pytest.approx(wide / side, rel=0.7)
    assert plan["seconds"] > 1
    assert " < 1 % " in run("plan", path)[1]


@pytest.mark.parametrize(("tiled", "most"), [(True, 4000), (False, 200)])
def test_where_a_look_decodes_whole_rows_there_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiled: bool, most: int
) -> None:
    path, looks, read_valid = tmp_path / "empty.tif", list[Window](), Raster.read_valid
    with rasterio.open(
        path, "w", driver="GTiff", height=9000, width=9000, count=3, dtype="uint8", nodata=0,
        tiled=tiled, sparse_ok=True, **PLACE,
    ):  # fmt: skip
        pass

    def watched(raster: Raster, window: Window) -> NDArray[np.bool_]:
        looks.append(window)
        return read_valid(raster, window)

    monkeypatch.setattr(Raster, "read_valid", watched)
    with open_raster(path) as raster:
        assert sampled_valid_share(raster) == 0
    assert most / 2 < len(looks) < most


def test_an_image_without_data_takes_no_time(
    run: Run, tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = write_raster(tmp_path / "clear.png", np.zeros((4, 80, 60), np.uint8))
    (plan,) = planned(run, image)["images"]
    assert (plan["valid_share"], plan["seconds"]) == (0, 0)


@pytest.mark.parametrize("shape", [(1, 1), (20, 700)])
def test_small_and_narrow_images(
    run: Run, tmp_path: Path, write_raster: WriteRaster, shape: tuple[int, int]
) -> None:
    image = write_raster(tmp_path / "a.png", np.full((3, *shape), 90, np.uint8))
    (plan,) = planned(run, image)["images"]
    assert plan["shape"] == list(shape)


def test_everything_that_is_wrong_is_listed_beside_what_is_right(
    run: Run, half_empty: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    grey = write_raster(tmp_path / "grey.tif", np.ones((1, 60, 60), np.uint8))
    text = tmp_path / "text.tif"
    text.write_text("no image")
    status, said, errors = run("plan", grey, text, half_empty)
    assert status == 1
    assert len(errors.splitlines()) == 2
    assert "grey.tif" in errors
    assert "text.tif" in errors
    assert "Alder_0001" in said


def test_tiles_are_planned_as_one_image(
    run: Run, tmp_path: Path, write_raster: WriteRaster, photograph: Pixels
) -> None:
    for left in (0, 200):
        place = PLACE["transform"] * Affine.translation(left, 0)
        path = tmp_path / "tiles" / f"{left}.tif"
        write_raster(path, photograph, **{**PLACE, "transform": place})
    (plan,) = planned(run, tmp_path / "tiles", "--mosaic")["images"]
    assert plan["shape"] == [150, 400]


def test_durations_as_people_say_them() -> None:
    assert [as_duration(seconds) for seconds in (0, 119, 121, 3599, 7200, 172800)] == [
        "1 s", "119 s", "2 min", "1 h 0 min", "2 h 0 min", "2 d 0 h",
    ]  # fmt: skip
