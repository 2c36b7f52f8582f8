"""A depot gives back what was put into it, whole, and nothing else: folders and object storage."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riverscape.errors import InputError, OutputError
from riverscape.execution.depot import Depot
from riverscape.execution.folder_depot import FolderDepot
from riverscape.execution.run_depot import depot_at
from tests.cluster.object_storage import serving

NAMES = ["maps/a.zip", "maps/Ålder [1] 50% #2?*.zip", "model.zip"]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    pytest.importorskip("moto")
    pytest.importorskip("s3fs")
    with (
        serving(tmp_path_factory.mktemp("moto") / "log") as storage,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in storage.environment.items():
            patch.setenv(name, value)
        storage.reset()
        yield depot_at(f"{storage.url} [1]")


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.cluster)])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Depot:
    if request.param == "folder":
        return FolderDepot(tmp_path / "depot")
    found: Depot = request.getfixturevalue("bucket")
    return found.within(tmp_path.name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"maps" * 3_000_000])
def test_what_is_put_is_fetched(depot: Depot, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "here").write_bytes(content)
    assert not depot.has(name)
    depot.put(tmp_path / "here", name)
    assert depot.has(name)
    depot.fetch(name, tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == content
    with depot.opened(name) as file:
        assert file.read_bytes() == content
    (tmp_path / "here").write_bytes(content + b"more")
    depot.put(tmp_path / "here", name)
    with depot.opened(name) as file:
        assert file.read_bytes() == content + b"more"


def test_what_is_removed_is_gone_and_nothing_else(depot: Depot, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"maps")
    for number in ("1", "12"):
        for name in NAMES:
            depot.within(number).put(tmp_path / "here", name)
    depot.remove(f"1/{NAMES[1]}")
    depot.remove(f"1/{NAMES[1]}")
    assert [depot.has(f"1/{name}") for name in NAMES] == [True, False, True]
    depot.within("1").clear()
    depot.within("1").clear()
    assert [depot.has(f"1/{name}") for name in NAMES] == [False] * 3
    assert [depot.has(f"12/{name}") for name in NAMES] == [True] * 3


def test_what_is_not_there_is_named(
    depot: Depot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riverscape.execution.folder_depot._LATE_S", 0)
    with pytest.raises(InputError, match=r"maps/none\.zip cannot be read: .*(exist|No such)"):
        depot.fetch("maps/none.zip", tmp_path / "there")
    assert not (tmp_path / "there").exists()
    with pytest.raises(OutputError, match=r"maps/a\.zip cannot be written: No such file"):
        depot.put(tmp_path / "none", "maps/a.zip")
    assert not depot.has("maps/a.zip")


def test_a_folder_shows_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    depot = FolderDepot(tmp_path / "depot")

    def half(_: Any, path: Path) -> None:
        path.write_bytes(b"half")
        assert not depot.has("maps/a.zip")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", half)
    with pytest.raises(OutputError, match="No space left on device"):
        depot.put(tmp_path / "here", "maps/a.zip")
    assert list((tmp_path / "depot" / "maps").iterdir()) == []
    depot.folder.joinpath("b.zip").touch()
    # Nor is a full disk here taken for a fault of the depot's.
    with pytest.raises(OutputError, match="no room on this machine"):
        depot.fetch("b.zip", tmp_path / "there")
