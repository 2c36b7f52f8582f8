"""What is handed on to those who do windows of a large image."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riverscape.errors import InputError, OutputError
from riverscape.execution.exchange import SharedJournal, exchange_of
from riverscape.execution.handed_on import HandedOn
from riverscape.journal import FolderJournal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[FolderJournal]:
    with FolderJournal.open(tmp_path / "journal", {"of": 1}, resume=False) as journal:
        yield journal


@pytest.mark.parametrize("mapped", [True, False])
def test_it_comes_as_it_was(
    journal: FolderJournal, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    monkeypatch.setattr("riverscape.execution.handed_on._CAN_LET_GO", mapped)
    rng = np.random.default_rng(0)
    what: dict[str, Any] = {
        "blocks": rng.random((30, 7, 5), np.float32),
        "nothing": np.zeros((0, 3)),
        "odd": rng.integers(0, 9, 13, np.uint8),
        "strided": np.arange(40).reshape(8, 5)[::2, ::-1],
        "last": np.zeros(0, np.uint8),
        "name": "Alder",
    }
    exchange = exchange_of(journal, None)
    handed_on = HandedOn.of(what, "learned", exchange, journal)
    with handed_on.opened(exchange) as found:
        assert set(found) == set(what)
        assert found["name"] == "Alder"
        for name in set(what) - {"name"}:
            np.testing.assert_array_equal(found[name], what[name])
            assert found[name].dtype == what[name].dtype
        assert not found["blocks"].flags.writeable
        assert not mapped or found["blocks"].ctypes.data % 64 == 0
    with handed_on.opened(exchange) as again:
        np.testing.assert_array_equal(again["blocks"], what["blocks"])


def test_nothing_else_is_unpickled(journal: FolderJournal) -> None:
    exchange = exchange_of(journal, None)
    handed_on = HandedOn.of({"a": 1}, "learned", exchange, journal)
    path = journal.folder / "learned.pickle"
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    with (
        pytest.raises(OutputError, match=r"learned\.pickle is not what the run has written"),
        handed_on.opened(exchange),
    ):
        pass
    for left in (b"", None):
        path.write_bytes(left) if left is not None else path.unlink()
        with (
            pytest.raises(InputError, match=r"learned\.pickle cannot be read: "),
            handed_on.opened(exchange),
        ):
            pass


_READER = """
import sys
from pathlib import Path
from riverscape.execution.exchange import SharedJournal
from riverscape.execution.handed_on import HandedOn

def mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000

folder, head, sha256 = sys.argv[1:]
handed_on, exchange = HandedOn("learned", sha256), SharedJournal(Path(folder), head)
before = mb()
with handed_on.opened(exchange) as found:
    part = found[:4].sum()
    looked = mb()
    assert found.sum() > part
    whole = mb()
print(looked - before, whole - before, mb() - before)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="memory is told by Linux's /proc"
)
def test_memory_is_that_of_what_is_looked_at(journal: FolderJournal) -> None:
    exchange = exchange_of(journal, None)
    assert isinstance(exchange, SharedJournal)
    handed_on = HandedOn.of(np.ones((2000, 20_000), np.float32), "learned", exchange, journal)
    ran = subprocess.run(
        [sys.executable, "-c", _READER, str(exchange.folder), exchange.head_sha256,
         handed_on.sha256],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    looked, whole, left = map(float, ran.stdout.split())
    assert looked < 20
    assert whole > 150
    assert left < 20
