"""Workers that do not see the folder of the maps: what they make comes by other storage.

`--out` is /proc/self/cwd/maps: another folder for each process, so that whatever a worker wrote
there by its name would lie in the worker's own folder, not with the maps.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.object_storage import ObjectStorage, serving
from tests.cluster.runs import MOSAIC, classify, contents, start

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

OUT = Path("/proc/self/cwd/maps")


@dataclass
class Scratch:
    """Storage that all machines reach.

    Attributes
    ----------
    left
        Tells what lies there.
    """

    url: str
    left: Callable[[], list[Any]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    pytest.importorskip("moto")
    pytest.importorskip("s3fs")
    with serving(tmp_path_factory.mktemp("moto") / "log") as storage:
        yield storage


@pytest.fixture
def bucket(server: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.reset()
    return Scratch(server.url, lambda: [*server.names(), *server.unfinished()])


@pytest.fixture
def folder(tmp_path: Path) -> Scratch:
    path = tmp_path / "scratch"
    path.mkdir()
    return Scratch(str(path), lambda: list(path.rglob("*")))


@pytest.fixture(params=["bucket", "folder"])
def scratch(request: pytest.FixtureRequest) -> Scratch:
    found: Scratch = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the folder of the process that is started, with the maps in it."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def away(
    scratch: Scratch,  # noqa: ARG001  it sets what the workers must know
    tmp_path: Path,
    jobs_folder: Path,
) -> Iterator[Cluster]:
    """Return a cluster whose workers do not see the maps, and never write where they would be."""
    pytest.importorskip("distributed")
    for name in ("cluster", "elsewhere"):
        (tmp_path / name).mkdir()
    found = Cluster(tmp_path / "cluster", jobs_folder, tmp_path / "elsewhere")
    try:
        found.start()
        yield found
    finally:
        found.stop()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert not list((tmp_path / "cluster").glob("node*/**/riverscape-*"))


@pytest.mark.parametrize("scratch", ["folder"], indirect=True)
def test_without_scratch_workers_must_see_the_maps(
    photographs: Path, away: Cluster, home: Path
) -> None:
    # Or all that follows would prove nothing.
    status, errors = classify(photographs, OUT, "--dask", away.address, home=home)
    assert status == 1
    assert "which all workers must share" in errors
    assert len(errors.splitlines()) == 1
    assert not (home / "maps").exists()


def test_photographs(
    photographs: Path, maps_here: Path, scratch: Scratch, away: Cluster, home: Path
) -> None:
    words = ("--dask", away.address, "--scratch", scratch.url)
    assert classify(photographs, OUT, *words, home=home) == (0, "")
    assert contents(home / "maps") == contents(maps_here)
    assert scratch.left() == []
    # Again with layers, figures and previews, where there were none.
    more = ("--confidence", "--figures", "--overwrite")
    one = photographs / "Heron_0002.jpg"
    assert classify(one, OUT, *words, *more, home=home) == (0, "")
    assert classify(one, home / "here", *more) == (0, "")
    made, expected = contents(home / "maps"), contents(home / "here")
    assert any(name.startswith("previews/") for name in made)
    assert {name: made[name] for name in expected if name != "report.html"} == {
        name: content for name, content in expected.items() if name != "report.html"
    }
    assert scratch.left() == []


def test_a_large_raster_by_blocks(
    mosaic: Path, mosaic_here: Path, scratch: Scratch, away: Cluster, home: Path
) -> None:
    words = (*MOSAIC, "--dask", away.address, "--scratch", scratch.url)
    most, killed = 0, False
    with start(mosaic, OUT, *words, home=home) as process:
        steps = home / "maps" / ".riverscape-mosaic"
        while process.poll() is None:
            most = max(most, len([name for name in scratch.left() if "windows" in str(name)]))
            if not killed and len(list(steps.glob("*.npz"))) >= 2 and (workers := away.workers()):
                with suppress(ProcessLookupError):
                    os.kill(workers[0], signal.SIGKILL)
                    killed = True
            time.sleep(0.02)
        assert process.communicate() == ("", "")
    assert process.returncode == 0
    assert killed
    assert contents(home / "maps") == contents(mosaic_here)
    assert scratch.left() == []
    # It was shared out, and windows did not gather there: there were 2 to 4, without removing 22.
    assert 1 <= most <= 12


def test_a_run_that_was_killed_goes_on(
    mosaic: Path, mosaic_here: Path, scratch: Scratch, away: Cluster, home: Path
) -> None:
    words = (*MOSAIC, "--dask", away.address, "--scratch", scratch.url)
    steps = home / "maps" / ".riverscape-mosaic"
    with start(mosaic, OUT, *words, home=home) as process:
        limit = time.monotonic() + 120
        while process.poll() is None and len(list(steps.glob("*.npz"))) < 4:
            assert time.monotonic() < limit
            time.sleep(0.005)
        process.kill()
    kept = {path.name: path.stat().st_mtime_ns for path in steps.glob("*.npz")}
    assert len(kept) >= 4
    assert scratch.left()
    with start(mosaic, OUT, *words, "--resume", home=home) as process:
        while process.poll() is None and steps.is_dir():
            for name, changed in kept.items():
                with suppress(FileNotFoundError):  # at the end all of them go
                    assert (steps / name).stat().st_mtime_ns == changed
            time.sleep(0.05)
        assert process.communicate() == ("", "")
    assert contents(home / "maps") == contents(mosaic_here)
    assert scratch.left() == []


@pytest.mark.parametrize("scratch", ["bucket"], indirect=True)
def test_storage_that_cannot_be_used_is_one_line(
    photographs: Path, server: ObjectStorage, away: Cluster, home: Path, scratch: Scratch
) -> None:
    def tried(url: str) -> str:
        words = ("--dask", away.address, "--scratch", url)
        status, errors = classify(photographs, OUT, *words, home=home)
        assert status == 1
        assert list(home.iterdir()) == []
        (line,) = errors.splitlines()
        return line.removeprefix("riverscape: ")

    missing = tried("s3://no-such-bucket/scratch")
    assert missing.startswith("s3://no-such-bucket/scratch/riverscape-run-")
    assert missing.endswith("model.zip cannot be written: The specified bucket does not exist")
    assert tried(str(home / "none")).startswith("--scratch takes a folder that exists")
    assert tried("ftp://rivers.example/scratch").startswith("--scratch takes a folder")
    server.refuse(True)
    assert "cannot be written: The AWS Access Key Id you provided" in tried(scratch.url)
    server.refuse(False)
    assert scratch.left() == []


def test_a_worker_that_cannot_read_it_is_named(
    photographs: Path, tmp_path: Path, jobs_folder: Path, home: Path
) -> None:
    pytest.importorskip("distributed")
    (tmp_path / "cluster").mkdir()
    (tmp_path / "elsewhere").mkdir()
    cluster = Cluster(tmp_path / "cluster", jobs_folder, tmp_path / "elsewhere")
    (home / "scratch").mkdir()
    try:
        cluster.start(1)
        words = ("--dask", cluster.address, "--scratch", "/proc/self/cwd/scratch")
        status, errors = classify(photographs, OUT, *words, home=home)
    finally:
        cluster.stop()
    assert status == 1
    (line,) = errors.splitlines()
    assert "it does not see /proc/self/cwd/scratch/riverscape-run-" in line
    assert list((home / "scratch").iterdir()) == []
    assert not (home / "maps").exists()


def test_a_damaged_image_costs_itself(
    photographs: Path, folder: Scratch, maps_here: Path, cluster: Cluster, tmp_path: Path
) -> None:
    survey, out = tmp_path / "survey", tmp_path / "maps"
    shutil.copytree(photographs, survey)
    (survey / "Alder_0002.jpg").write_bytes((survey / "Alder_0002.jpg").read_bytes()[:2000])
    words = ("--dask", cluster.address, "--scratch", folder.url)
    status, errors = classify(survey, out, *words)
    assert status == 1
    assert "Alder_0002" in errors
    made = contents(out)
    assert (
        len([name for name in made if name.startswith("CLASS_CSC_") and name.endswith("tif")]) == 7
    )
    expected = contents(maps_here)
    assert {name for name in made if name not in expected} == {"failures.csv"}
    assert all(made[name] == expected[name] for name in made if name != "failures.csv")
    assert folder.left() == []
