from pathlib import Path

import pytest

from riverscape.execution import Products
from riverscape.execution.products import asked_layers
from riverscape.settings import Settings, make_settings

ALL_LAYERS = ("confidence", "probabilities", "uncertainty")
MAPS = {"CLASS_CSC_Alder_0001.tif", "CLASS_CNN_Alder_0001.tif"}
LAYERS = {"CONF_Alder_0001.tif", "PROB_Alder_0001.tif", "UNC_Alder_0001.tif"}
SCORES = {"CNN_Alder_0001.csv", "CSC_Alder_0001.csv"}
FIGURE = {"FIGURE_Alder_0001.png"}
PREVIEWS = {
    f"Alder_0001_{kind}" for kind in ("image.jpg", "cnn.png", "csc.png", "labels.png",
                                      "confidence.png")
}  # fmt: skip
ALL = MAPS | LAYERS | SCORES | FIGURE | PREVIEWS
OTHER_FORMATS = {"FIGURE_Alder_0001.pdf", "FIGURE_Alder_0001.svg"}


def everything(folder: Path) -> Products:
    return Products(folder, "Alder_0001", labelled=True, figures=True, layers=ALL_LAYERS)


def names(paths: list[Path]) -> set[str]:
    return {path.name for path in paths}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def touch(paths: list[Path]) -> None:
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()


def test_scores_need_labels_and_a_figure_and_layers_may_be_left_out(tmp_path: Path) -> None:
    whole = everything(tmp_path)
    bare = Products(tmp_path, "Alder_0001", labelled=False, figures=False)
    assert names(whole.files) == ALL
    assert names(bare.files) == MAPS
    assert {path.parent for path in whole.files} == {tmp_path, tmp_path / "previews"}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("confidence", "CONF_Alder_0001.tif"),
        ("probabilities", "PROB_Alder_0001.tif"),
        ("uncertainty", "UNC_Alder_0001.tif"),
    ],
)
def test_each_layer_is_asked_for_on_its_own(tmp_path: Path, asked: str, name: str) -> None:
    layers = asked_layers(make_settings({"layers": {asked: True}}))
    products = Products(tmp_path, "Alder_0001", labelled=False, figures=False, layers=layers)
    assert names(products.files) == MAPS | {name}
    assert products.layer(asked).name == name


def test_every_layer_that_can_be_asked_for_has_a_file(tmp_path: Path) -> None:
    every = make_settings({"layers": dict.fromkeys(type(Settings().layers).model_fields, True)})
    assert asked_layers(Settings()) == ()
    assert asked_layers(every) == ALL_LAYERS
    assert names([everything(tmp_path).layer(kind) for kind in asked_layers(every)]) == LAYERS


def test_every_run_could_make_the_same_files(tmp_path: Path) -> None:
    bare = Products(tmp_path, "Alder_0001", labelled=False, figures=False)
    assert names(bare.possible_files) == names(everything(tmp_path).possible_files)
    assert names(bare.possible_files) == ALL | OTHER_FORMATS | {"CLASS_CSC_Alder_0001.json"}


def test_a_figure_is_a_file_in_each_of_its_formats(tmp_path: Path) -> None:
    formats = ("svg", "png")
    products = Products(tmp_path, "Alder_0001", False, True, figure_formats=formats)
    assert [path.name for path in products.figure_files] == [
        "FIGURE_Alder_0001.svg",
        "FIGURE_Alder_0001.png",
    ]
    assert products.figure == products.figure_files[0]
    assert set(products.figure_files) <= set(products.files)
    touch([tmp_path / name for name in OTHER_FORMATS])
    products.clear_stale()
    assert names_in(tmp_path) == {"FIGURE_Alder_0001.svg"}


def test_products_are_whole_once_every_file_stands(tmp_path: Path) -> None:
    products = everything(tmp_path)
    for path in products.files:
        assert not products.whole
        touch([path])
    assert products.whole


def test_only_what_this_run_does_not_make_is_stale(tmp_path: Path) -> None:
    touch(everything(tmp_path).files)
    (tmp_path / "CONF_Alder_0001.tif.aux.xml").touch()
    (tmp_path / "CSC_Alder_0002.csv").touch()
    (tmp_path / "UNC_Alder_0002.tif").touch()
    layers = ("uncertainty",)
    Products(tmp_path, "Alder_0001", labelled=False, figures=True, layers=layers).clear_stale()
    stale = SCORES | {"CONF_Alder_0001.tif", "PROB_Alder_0001.tif"}
    stale |= {"Alder_0001_labels.png", "Alder_0001_confidence.png"}
    assert names_in(tmp_path) == ALL - stale | {
        "CSC_Alder_0002.csv",
        "UNC_Alder_0002.tif",
    }


def test_removing_leaves_nothing_of_the_image_and_all_of_the_others(tmp_path: Path) -> None:
    touch(everything(tmp_path).files)
    for name in ("CLASS_CSC_Alder_0001.tif.aux.xml", "UNC_Alder_0001.tif.aux.xml"):
        (tmp_path / name).touch()
    (tmp_path / "UNC_Alder_0002.tif").touch()
    Products(tmp_path, "Alder_0001", labelled=False, figures=False).remove()
    assert names_in(tmp_path) == {"UNC_Alder_0002.tif"}
