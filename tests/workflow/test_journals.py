"""What is kept of an image's windows: a run that was broken off goes on there."""

from pathlib import Path
from typing import Any

import pytest

from riverscape.journal import FolderJournal, MemoryJournal

from . import images
from .images import RULES, Counting, mapped, write


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("classifier", ["kde", "patch"])
@pytest.mark.parametrize("side_px", [images.WHOLE, 64])
def test_a_folder_keeps_what_memory_does_and_nothing_is_done_twice(
    classifier: str, side_px: int, folder: Path, tmp_path: Path
) -> None:
    path, content = (
        write(folder, (197, 223), "upper left"),
        {"pixels": {"classifier": classifier}},
    )
    remembered = mapped(path, content, side_px, journal=MemoryJournal())
    found, asked = [], []
    for _ in range(2):
        model = Counting.new()
        with FolderJournal.open(tmp_path / "journal", {"of": 1}, resume=True) as journal:
            found.append(mapped(path, content, side_px, model=model, journal=journal))
        asked.append(len(model.asked))
    for one in found:
        assert not remembered.differences(one)
    assert asked[0] > 0
    assert asked[1] == 0


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("rules", "most", "last"),
    [
        ("default", 0, None),
        *[("default", most, "scan") for most in (1, 3, 5, 6)],
        ("default", 9, "doubt"),
        ("modal filter", 13, "overruling"),
        ("nothing is sure", 8, "opening"),
        ("patch", 8, "drawing"),
        ("default", 15, "map"),
    ],
)
def test_what_was_broken_off_goes_on_to_the_same_maps(
    rules: str, most: int, last: str | None, folder: Path
) -> None:
    """Whichever step a run stopped after: those that are kept are not done again."""
    path, content = write(folder, (281, 263), "slant"), RULES[rules]
    whole = mapped(path, content, 90)
    journal = _Breaking(most)
    with pytest.raises(_BrokenOff):
        mapped(path, content, 90, journal=journal)
    kept, journal.most = set(journal.steps), 1000
    assert [step.split("-")[0] for step in journal.steps[-1:]] == ([last] if last else [])
    journal.steps.clear()
    assert not whole.differences(mapped(path, content, 90, journal=journal))
    assert not kept & set(journal.steps)


class _BrokenOff(Exception):
    pass


class _Breaking(MemoryJournal):
    """Breaks a run off after so many steps, and writes down which were kept."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.steps: list[str] = []

    def keep(self, step: str, arrays: Any) -> None:
        if len(self.steps) == self.most:
            raise _BrokenOff
        self.steps.append(step)
        super().keep(step, arrays)
