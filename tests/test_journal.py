import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from riverscape.errors import OutputError
from riverscape.journal import FolderJournal

HEAD = {"image": "a", "side_px": 256}


def keep_three(folder: Path, head: dict[str, Any] = HEAD, resume: bool = False) -> list[str]:
    """Do the steps that are left of three; return which."""
    done = []
    with FolderJournal.open(folder, head, resume) as journal:
        for number in range(3):
            if not journal.has(f"step-{number}"):
                journal.keep(f"step-{number}", {"n": np.full((50, 50), number)})
                done.append(f"step-{number}")
    return done


def test_what_is_kept_is_had_again(tmp_path: Path) -> None:
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4)
    with FolderJournal.open(tmp_path / "j", HEAD, resume=False) as journal:
        assert not journal.has("map-0-0")
        journal.keep("map-0-0", {"csc": pixels, "more": np.array(2.5)})
        journal.keep("map-0-1", {})
        assert journal.has("map-0-0")
    with FolderJournal.open(tmp_path / "j", HEAD, resume=True) as journal:
        stored = journal.load("map-0-0")
        assert stored["csc"].dtype == np.uint16
        np.testing.assert_array_equal(stored["csc"], pixels)
        assert set(stored) == {"csc", "more"}
        assert journal.has("map-0-1")
        assert not journal.load("map-0-1")


def test_a_run_that_is_resumed_does_what_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    assert len(keep_three(folder)) == 3
    (folder / "step-1.npz").unlink()
    assert keep_three(folder, resume=True) == ["step-1"]
    assert keep_three(folder, resume=True) == []


def test_without_resuming_everything_is_done_anew(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    keep_three(folder)
    (folder / "stray.npz").touch()
    assert len(keep_three(folder)) == 3
    assert not (folder / "stray.npz").exists()


@pytest.mark.parametrize("change", [{"image": "b"}, {"side_px": 512}, {"more": 1}])
def test_a_journal_of_other_work_is_not_gone_on_with(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    keep_three(tmp_path / "j")
    assert len(keep_three(tmp_path / "j", HEAD | change, resume=True)) == 3


@pytest.mark.parametrize("head", ["", "{", "[]", "3"])
def test_a_journal_whose_head_is_damaged_is_begun_anew(tmp_path: Path, head: str) -> None:
    keep_three(tmp_path / "j")
    (tmp_path / "j" / "journal.json").write_text(head)
    assert FolderJournal.head_of(tmp_path / "j") is None
    assert len(keep_three(tmp_path / "j", resume=True)) == 3


@given(cut=integers(0, 400))
def test_a_step_whose_file_was_cut_short_is_done_again(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("run") / "j"
    keep_three(folder)
    path = folder / "step-2.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: min(cut, len(whole) - 1)])
    assert keep_three(folder, resume=True) == ["step-2"]
    assert path.read_bytes() == whole


def test_a_step_whose_bytes_have_changed_is_done_again(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    keep_three(folder)
    path = folder / "step-0.npz"
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.infolist()[0].header_offset + 90
    whole[at] ^= 0x55
    path.write_bytes(whole)
    assert keep_three(folder, resume=True) == ["step-0"]


def test_what_was_half_written_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    keep_three(folder)
    (folder / ".partial-step-3.npz").write_bytes(b"half")
    keep_three(folder, resume=True)
    assert not list(folder.glob(".partial-*"))


def test_the_log_names_what_each_run_computed(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    keep_three(folder)
    (folder / "step-1.npz").unlink()
    keep_three(folder, resume=True)
    with FolderJournal.open(folder, HEAD, resume=True) as journal:
        assert journal.computed == [["step-0", "step-1", "step-2"], ["step-1"], []]


def test_one_step_at_most_is_not_yet_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step is not begun before the one before the last is on the disk."""
    synced: list[int] = []
    sync = os.fsync

    def watched(file: int) -> None:
        synced.append(file)
        sync(file)

    monkeypatch.setattr("os.fsync", watched)
    with FolderJournal.open(tmp_path / "j", HEAD, resume=False) as journal:
        for number in range(5):
            journal.keep(f"step-{number}", {"n": np.array(number)})
            safe = sorted(path.name for path in (tmp_path / "j").glob("step-*.npz"))
            assert safe[:number] == [f"step-{n}.npz" for n in range(number)]
    # Of the head and of each step the file and its name.
    if os.name == "posix":
        assert len(synced) == 2 * (1 + 5)


def test_a_full_disk_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    keep_three(tmp_path / "j")
    for number in (1, 2):
        (tmp_path / "j" / f"step-{number}.npz").unlink()
    with monkeypatch.context() as patched:
        patched.setattr("riverscape.journal._save", full)
        with pytest.raises(OutputError, match=r"j cannot be written: No space left on device"):
            keep_three(tmp_path / "j", resume=True)
    assert not list((tmp_path / "j").glob(".partial-*"))
    assert keep_three(tmp_path / "j", resume=True) == ["step-1", "step-2"]


def test_a_file_damaged_while_it_is_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with FolderJournal.open(tmp_path / "j", HEAD, resume=False) as journal:
        journal.keep("step-0", {"n": np.arange(9)})
        stored = journal.load("step-0")
        (tmp_path / "j" / "step-0.npz").write_bytes(b"no archive")
        for ask in (lambda: stored["n"], lambda: len(stored)):
            with pytest.raises(OutputError, match=r"step-0\.npz was damaged"):
                ask()


def test_the_head_can_be_read_by_others(tmp_path: Path) -> None:
    keep_three(tmp_path / "j")
    assert json.loads((tmp_path / "j" / "journal.json").read_text()) == HEAD
