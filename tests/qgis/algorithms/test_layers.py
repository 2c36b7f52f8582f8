"""Layers as users set them up: the worker gets what the layer says, or the user what to do."""

import functools
import json
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio

from riverscape.labels import ClassScheme

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

PyQgis = Callable[..., Any]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def tiles(tmp_path: Path) -> Iterator[str]:
    """Return the address of a map of tiles, all of one colour: red 10, green 20, blue 200."""
    colour = np.full((256, 256, 3), (200, 20, 10), np.uint8)
    for zoom in range(4):
        for x in range(2**zoom):
            for y in range(2**zoom):
                path = tmp_path / "tiles" / str(zoom) / str(x) / f"{y}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), colour)
    serve = functools.partial(_Quiet, directory=str(tmp_path / "tiles"))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/%7Bz%7D/%7Bx%7D/%7By%7D.png"
        server.shutdown()
        thread.join()


@pytest.fixture
def told(pyqgis: PyQgis, site: Any, tiles: str, tmp_path: Path) -> Any:
    with rasterio.open(site.image) as file:
        profile = {**file.profile, "nodata": 0}
    image = tmp_path / "marked.tif"
    with rasterio.open(image, "w", **profile) as file:
        file.write(site.pixels)
    cv2.imwrite(str(tmp_path / "photograph.png"), np.full((60, 80, 3), 90, np.uint8))
    folder = tmp_path / "made"
    folder.mkdir()
    return pyqgis("layer_settings.py", image, tmp_path / "photograph.png", tiles, folder)


def test_layers_are_taken_as_they_are_set_up(told: Any) -> None:
    assert told["plain"]["is_source"]
    assert told["plain"]["words"] == []
    assert told["shown"]["is_source"]
    assert told["shown"]["words"] == ["--bands", "3,2,1"]
    assert "several values without data" in told["spread"]["error"]
    assert told["switched"]["nodata"] is None
    assert told["plain"]["nodata"] == 0
    # The file's own value counts as well, so one more is one too many.
    assert "several values without data" in told["valued"]["error"]
    assert (told["moved"]["suffix"], told["moved"]["crs"]) == (".vrt", "2950")
    assert told["plain"]["crs"] == "2949"
    assert "cannot be read" in told["broken"]["error"]


def test_a_photograph_without_a_place_gets_none(told: Any) -> None:
    assert told["photograph"]["is_source"]
    part = told["photograph_part"]
    assert (part["size"], part["crs"], part["place"]) == ([30, 20], None, None)
    with rasterio.open(told["photograph_triangle"]["at"]) as file:
        valid = file.dataset_mask() > 0
    rows, columns = np.indices((20, 30)) + 0.5
    assert (valid == (columns / 30 < rows / 20)).all()


def test_maps_from_the_web_are_fetched_or_refused(told: Any) -> None:
    assert "give the extent" in told["web_endless"]["error"]
    assert "side of a pixel" in told["web_sizeless"]["error"]
    assert "too many to fetch" in told["web_large"]["error"]
    web = told["web"]
    assert (web["size"], web["crs"], web["bands"]) == ([100, 80], "3857", 4)
    assert web["mean"] == 10
    assert web["place"] == [0, 50_000, 0, 4e6, 0, -50_000]


def test_polygons_are_those_of_now(told: Any) -> None:
    assert told["polygons"]["edited"] == ["Water", "dry sediment", "paved road"]
    assert told["polygons"]["filtered"] == ["Water", "dry sediment"]


def test_a_style_by_categories_names_the_classes(told: Any) -> None:
    styled = told["styled"]
    assert styled["cover"]["known"] == {"1": "gravel", "2": "sand"}
    assert ClassScheme.from_dict(json.loads(styled["cover"]["file"])).names == ("gravel", "sand")
    scheme = ClassScheme.from_dict(json.loads(styled["code"]["file"]))
    assert (scheme.codes, scheme.names) == ((7, 9), ("a 7", "a 9"))
    assert scheme.classes[0].colour == "#102030"
    assert styled["published"]["file"] is None
    assert len(styled["published"]["known"]) == 5
