"""Jobs that run the network, and workers that announce a graphics card.

There is none here: the network computes on the processor, in float, and who does what is the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from riverscape.execution import classify_survey
from riverscape.execution.dask_cluster import ClusterChoice
from riverscape.execution.dask_place import DaskPlace
from riverscape.execution.faults import Failure
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.settings import make_settings
from riverscape.workflow import Resources
from tests.cluster.conftest import Cluster
from tests.cluster.runs import classify, contents

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    # Of Dask, of its own doing, when connections end.
    pytest.mark.filterwarnings("default::ResourceWarning"),
    pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning"),
]

MODEL = load_model("ste-marguerite")
GPU = make_settings({"tiles": {"device": "gpu"}})


@contextmanager
def at(cluster: Cluster, out: Path) -> Iterator[DaskPlace]:
    """Yield an open place on a cluster, for a model that computes on a graphics card."""
    out.mkdir()
    place = DaskPlace(ClusterChoice(cluster.address))
    with place.opened(MODEL.on("gpu"), out):
        yield place


def made(kind: str, *names: str, gpu: bool = True) -> list[Any]:
    job = getattr(import_module("cluster_jobs"), kind)
    return [job(name, runs_network=gpu) for name in names]


def outcomes(place: DaskPlace, jobs: list[Any]) -> dict[str, Any]:
    return {job.name: outcome for job, outcome in place.outcomes(jobs)}


def survey(images: list[LabelledImage], out: Path, place: DaskPlace | None) -> dict[str, bytes]:
    run = classify_survey(
        images, out, MODEL, GPU, figures=False, place=place, resources=Resources(2, 4000, 128)
    )
    assert not run.failures
    return contents(out)


def test_only_workers_with_a_card_run_the_network(
    mosaic: Path, photographs: Path, new_cluster: Cluster, jobs_folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    new_cluster.start(gpus=1)
    monkeypatch.setattr(
        "riverscape.execution.dask_crowd.work", import_module("cluster_jobs").noted
    )  # fmt: skip
    large = [LabelledImage(mosaic, None)]
    place = DaskPlace(ClusterChoice(new_cluster.address))
    made_there = survey(large, tmp_path / "there", place)
    (warned,) = caplog.messages
    assert "1 of 1 workers that announce a GPU have none that ONNX Runtime can use" in warned
    small = pair_labels([photographs], None, False)[:4]
    photographs_there = survey(small, tmp_path / "small there", place)
    done = {
        kind.name: {worker.name for worker in kind.iterdir()}
        for kind in (jobs_folder / "done").iterdir()
    }
    for kind in ("MergeBlock", "AskBlock"):
        assert done.pop(kind) <= {"node0", "node1"}
    assert done == {
        "ScanBlock": {"node0"}, "LabelBlock": {"node0", "node1"}, "FarImageJob": {"node0"},
    }  # fmt: skip
    assert made_there == survey(large, tmp_path / "here", None)
    assert photographs_there == survey(small, tmp_path / "small here", None)


def test_a_cluster_without_cards_is_one_line(
    photographs: Path, cluster: Cluster, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    status, errors = classify(photographs, out, "--dask", cluster.address, "--device", "gpu")
    assert status == 1
    assert len(errors.splitlines()) == 1
    assert f"no worker of the Dask cluster {cluster.address} announces a GPU; start" in errors
    assert not out.exists()


def test_what_fails_is_tried_on_workers_with_a_card_alone(
    new_cluster: Cluster, tmp_path: Path
) -> None:
    new_cluster.start(workers=3, gpus=2)
    names = [f"job {number}" for number in range(12)]
    with at(new_cluster, tmp_path / "out") as place:
        # The first of those with a card cannot do it.
        assert outcomes(place, made("Picky", *names)) == dict.fromkeys(names, "node1")
        failure = outcomes(place, made("Corrupt", "a.jpg"))["a.jpg"]
        assert (failure.attempts, len(set(failure.where))) == (3, 2)
        come = outcomes(place, [*made("Fatal", "poison"), *made("Where", *names)])
        elsewhere = outcomes(place, made("Where", *names, gpu=False))
    poison = come.pop("poison")
    assert isinstance(poison, Failure)
    assert poison.attempts == 8
    assert set(come.values()) <= {"node0", "node1"}
    assert "node2" in elsewhere.values()


def test_jobs_beside_one_that_ends_its_workers_are_not_to_blame(
    new_cluster: Cluster, tmp_path: Path
) -> None:
    # Dask gives all jobs to the only worker with a card at once: it blames them all.
    new_cluster.start(workers=1, gpus=1)
    names = [f"job {number}" for number in range(6)]
    with at(new_cluster, tmp_path / "out") as place:
        come = outcomes(place, [*made("Fatal", "first"), *made("Where", *names)])
    failure = come.pop("first")
    assert isinstance(failure, Failure)
    assert failure.attempts == 8
    assert come == dict.fromkeys(names, "node0")


def test_without_a_card_there_is_one_warning_here(photographs: Path, tmp_path: Path) -> None:
    chosen = ("--device", "gpu", "--workers", "2")
    status, errors = classify(photographs, tmp_path / "maps", *chosen)
    assert status == 0
    (line,) = errors.splitlines()
    assert "phase 1 computes on the processor" in line
    assert len(list((tmp_path / "maps").glob("CLASS_CSC_*.tif"))) == 8
