from pathlib import Path

import pytest

from riverscape.errors import InputError, OutputError
from riverscape.outputs import free_to_write, whole_file, whole_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(path: Path, error: BaseException) -> None:
    with whole_file(path) as aside:
        aside.write_text("half")
        raise error


def fill_half(path: Path, error: BaseException) -> None:
    with whole_folder(path) as aside:
        (aside / "new.txt").write_text("new")
        raise error


def test_a_file_appears_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "map.tif"
    with whole_file(path) as aside:
        aside.write_text("half")
        assert not path.exists()
        assert aside.suffix == path.suffix
    assert path.read_text() == "half"
    assert names(path.parent) == ["map.tif"]


@pytest.mark.parametrize("error", [InputError("damaged"), KeyboardInterrupt()])
def test_a_file_that_fails_leaves_what_stood_there(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "map.tif"
    path.write_text("before")
    with pytest.raises(type(error)):
        write_half(path, error)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["map.tif"]


def test_a_file_that_fails_leaves_nothing_where_nothing_stood(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_half(tmp_path / "map.tif", InputError("damaged"))
    assert names(tmp_path) == []


def test_a_full_disk_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "map.tif"
    with (
        pytest.raises(OutputError, match=r"map\.tif cannot be written: No space left"),
        whole_file(path),
    ):
        raise OSError(28, "No space left on device")
    assert names(tmp_path) == []


def test_a_file_where_a_folder_belongs_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file")
    with (
        pytest.raises(OutputError, match="cannot be written"),
        whole_file(tmp_path / "maps" / "map.tif") as aside,
    ):
        aside.write_text("never")
    with (
        pytest.raises(OutputError, match="cannot be written"),
        whole_folder(tmp_path / "maps" / "model"),
    ):
        pass
    assert (tmp_path / "maps").read_text() == "a file"


def test_a_folder_appears_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model"
    with whole_folder(path) as aside:
        (aside / "model.json").write_text("{}")
        assert not path.exists()
    assert names(path) == ["model.json"]
    assert names(path.parent) == ["model"]


def test_in_a_replaced_folder_stays_what_nobody_writes_anew(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.mkdir()
    (path / "card.txt").write_text("card")
    (path / "model.json").write_text("old")
    with whole_folder(path) as aside:
        (aside / "model.json").write_text("new")
        assert (path / "model.json").read_text() == "old"
    assert names(path) == ["card.txt", "model.json"]
    assert (path / "model.json").read_text() == "new"
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("error", [InputError("damaged"), OSError(28, "No space left")])
def test_a_folder_that_fails_leaves_what_stood_there(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "model"
    path.mkdir()
    (path / "old.txt").write_text("old")
    expected = OutputError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        fill_half(path, error)
    assert names(path) == ["old.txt"]
    assert names(tmp_path) == ["model"]


def test_what_exists_is_not_overwritten_unasked(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("a.tif", "b.tif", "c.tif"))
    free_to_write([first, second, third], overwrite=False)
    second.touch()
    third.touch()
    with pytest.raises(OutputError) as caught:
        free_to_write([first, second, third], overwrite=False)
    assert str(caught.value) == (
        f"{second} exists already (and 1 more); add --overwrite to replace it"
    )
    free_to_write([first, second, third], overwrite=True)


def test_the_name_of_a_file_is_seen_to_the_disk_after_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []

    def look(path: Path) -> None:
        seen.append((path == tmp_path, (tmp_path / "map.tif").exists()))

    monkeypatch.setattr("riverscape.outputs.to_disk", look)
    with whole_file(tmp_path / "map.tif") as aside:
        aside.write_text("whole")
    assert seen == [(False, False), (True, True)]
