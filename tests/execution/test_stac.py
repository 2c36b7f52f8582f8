from pathlib import Path

import pytest

from riverscape.errors import OutputError
from riverscape.execution.stac import check_collection, renew_collection
from riverscape.execution.stac_json import href


def test_somebody_elses_collection_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "collection.json"
    check_collection(tmp_path, overwrite=False)
    for content in ('{"type": "Collection", "id": "theirs"}', "{", "[]"):
        path.write_text(content)
        with pytest.raises(OutputError, match=r"collection\.json is not of riverscape; add"):
            check_collection(tmp_path, overwrite=False)
        check_collection(tmp_path, overwrite=True)
        renew_collection(tmp_path)
        assert path.read_text() == content


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("s3://rivers/a.tif", "s3://rivers/a.tif"),
        ("https://rivers.example/a%20b.tif?sig=secret", "https://rivers.example/a%20b.tif"),
        (
            "/vsicurl/https://rivers.example/a.tif?sig=secret",
            "/vsicurl/https://rivers.example/a.tif",
        ),
    ],
)
def test_addresses_are_told_without_their_secrets(source: str, seen: str, tmp_path: Path) -> None:
    assert href(source, tmp_path) == seen


def test_files_are_told_as_seen_from_the_folder(tmp_path: Path) -> None:
    assert href(tmp_path / "a.jpg", tmp_path) == "./a.jpg"
    assert href(tmp_path / "survey" / "a.jpg", tmp_path / "out" / "maps") == "../../survey/a.jpg"
