"""What cannot be run is refused before it runs, and what breaks says why, in one line."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

Process = Callable[..., Any]
MakeWorker = Callable[[str], dict[str, str]]


@pytest.fixture
def stand_in(tmp_path: Path) -> MakeWorker:
    """Return the variables by which a script of a few lines is the worker."""

    def make(code: str) -> dict[str, str]:
        path = tmp_path / "worker"
        path.write_text(f"#!{sys.executable}\nimport os, runpy, signal, sys, time\n{code}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return {"RIVERSCAPE_WORKER": str(path)}

    return make


_REAL = "runpy.run_module('riverscape', run_name='__main__', alter_sys=True)"


def refused(ran: Any, *words: str) -> str:
    """Return the one line that says what is wrong."""
    assert ran.status != 0, ran.text
    assert "Traceback" not in ran.text
    lines = [line for line in ran.error_lines if all(word in line for word in words)]
    assert len(lines) == 1, ran.text
    return str(lines[0])


def test_no_worker(process: Process, site: Any, tmp_path: Path) -> None:
    environ = {"RIVERSCAPE_WORKER": str(tmp_path / "nowhere")}
    ran = process("classify", environ, INPUT=site.image, OUTPUT=tmp_path / "map.tif")
    refused(ran, "nowhere", "RIVERSCAPE_WORKER")
    ran = process(
        "classify", {"RIVERSCAPE_WORKER": ""}, INPUT=site.image, OUTPUT=tmp_path / "m.tif"
    )
    refused(ran, "not set up yet", "Create environment")


@pytest.mark.parametrize(("version", "words"), [("9.0.0", "too new"), ("0.0.1", "too old")])
def test_a_worker_of_another_version(
    process: Process, stand_in: MakeWorker, site: Any, tmp_path: Path, version: str, words: str
) -> None:
    worker = stand_in(f"print('riverscape {version}')")
    ran = process("classify", worker, INPUT=site.image, OUTPUT=tmp_path / "map.tif")
    refused(ran, version, words)


def test_a_worker_that_is_killed_midway(
    process: Process, stand_in: MakeWorker, site: Any, tmp_path: Path
) -> None:
    half = (
        "if 'classify' in sys.argv:\n"
        "    out = sys.argv[sys.argv.index('--out') + 1]\n"
        "    os.makedirs(out)\n"
        "    open(os.path.join(out, 'CLASS_CSC_Alder.tif'), 'w').write('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    folder = tmp_path / "maps"
    ran = process("classify", stand_in(half + _REAL), INPUT=site.image, OUTPUT=folder / "map.tif")
    refused(ran, "signal 9", "run it again")
    assert list(folder.iterdir()) == []


def test_a_worker_that_fails_says_its_own_line(
    process: Process, stand_in: MakeWorker, site: Any, tmp_path: Path
) -> None:
    says = "if 'classify' in sys.argv:\n    sys.exit('riverscape: the river is dry; wait')\n"
    ran = process("classify", stand_in(says + _REAL), INPUT=site.image, OUTPUT=tmp_path / "m.tif")
    refused(ran, "the river is dry; wait")


def test_layers_that_do_not_fit_the_model(process: Process, site: Any, tmp_path: Path) -> None:
    with rasterio.open(site.image) as file:
        profile = {**file.profile, "count": 1}
    with rasterio.open(tmp_path / "grey.tif", "w", **profile) as file:
        file.write(site.pixels[:1])
    asked = {"OUTPUT": tmp_path / "map.tif"}
    ran = process("classify", INPUT=tmp_path / "grey.tif", **asked)
    refused(ran, "grey", "1 bands", "red, green, blue")
    ran = process("classify", INPUT=site.image, BANDS="1;2", **asked)
    refused(ran, "2 bands are chosen")
    ran = process("classify", INPUT=site.image, MODEL="bogus", **asked)
    refused(ran, "bogus", "ste-marguerite")
    ran = process("classify", INPUT=site.image, OUTPUT=tmp_path / "map.png")
    assert ran.status != 0
    assert "png" in ran.text
    assert not list(tmp_path.glob("map*"))


def test_areas_and_references_that_do_not_fit(process: Process, site: Any, tmp_path: Path) -> None:
    asked = {"INPUT": site.image, "OUTPUT": tmp_path / "map.tif"}
    ran = process("classify", EXTENT="0,10,0,10 [EPSG:2949]", **asked)
    refused(ran, "lie outside of Alder")
    pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    import shapely

    box = np.array([shapely.to_wkb(shapely.box(307_210, 5_354_770, 307_230, 5_354_790))])
    pyogrio.raw.write(
        tmp_path / "placed.gpkg", box, [np.array(["swamp"], object)], ["cover"],
        geometry_type="Polygon", crs="EPSG:2949", driver="GPKG",
    )  # fmt: skip
    ran = process("classify", REFERENCE=tmp_path / "placed.gpkg", CLASS_FIELD="kind", **asked)
    refused(ran, "'kind'", "cover")
    ran = process("classify", REFERENCE=tmp_path / "placed.gpkg", CLASS_FIELD="cover", **asked)
    refused(ran, "swamp", "1 water")
    assert not (tmp_path / "map.tif").exists()


def test_a_folder_that_cannot_be_written_to(process: Process, site: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = process("classify", INPUT=site.image, OUTPUT=tmp_path / "file" / "map.tif")
    refused(ran, os.sep + "file", "cannot be written to")


def test_an_output_never_replaces_what_is_read(process: Process, site: Any, tmp_path: Path) -> None:
    before = site.image.read_bytes()
    again = site.image.parent / ".." / site.image.parent.name / site.image.name
    ran = process("classify", INPUT=site.image, OUTPUT=again)
    refused(ran, "would replace", "choose another name")
    ran = process("change", BEFORE=site.labels, AFTER=site.labels, OUTPUT=site.labels)
    refused(ran, "would replace", "choose another name")
    assert site.image.read_bytes() == before
    out = tmp_path / "map.tif"
    ran = process("classify", INPUT=site.image, OUTPUT=out, CNN_MAP=out)
    refused(ran, "Land-cover map", "Map of the tiles", "the same name")
    assert not out.exists()


def test_a_training_takes_the_place_of_a_training_alone(
    process: Process, site: Any, tmp_path: Path
) -> None:
    site.image.with_name("SCLS_Alder.tif").write_bytes(site.labels.read_bytes())
    mine = tmp_path / "river_training" / "photographs.txt"
    mine.parent.mkdir()
    mine.write_text("of years")
    asked = {"INPUTS": site.image, "LABELS": site.image.with_name("SCLS_Alder.tif")}
    ran = process("train", **asked, MODEL=tmp_path / "river")
    refused(ran, "river_training", "not made by a training")
    ran = process("train", **asked, MODEL=mine.parent)
    refused(ran, "river_training", "not made by a training")
    assert mine.read_text() == "of years"


def test_polygons_that_have_no_place_in_the_image(
    process: Process, site: Any, tmp_path: Path
) -> None:
    wrong = tmp_path / "metres.geojson"  # which is in degrees, by its definition
    ring = "[[[307210,5354770],[307230,5354770],[307230,5354790],[307210,5354770]]]"
    wrong.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"cover":"water"},'
        f'"geometry":{{"type":"Polygon","coordinates":{ring}}}}}]}}'
    )
    ran = process("classify", INPUT=site.image, MASK=wrong, OUTPUT=tmp_path / "map.tif")
    refused(ran, "no place in the image's coordinate system", "EPSG:4326")


def test_a_reference_over_an_image_without_crs(process: Process, site: Any, tmp_path: Path) -> None:
    image = tmp_path / "nowhere.tif"
    with rasterio.open(site.image) as file:
        profile = {**file.profile, "crs": None}
    with rasterio.open(image, "w", **profile) as file:
        file.write(site.pixels)
    pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    import shapely

    box = np.array([shapely.to_wkb(shapely.box(307_210, 5_354_770, 307_230, 5_354_790))])
    pyogrio.raw.write(
        tmp_path / "placed.gpkg", box, [np.array(["water"], object)], ["cover"],
        geometry_type="Polygon", crs="EPSG:2949", driver="GPKG",
    )  # fmt: skip
    reference = {"REFERENCE": tmp_path / "placed.gpkg", "CLASS_FIELD": "cover"}
    ran = process("classify", INPUT=image, **reference, OUTPUT=tmp_path / "map.tif")
    line = refused(ran, "nowhere", "does not say in which coordinate system", "Layer CRS")
    assert ".riverscape" not in line


def test_an_image_is_no_map(process: Process, site: Any, tmp_path: Path) -> None:
    ran = process("classareas", INPUT=site.image, TABLE=tmp_path / "areas.csv")
    refused(ran, "Alder has 3 bands", "choose the map")
