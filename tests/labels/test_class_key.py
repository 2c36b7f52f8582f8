"""The key that folds local classes to classes, and its CSV."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, ClassKey, LocalClass

names = st.text(st.characters(categories=["L", "N"], include_characters=' _,"'), max_size=12)


@given(st.lists(st.tuples(st.integers(0, 255), names, names), min_size=1, max_size=20))
def test_written_and_read_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, str]]
) -> None:
    key = ClassKey(
        tuple(
            LocalClass(code, class_code, river.strip(), name.strip())
            for code, (class_code, river, name) in enumerate(rows)
        )
    )
    path = tmp_path_factory.mktemp("key") / "key.csv"
    path.write_text(key.to_csv(), encoding="utf-8")
    assert ClassKey.read_csv(path) == key


def test_the_originals_own_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "key.csv"
    path.write_text(
        "LocalClass,HierarchClass,River,ClassName\n0.0,0.0,,\n2.0,1.0,StMarg,water\n"
        "1.0,1.0,Ouelle,water\n"
    )
    key = ClassKey.read_csv(path)
    assert key.class_codes == (0, 1, 1)
    assert [local.river for local in key.classes] == ["", "Ouelle", "StMarg"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "lacks the column(s) LocalClass, HierarchClass"),
        ("", "lacks the column(s)"),
        ("LocalClass,HierarchClass\n1,x\n", "line 2: a class must be a whole number of 0..255"),
        ("LocalClass,HierarchClass\n1,1\n1.5,1\n", "line 3"),
        ("LocalClass,HierarchClass\n1,1\n1,2\n", "do not ascend"),
        ("LocalClass,HierarchClass\n1,300\n", "line 2"),
    ],
)
def test_what_is_no_key_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "key.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        ClassKey.read_csv(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_rivers_have_classes_of_their_own() -> None:
    key = ClassKey.by_river(PUBLISHED_CLASSES, ["StMarg", "Ouelle", "StMarg"], unlabelled=True)
    assert len(key) == 11
    assert key.class_codes[0] == 0
    for river in ("Ouelle", "StMarg"):
        for code in PUBLISHED_CLASSES.codes:
            local = key.classes[key.position_of(code, river)]
            assert (local.river, local.class_code) == (river, code)
    with pytest.raises(KeyError):
        key.position_of(1, "Nile")
