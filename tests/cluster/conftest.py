"""A Dask cluster of processes of their own, started by command as its users start it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import rasterio

from riverscape.scenes import River, write_survey
from tests.cluster.runs import MOSAIC, classify, contents

# Jobs that no run has: workers find them on their path, as pickles name them.
JOBS = '''
import os
import pickle
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from riverscape.errors import InputError, OutputError
from riverscape.execution.dask_worker import work


def noted(task):
    """Work, and note in a folder beside this file who did what kind of job."""
    from distributed import get_worker

    _, job, _ = pickle.loads(task)
    kind = Path(__file__).parent / "done" / type(job).__name__
    kind.mkdir(parents=True, exist_ok=True)
    (kind / str(get_worker().name)).touch()
    return work(task)


@dataclass(frozen=True)
class Job:
    name: str = "job"
    size_px: int = 0
    runs_network: bool = False

    def again(self):
        return self

    def __call__(self, model, told):
        return self.name


class Fatal(Job):
    def __call__(self, model, told):
        os.kill(os.getpid(), signal.SIGKILL)


class Hanging(Job):
    def __call__(self, model, told):
        time.sleep(600)


class Corrupt(Job):
    def __call__(self, model, told):
        message = f"{self.name} is damaged"
        raise InputError(message)


class Picky(Job):
    """Cannot be done on the first of the workers, whose disk is full."""

    def __call__(self, model, told):
        from distributed import get_worker

        if get_worker().name == "node0":
            raise OutputError("no space left")
        return get_worker().name


class Where(Job):
    def __call__(self, model, told):
        from distributed import get_worker

        return get_worker().name


class Weighing(Job):
    def __call__(self, model, told):
        return id(model), os.getpid()


class Threads(Job):
    def __call__(self, model, told):
        import cv2
        from threadpoolctl import threadpool_info

        return cv2.getNumThreads(), [lib["num_threads"] for lib in threadpool_info()]
'''


class Cluster:
    """A scheduler and its workers, which are started again by their nannies when they are killed.

    Parameters
    ----------
    folder
        Where their logs go.
    modules
        Where workers look for jobs besides.
    home
        The folder that its processes are in; that of the tests without it.
    """

    def __init__(self, folder: Path, modules: Path, home: Path | None = None) -> None:
        self._folder, self._modules, self._home = folder, modules, home
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._scheduler: subprocess.Popen[bytes] | None = None
        self._nannies: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int = 2, gpus: int = 0) -> None:
        """Start the scheduler and so many workers of one thread each; wait for them.

        The first of them announce a graphics card each.
        """
        self._scheduler = self._dask("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        self._nannies = [
            self._dask(
                "worker", self.address, "--nthreads", "1", "--memory-limit", "1GB", "--name",
                f"node{number}", "--local-directory", str(self._folder / f"node{number}"),
                *(("--resources", "GPU=1") if number < gpus else ()),
            )
            for number in range(workers)
        ]  # fmt: skip
        limit = time.monotonic() + 60
        while len(self.workers()) < workers:
            assert time.monotonic() < limit
            time.sleep(0.1)

    def stop(self) -> None:
        """End all of them."""
        for process in (*self._nannies, self._scheduler):
            if process is not None:
                process.terminate()
        for process in (*self._nannies, self._scheduler):
            if process is not None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()
                process.wait()
        self._nannies, self._scheduler = [], None

    def workers(self) -> list[int]:
        """Return the processes that do the work, children of their nannies."""
        return [pid for nanny in self._nannies for pid in _children(nanny.pid) if _is_worker(pid)]

    def _dask(self, *words: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(self._modules), os.environ.get("PYTHONPATH", "")])
        with (self._folder / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--no-dashboard"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._home,
                env=os.environ | {"PYTHONPATH": path},
            )  # fmt: skip


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, children.read_text().split())
    return found


def _is_worker(pid: int) -> bool:
    with suppress(OSError):
        return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


@pytest.fixture(scope="session")
def jobs_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of the module `cluster_jobs`, which tests and workers can import."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "cluster_jobs.py").write_text(JOBS)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def new_cluster(tmp_path: Path, jobs_folder: Path) -> Iterator[Cluster]:
    """Return a cluster that is not started yet."""
    pytest.importorskip("distributed")
    folder = tmp_path / "cluster"
    folder.mkdir()
    found = Cluster(folder, jobs_folder)
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def cluster(new_cluster: Cluster) -> Cluster:
    """Return a cluster of two workers."""
    new_cluster.start()
    return new_cluster


@pytest.fixture(scope="session")
def maps_here(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the maps of the photographs, as one process makes them; not to be written to."""
    out = tmp_path_factory.mktemp("here") / "maps"
    assert classify(photographs, out) == (0, "")
    assert len(contents(out)) == 64
    return out


@pytest.fixture(scope="session")
def mosaic_here(mosaic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the maps of the mosaic, as one process makes them; not to be written to."""
    out = tmp_path_factory.mktemp("here") / "maps"
    assert classify(mosaic, out, *MOSAIC) == (0, "")
    return out


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a survey of eight small photographs; not to be written to."""
    folder = tmp_path_factory.mktemp("photographs")
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    write_survey(folder, rivers, 4, height_px=150, width_px=200, seed=3)
    return folder


@pytest.fixture(scope="session")
def mosaic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a raster of 1100 x 1300 px with an oval of data in it; not to be written to."""
    folder = tmp_path_factory.mktemp("mosaic")
    write_survey(folder / "scene", [River.from_name("Alder")], 1, 1100, 1300, seed=0)
    with rasterio.open(folder / "scene" / "Alder_0001.jpg") as file:
        pixels = file.read()
    rows, cols = np.indices(pixels.shape[1:])
    alpha = (np.hypot(rows - 500, cols - 600) < 700).astype(np.uint8) * 255
    path = folder / "mosaic.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=1100, width=1300, count=4, dtype="uint8",
        photometric="RGB", alpha="yes", tiled=True, blockxsize=256, blockysize=256,
    ) as file:  # fmt: skip
        file.write(np.concatenate([pixels, alpha[None]]))
    return path
