"""What stands in the project afterwards, and what of a run that is cancelled: nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from riverscape.labels import PUBLISHED_CLASSES

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

PyQgis = Callable[..., Any]


def test_maps_load_styled_named_grouped_and_placed(
    pyqgis: PyQgis, site: Any, tmp_path: Path
) -> None:
    told = pyqgis("load_results.py", site.image, site.labels, tmp_path)
    assert told["message"] == ""
    assert told["loaded"], told["said"]
    assert told["groups"] == ["Land cover of River Alder, 2024"]
    csc, confidence, cnn = told["layers"]
    assert csc["name"] == "River Alder, 2024 CSC"
    assert cnn["name"] == "River Alder, 2024 CNN"
    assert confidence["name"] == "River Alder, 2024 confidence"
    legend = [[one.code, one.name, one.colour] for one in PUBLISHED_CLASSES]
    for layer in (csc, cnn):
        assert (layer["renderer"], layer["legend"]) == ("paletted", legend)
        assert layer["table"][:2] == ["Value", "Class"]
        assert layer["visible"]
    assert confidence["renderer"] == "singlebandpseudocolor"
    assert confidence["legend"][:2] == ["0 %", "50 %"]
    assert not confidence["visible"]
    for layer in told["layers"]:
        assert layer["crs"] == "EPSG:2949"
        assert layer["extent"] == "307200.000,5354760.000 : 307250.000,5354800.000"
    assert told["shuffled"] == [layer["name"] for layer in told["layers"]]
    assert told["count"] == 4  # the image and three maps, each once
    assert not told["numpy"]


def test_the_command_names_nothing_that_is_gone(pyqgis: PyQgis, site: Any, tmp_path: Path) -> None:
    out = tmp_path / "labels.tif"
    told = pyqgis("styled_labels.py", site.image, out)
    assert told["results"], told["said"]
    with rasterio.open(out) as file:
        assert (file.read(1) == 1).sum() == 200 * 200
    command = told["results"]["COMMAND"]
    assert command == (
        f"riverscape labels rasterize 'bars été' --image {site.image} --out {out} "
        "--class-field cover --classes classes.json"
    )


def test_a_cancelled_run_leaves_nothing(pyqgis: PyQgis, site: Any, tmp_path: Path) -> None:
    # Large enough to be cancelled midway.
    with rasterio.open(site.image) as file:
        profile = {**file.profile, "height": 8000, "width": 8000}
    with rasterio.open(tmp_path / "large.tif", "w", **profile) as file:
        file.write(np.tile(site.pixels, (1, 20, 16)))
    folder = tmp_path / "maps"
    folder.mkdir()
    told = pyqgis("cancel_run.py", tmp_path / "large.tif", folder / "map.tif")
    assert told["at_work"] >= 1
    assert told["made"], "the run was over before it was cancelled"
    assert told["seconds"] <= 2
    assert told["results"] == {}
    assert told["left"] == []
    assert any("Cancelled" in line for line in told["said"])
