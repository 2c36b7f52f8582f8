import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover

names = st.text(min_size=1).filter(lambda text: bool(text.strip()))
colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@st.composite
def schemes(draw: st.DrawFn) -> ClassScheme:
    codes = draw(st.lists(st.integers(1, 255), min_size=1, max_size=6, unique=True))
    called = draw(st.lists(names, min_size=len(codes), max_size=len(codes), unique=True))
    return ClassScheme(
        tuple(
            LandCover(code, name, draw(colours)) for code, name in zip(codes, called, strict=True)
        )
    )


@given(schemes())
def test_json_gives_the_scheme_back(scheme: ClassScheme) -> None:
    text = json.dumps(scheme.to_dict())
    assert ClassScheme.from_dict(json.loads(text)) == scheme


@given(schemes())
def test_positions_and_palette_follow_the_codes(scheme: ClassScheme) -> None:
    positions, palette = scheme.positions, scheme.palette
    assert positions[list(scheme.codes)].tolist() == list(range(len(scheme)))
    assert [tuple(palette[cover.code]) for cover in scheme] == [c.rgb for c in scheme]
    strangers = np.setdiff1d(np.arange(256), scheme.codes)
    assert (positions[strangers] == 255).all()
    assert not palette[strangers].any()


def test_a_file_gives_the_scheme_back(tmp_path: Path) -> None:
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(PUBLISHED_CLASSES.to_dict()), encoding="utf-8")
    assert ClassScheme.from_json(path) == PUBLISHED_CLASSES


def test_the_published_classes() -> None:
    assert PUBLISHED_CLASSES.codes == (1, 2, 3, 4, 5)
    assert PUBLISHED_CLASSES.name_of(1) == "water"
    assert PUBLISHED_CLASSES.name_of(5) == "paved road"


def entry(**changes: object) -> dict[str, object]:
    return {"code": 1, "name": "water", "colour": "#3fb4ff", **changes}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"classes": []}, "needs at least one class"),
        ({}, "expected"),
        ([], "expected"),
        ({"classes": entry()}, "expected"),
        ({"classes": [{"code": 1, "name": "water"}]}, "exactly code, name and colour"),
        ({"classes": [entry(note="deep")]}, "exactly code, name and colour"),
        ({"classes": ["water"]}, "exactly code, name and colour"),
        ({"classes": [entry(code=0)]}, r"not in 1\.\.255"),
        ({"classes": [entry(code=256)]}, r"not in 1\.\.255"),
        ({"classes": [entry(code=1.5)]}, "not a whole number"),
        ({"classes": [entry(code="1")]}, "not a whole number"),
        ({"classes": [entry(code=True)]}, "not a whole number"),
        ({"classes": [entry(name=" ")]}, "has no name"),
        ({"classes": [entry(name=None)]}, "has no name"),
        ({"classes": [entry(colour="blue")]}, "is not like #00aaff"),
        ({"classes": [entry(colour="#3fb4ff00")]}, "is not like #00aaff"),
        ({"classes": [entry(), entry(name="mud")]}, "share the code 1"),
        ({"classes": [entry(), entry(code=2)]}, "share the name 'water'"),
    ],
)
def test_a_file_that_is_no_scheme_is_named_with_its_problem(
    tmp_path: Path, content: object, problem: str
) -> None:
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=rf"classes\.json is no class scheme: .*{problem}"):
        ClassScheme.from_json(path)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "classes.json"
    path.write_text("1 water")
    with pytest.raises(InputError, match="is no class scheme"):
        ClassScheme.from_json(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json cannot be read: No such file"):
        ClassScheme.from_json(tmp_path / "none.json")
