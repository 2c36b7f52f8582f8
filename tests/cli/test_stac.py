import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from rasterio import Affine
from rasterio.crs import CRS

from tests.stac_schemas import checked

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def with_position() -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(
        {
            1: "N", 2: tuple(map(IFDRational, (48, 13, 30))),
            3: "W", 4: tuple(map(IFDRational, (70, 30, 0))),
        }
    )  # fmt: skip
    return exif


@pytest.fixture
def images(tmp_path: Path, write_raster: WriteRaster, photograph: Pixels) -> Path:
    """Return a survey of three images: placed, with the camera's place, with neither."""
    folder = tmp_path / "survey"
    place = {"crs": CRS.from_epsg(32619), "transform": Affine(0.1, 0, 3.5e5, 0, -0.1, 5.3e6)}
    write_raster(folder / "Alder_0001.tif", photograph, **place)
    write_raster(folder / "Alder_0002.jpg", photograph, exif=with_position())
    write_raster(folder / "Alder_0003.png", photograph)
    return folder


def test_maps_are_described_each_by_what_is_known_of_its_place(
    run: Run, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    status, said, err = run("classify", images, "--out", out, "--stac", "--confidence")
    assert (status, err) == (0, "")
    assert "3 STAC Items (outlines of maps: 1, places of the camera: 1); begin at" in said
    collection = pystac.Collection.from_file(str(out / "collection.json"))
    assert checked(read(out / "collection.json"))
    assert checked(read(out / "MODEL_ste-marguerite.json"))
    items = {item.id: item for item in collection.get_items()}
    kinds = [(items[name].geometry or {}).get("type") for name in sorted(items)]
    assert kinds == ["Polygon", "Point", None]
    for name, item in items.items():
        assert checked(read(out / f"{name}.json"))
        assert item.get_collection() is collection
        for asset in item.assets.values():
            assert Path(asset.get_absolute_href() or "").is_file()
        # The image and the model, where they lie.
        derived = [link for link in item.links if link.rel == pystac.RelType.DERIVED_FROM]
        assert [Path(link.absolute_href).is_file() for link in derived] == [True, True]
    assert set(items["CLASS_CSC_Alder_0002"].assets) == {"csc", "cnn", "confidence", "figure"}


def test_the_item_says_of_the_map_what_the_map_says(run: Run, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    assert run("classify", images, "--out", out, "--stac", "--no-figures")[0] == 0
    properties = read(out / "CLASS_CSC_Alder_0001.json")["properties"]
    with rasterio.open(out / "CLASS_CSC_Alder_0001.tif") as file:
        assert properties["proj:code"] == "EPSG:32619" == str(file.crs)
        assert properties["proj:transform"] == list(file.transform)[:6]
        assert properties["proj:shape"] == list(file.shape)
        codes = file.read(1)
    classes = read(out / "CLASS_CSC_Alder_0001.json")["assets"]["csc"]["classification:classes"]
    assert all(one["count"] == (codes == one["value"]).sum() for one in classes[1:])
    record = read(out / "run.json")
    assert properties["processing:software"]["riverscape"] == record["riverscape"]
    assert record["model"]["sha256"] in properties["processing:lineage"]


def test_a_run_that_goes_on_describes_what_was_made_before(
    run: Run, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    words = ("classify", images, "--out", out, "--no-figures")
    assert run(*words)[0] == 0
    assert not (out / "collection.json").exists()
    status, said, _ = run(*words, "--stac", "--resume")
    assert status == 0
    assert "3 whole already" in said
    assert "3 STAC Items" in said
    assert len(list(pystac.Collection.from_file(str(out / "collection.json")).get_items())) == 3


def test_what_is_described_already_stays_as_it_is(run: Run, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    words = ("classify", images, "--out", out, "--no-figures", "--stac")
    assert run(*words)[0] == 0
    item = out / "CLASS_CSC_Alder_0001.json"
    before = item.stat().st_mtime_ns, item.read_bytes()
    # Items of maps that are gone describe nothing.
    (out / "CLASS_CSC_Alder_0000.json").write_bytes(item.read_bytes())
    status, said, _ = run(*words, "--resume")
    assert (status, "3 STAC Items" in said) == (0, True)
    assert (item.stat().st_mtime_ns, item.read_bytes()) == before


def test_another_image_joins_the_collection_and_items_of_old_maps_leave_it(
    run: Run, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    first, second = images / "Alder_0001.tif", images / "Alder_0002.jpg"
    words = ("--out", out, "--no-figures", "--overwrite")
    assert run("classify", first, *words, "--stac")[0] == 0
    assert "2 STAC Items" in run("classify", second, *words, "--stac")[1]
    # Made anew without --stac: what was said of the old map goes.
    assert run("classify", first, *words)[0] == 0
    assert not (out / "CLASS_CSC_Alder_0001.json").exists()
    left = pystac.Collection.from_file(str(out / "collection.json")).get_items()
    assert [item.id for item in left] == ["CLASS_CSC_Alder_0002"]
    assert run("classify", second, *words)[0] == 0
    assert not (out / "collection.json").exists()


def test_somebody_elses_collection_stops_the_run_before_it_begins(
    run: Run, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    out.mkdir()
    (out / "collection.json").write_text('{"type": "Collection"}')
    status, said, err = run("classify", images, "--out", out, "--stac")
    assert (status, said) == (1, "")
    assert err.startswith("riverscape: ")
    assert "collection.json is not of riverscape; add --overwrite to replace it" in err
    assert [path.name for path in out.iterdir()] == ["collection.json"]


def test_where_no_map_was_made_nothing_is_described(run: Run, tmp_path: Path) -> None:
    image = tmp_path / "Alder_0001.jpg"
    image.write_bytes(b"no image")
    status, said, err = run("classify", image, "--out", tmp_path / "maps", "--stac")
    assert (status, "STAC" in said, "Alder_0001 failed" in err) == (1, False, True)
    assert not list(tmp_path.glob("maps/*.json"))


def test_a_folder_of_maps_can_be_moved_with_its_images(
    run: Run, images: Path, tmp_path: Path
) -> None:
    words = ("--out", tmp_path / "maps", "--stac", "--no-figures")
    assert run("classify", images / "Alder_0001.tif", *words)[0] == 0
    for name in ("survey", "maps"):
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        shutil.move(tmp_path / name, tmp_path / "elsewhere" / name)
    collection = tmp_path / "elsewhere" / "maps" / "collection.json"
    (item,) = pystac.Collection.from_file(str(collection)).get_items()
    assert Path(item.assets["csc"].get_absolute_href() or "").is_file()
    image = next(link for link in item.links if link.rel == "derived_from")
    assert Path(image.absolute_href).is_file()


def test_a_model_is_described_with_the_network_that_is_written(run: Run, tmp_path: Path) -> None:
    onnx, item = tmp_path / "out" / "network.onnx", tmp_path / "model.json"
    words = ("models", "export", "ste-marguerite", "--onnx", onnx, "--stac", item)
    status, said, err = run(*words)
    assert (status, said, err) == (0, f"ONNX in {onnx}\nSTAC Item in {item}\n", "")
    content = read(item)
    assert checked(content)
    assert content["assets"]["model"]["href"] == "./out/network.onnx"
    assert list(content["assets"]) == ["model"]
    status, _, err = run(*words)
    assert status == 1
    assert "exists already" in err
    assert run(*words, "--overwrite")[0] == 0


def test_a_model_is_described_where_its_bundle_lies(run: Run, tmp_path: Path) -> None:
    assert run("models", "export", "ste-marguerite", "--stac", tmp_path / "model.json")[0] == 0
    read_back = pystac.Item.from_file(str(tmp_path / "model.json"))
    assert set(read_back.assets) == {"model", "contract", "weights"}
    for asset in read_back.assets.values():
        assert Path(asset.get_absolute_href() or "").is_file()
