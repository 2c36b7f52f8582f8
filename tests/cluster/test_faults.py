"""Workers that die, hang or cannot write, images that are damaged, a scheduler that is gone."""

import csv
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from riverscape.execution.dask_cluster import ClusterChoice
from riverscape.execution.dask_place import DaskPlace
from riverscape.execution.faults import Failure
from riverscape.execution.run_depot import RUN_FOLDERS
from riverscape.models import load_model
from riverscape.scenes import River, write_survey
from tests.cluster.conftest import Cluster
from tests.cluster.runs import classify, contents, start

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    # Of Dask, of its own doing, when connections end.
    pytest.mark.filterwarnings("default::ResourceWarning"),
    pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning"),
]


@contextmanager
def at(cluster: Cluster, out: Path, **more: Any) -> Iterator[DaskPlace]:
    """Yield an open place on a cluster."""
    out.mkdir()
    place = DaskPlace(ClusterChoice(cluster.address), **more)
    with place.opened(load_model("ste-marguerite"), out):
        yield place


def made(kind: str, *names: str) -> list[Any]:
    job = getattr(import_module("cluster_jobs"), kind)
    return [job(name) for name in names]


def outcomes(place: DaskPlace, jobs: list[Any]) -> dict[str, Any]:
    return {job.name: outcome for job, outcome in place.outcomes(jobs)}


def test_a_job_that_kills_its_workers_fails_alone(cluster: Cluster, tmp_path: Path) -> None:
    names = [f"job {number}" for number in range(30)]
    with at(cluster, tmp_path / "out") as place:
        come = outcomes(place, [*made("Fatal", "poison"), *made("Job", *names)])
    failure = come.pop("poison")
    assert come == {name: name for name in names}
    assert isinstance(failure, Failure)
    assert failure.attempts == 8  # twice, and four times by Dask each time
    assert len(failure.where) == 2
    assert "workers ended while they had it" in failure.reason
    assert not list((tmp_path / "out").glob(f"{RUN_FOLDERS}*"))


def test_a_job_that_hangs_is_ended(cluster: Cluster, tmp_path: Path) -> None:
    began = time.monotonic()
    with at(cluster, tmp_path / "out", limit=lambda _: 1.0) as place:
        come = outcomes(place, [*made("Hanging", "hangs"), *made("Job", "goes")])
    assert come["goes"] == "goes"
    assert "longer than it may" in come["hangs"].reason
    assert time.monotonic() - began < 200


def test_what_one_machine_cannot_do_is_done_elsewhere(cluster: Cluster, tmp_path: Path) -> None:
    names = [f"job {number}" for number in range(12)]
    with at(cluster, tmp_path / "out") as place:
        assert outcomes(place, made("Picky", *names)) == dict.fromkeys(names, "node1")


def test_a_job_that_fails_everywhere_is_tried_three_times(cluster: Cluster, tmp_path: Path) -> None:
    with at(cluster, tmp_path / "out") as place:
        failure = outcomes(place, made("Corrupt", "a.jpg"))["a.jpg"]
    assert (failure.reason, failure.attempts) == ("a.jpg is damaged", 3)
    assert len(set(failure.where)) == 2


def test_a_worker_reads_the_model_once_and_takes_one_core(cluster: Cluster, tmp_path: Path) -> None:
    with at(cluster, tmp_path / "out") as place:
        models = set(outcomes(place, made("Weighing", *map(str, range(20)))).values())
        threads = outcomes(place, made("Threads", *map(str, range(6)))).values()
    assert {pid for _, pid in models} == set(cluster.workers())
    assert len(models) == 2
    assert all(opencv == 1 and set(blas) == {1} for opencv, blas in threads)


def test_damaged_images_are_listed_and_the_rest_is_mapped(cluster: Cluster, tmp_path: Path) -> None:
    survey, out = tmp_path / "survey", tmp_path / "maps"
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    write_survey(survey, rivers, 20, height_px=150, width_px=200, seed=3)
    whole = {name: (survey / name).read_bytes() for name in ("Alder_0002.jpg", "Heron_0013.jpg")}
    for name, content in whole.items():
        (survey / name).write_bytes(content[:2000])
    status, errors = classify(survey, out, "--dask", cluster.address)
    assert status == 1
    assert [line.split()[1] for line in errors.splitlines()] == ["Alder_0002", "Heron_0013"]
    assert len(list(out.glob("CLASS_CSC_*.tif"))) == 38
    with (out / "failures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == ["Alder_0002", "Heron_0013"]
    for row in rows:
        assert "is damaged" in row["reason"]
        assert row["attempts"] == "3"
        assert row["where"].startswith("tcp://127.0.0.1:")
    for name, content in whole.items():
        (survey / name).write_bytes(content)
    assert classify(survey, out, "--dask", cluster.address, "--resume") == (0, "")
    assert not (out / "failures.csv").exists()
    assert classify(survey, tmp_path / "here") == (0, "")
    assert contents(out) == contents(tmp_path / "here")


def test_killed_workers_and_a_scheduler_that_is_gone(
    mosaic: Path, cluster: Cluster, tmp_path: Path
) -> None:
    out, killed = tmp_path / "maps", 0
    steps = out / ".riverscape-mosaic"
    with start(mosaic, out, "--dask", cluster.address) as process:
        for done in (2, 6, 10, 14, 18):
            _await(steps, done, process)
            if workers := cluster.workers():
                with suppress(ProcessLookupError):
                    os.kill(workers[killed % len(workers)], signal.SIGKILL)
                    killed += 1
        kept = len(list(steps.glob("*.npz")))
        cluster.stop()
        _, errors = process.communicate()
    assert killed == 5
    assert process.returncode == 1
    assert errors == (
        "riverscape: the Dask scheduler is gone; what is done is kept, --resume goes on from "
        "there\n"
    )
    assert kept >= 14
    cluster.start()
    assert classify(mosaic, out, "--dask", cluster.address, "--resume") == (0, "")
    assert classify(mosaic, tmp_path / "here") == (0, "")
    assert contents(out) == contents(tmp_path / "here")


def test_a_cluster_that_is_not_there_is_one_line(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    status, errors = classify(photographs, out, "--dask", "tcp://127.0.0.1:9")
    assert status == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("riverscape: the Dask cluster tcp://127.0.0.1:9 does not answer: ")
    assert not out.exists()
    status, errors = classify(photographs, out, "--dask", "slrum")
    assert (status, len(errors.splitlines())) == (1, 1)
    assert "slurm" in errors


def _await(steps: Path, done: int, process: Any) -> None:
    """Wait until so many steps are kept, or the run has ended."""
    limit = time.monotonic() + 120
    while process.poll() is None and len(list(steps.glob("*.npz"))) < done:
        assert time.monotonic() < limit
        time.sleep(0.005)
