import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from riverscape.errors import OutputError
from riverscape.execution.claim import LOCK_NAME, claimed

HOLD = """
import sys, time
from pathlib import Path
from riverscape.execution.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""

Start = Callable[..., subprocess.Popen[str]]


def claim(folder: Path) -> None:
    with claimed(folder):
        pass


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_is_claimed_once_at_a_time(tmp_path: Path) -> None:
    with claimed(tmp_path), pytest.raises(OutputError, match="another run works in"):
        claim(tmp_path)
    claim(tmp_path)


def test_who_holds_it_is_said_in_one_line(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        try:
            with pytest.raises(OutputError) as caught:
                claim(tmp_path)
            assert f"another run works in {tmp_path} (process {process.pid} on " in str(
                caught.value
            )
            assert "\n" not in str(caught.value)
        finally:
            process.kill()


def test_kill_9_lets_go_of_it(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
    assert (tmp_path / LOCK_NAME).exists()
    claim(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_of_it(tmp_path: Path) -> None:
    claim(tmp_path / "new" / "maps")
    assert not (tmp_path / "new" / "maps").exists()
    with claimed(tmp_path / "maps"):
        (tmp_path / "maps" / "a.tif").touch()
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["a.tif"]


def test_claims_that_follow_each_other_closely_never_overlap(tmp_path: Path) -> None:
    """Removing the lock's file must not let two in at once, each with a file of its own."""
    code = """
import sys, time
from pathlib import Path
from riverscape.errors import OutputError
from riverscape.execution.claim import claimed
folder, end = Path(sys.argv[1]), time.time() + 2
while time.time() < end:
    try:
        with claimed(folder):
            (folder / "inside").touch(exist_ok=False)
            (folder / "inside").unlink()
    except OutputError as error:
        assert "another run" in str(error), error
"""
    others = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ended = [other.communicate()[1] for other in others]
    assert [other.returncode for other in others] == [0, 0, 0], ended


@pytest.mark.slow
def test_a_second_run_into_the_same_folder_stops_at_once(
    mosaic: Path, unbroken: Path, start: Start, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    with start(mosaic, out) as first:
        while not (out / ".riverscape-mosaic").exists():
            assert first.poll() is None
            time.sleep(0.01)
        first.send_signal(signal.SIGSTOP)
        with start(mosaic, out, "--resume") as second:
            said, errors = second.communicate()
        first.send_signal(signal.SIGCONT)
        assert first.wait() == 0
    assert (second.returncode, said) == (1, "")
    assert errors.startswith(f"riverscape: another run works in {out} (process {first.pid} on ")
    assert len(errors.splitlines()) == 1
    maps = "CLASS_CSC_mosaic.tif"
    assert (out / maps).read_bytes() == (unbroken / maps).read_bytes()
