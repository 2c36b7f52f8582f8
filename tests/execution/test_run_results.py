"""A run is read back whole, or told to be damaged: never half."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riverscape.errors import InputError
from riverscape.execution.run_results import read_run

Content = dict[str, Any]
NAME = "Alder_0001"


def _image(content: Content) -> Content:
    image: Content = content["images"][NAME]
    return image


def test_a_run_is_read_back_as_it_was_written(maps: Path) -> None:
    content = json.loads((maps / "run.json").read_text())
    found = read_run(maps)
    assert (found.started, found.finished) == (content["started"], content["finished"])
    assert [image.name for image in found.images] == list(content["images"])
    first = found.images[0]
    assert first.pixels == _image(content)["pixels"]
    assert np.array_equal(first.matrices["CSC"].counts, _image(content)["confusion"]["CSC"])


DAMAGES: list[Callable[[Content], object]] = [
    lambda content: _image(content)["confusion"].pop("CSC"),
    lambda content: _image(content)["confusion"]["CSC"].pop(),
    lambda content: _image(content)["confusion"]["CSC"][0].pop(),
    lambda content: _image(content)["confusion"]["CSC"][0].__setitem__(0, -1),
    lambda content: _image(content)["confusion"]["CSC"][0].__setitem__(0, 2**70),
    lambda content: _image(content)["confusion"].update(other=[]),
    lambda content: _image(content)["reliability"].update(CSC=[[1, 2]]),
    lambda content: _image(content).update(seconds={"x": None}),
    lambda content: _image(content).update(seconds={"x": float("nan")}),
    lambda content: _image(content)["pixels"].update(water="x"),
    lambda content: _image(content)["pixels"].update(water=-1),
    lambda content: _image(content)["pixels"].update(lava=1),
    lambda content: _image(content).update(notes="hello"),
    lambda content: _image(content).update(shape=[3]),
    lambda content: _image(content).update(image=3),
    lambda content: content["images"].update({NAME: None}),
    lambda content: content["images"].update({"../../x": _image(content)}),
    lambda content: content["images"].update({"..": _image(content)}),
    lambda content: content.update(images=[]),
    lambda content: content.update(failures={"a": None}),
    lambda content: content.update(started=None),
    lambda content: content.pop("finished"),
    lambda content: content["settings"]["pixels"].update(classifier=None),
    lambda content: content.update(settings={"pixels": 3}),
    lambda content: content.update(model="name"),
    lambda content: content.update(classes=[{"code": "x", "name": "a", "colour": "#000000"}]),
    lambda content: content.update(classes={}),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_told(
    maps: Path, tmp_path: Path, damage: Callable[[Content], object]
) -> None:
    content = json.loads((maps / "run.json").read_text())
    damage(content)
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"run\.json lacks what a report needs \(.+\); it is"):
        read_run(tmp_path)


@pytest.mark.parametrize("text", ["3", "[]", "null", "{}"])
def test_what_is_no_record_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=r"run\.json lacks what a report needs"):
        read_run(tmp_path)


def test_where_the_damage_is_is_told(maps: Path, tmp_path: Path) -> None:
    content = json.loads((maps / "run.json").read_text())
    _image(content)["pixels"]["water"] = "x"
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"\({NAME}\.pixels\.water: .*integer\)"):
        read_run(tmp_path)


def test_names_that_are_no_text_are_read_back(maps: Path, tmp_path: Path) -> None:
    content = json.loads((maps / "run.json").read_text())
    strange = "a_[ 1  2]\udcff"
    content["images"] = {strange: _image(content) | {"image": f"{strange}.jpg"}}
    (tmp_path / "run.json").write_text(json.dumps(content))
    (image,) = read_run(tmp_path).images
    assert (image.name, image.image) == (strange, f"{strange}.jpg")


def test_a_file_in_place_of_the_folder_is_told(maps: Path, tmp_path: Path) -> None:
    shutil.copy(maps / "run.json", tmp_path)
    path = tmp_path / "run.json"
    with pytest.raises(InputError, match=re.escape(f"{path} is a file; name the folder")):
        read_run(path)
