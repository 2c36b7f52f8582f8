"""What a survey of very many images asks of the process that was started."""

import json
import pickle
import time
from dataclasses import replace
from pathlib import Path

import pytest

from riverscape.execution import ImageResult, Products, RunRecord, classify_survey
from riverscape.execution.block_crew import AskBlock, LabelBlock
from riverscape.execution.dask_worker import Answer, RunOnCluster, packed
from riverscape.execution.exchange import DepotExchange, SharedJournal
from riverscape.execution.folder_depot import FolderDepot
from riverscape.execution.handed_on import HandedOn
from riverscape.execution.image import Task
from riverscape.execution.image_jobs import SentImageJob
from riverscape.execution.object_depot import ObjectDepot
from riverscape.imagery import Window
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.settings import Settings
from riverscape.workflow import Resources

MODEL = load_model("ste-marguerite")
FEW_KB = 6000
ENTRY = {
    "image": "Alder_0001.jpg", "shape": [1, 1], "pixels": {"water": 1}, "square_metres": {},
    "notes": [], "seconds": {},
}  # fmt: skip


def record_of(folder: Path) -> RunRecord:
    return RunRecord.begin(folder / "run.json", MODEL, Settings())


def test_nothing_large_goes_through_the_scheduler(photographs: Path, tmp_path: Path) -> None:
    (pair,) = pair_labels([photographs / "Alder_0001.jpg"], photographs, False)
    results = classify_survey([pair], tmp_path / "maps", MODEL, Settings(), figures=False).results
    products = Products(Path("/scratch/project/maps"), pair.name, True, True)
    task = Task(pair, products, Settings(), Resources(1, 1000))
    for depot in (
        FolderDepot(Path("/scratch/project/maps/.riverscape.run-1234")),
        ObjectDepot("s3://the-bucket-of-a-project/scratch/riverscape-run-1234"),
    ):
        run = RunOnCluster(depot, MODEL.sha256)
        job = SentImageJob(task, 10**7, depot=depot)
        assert len(packed(run, job, 600)) < FEW_KB
    assert len(pickle.dumps(Answer(results[pair.name], "tcp://10.0.0.1:40000"))) < FEW_KB
    windows = tuple(Window(0, left, 2560, 2560) for left in range(0, 8 * 2560, 2560))
    for exchange in (SharedJournal(tmp_path, "0" * 64), DepotExchange(depot)):
        common = pair.image, Settings(), Resources(1, 1000), 2560, exchange, windows
        for kind in (AskBlock, LabelBlock):
            block = kind(*common, HandedOn("overruling", "0" * 64))
            assert len(packed(run, block, 600)) < FEW_KB


def test_a_record_of_many_images_is_not_written_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riverscape.execution.record._SLOW_S", -1)
    record = record_of(tmp_path)
    record.write()
    before = record.path.read_bytes()
    for name in ("Alder_0001", "Alder_0002", "Alder_0003"):
        record.add(name, ENTRY | {"image": f"{name}.jpg"})
    record.fail("Alder_0002", "is damaged")
    assert record.path.read_bytes() == before
    # Broken off here, in the middle of a line.
    with (tmp_path / ".run.json.more").open("a") as file:
        file.write('{"started": "2026')
    later = record_of(tmp_path)
    later.resume()
    assert sorted(later.images) == ["Alder_0001", "Alder_0003"]
    later.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert sorted(json.loads(record.path.read_text())["images"]) == ["Alder_0001", "Alder_0003"]


def test_what_another_run_noted_is_not_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riverscape.execution.record._SLOW_S", -1)
    old = record_of(tmp_path)
    old.head["started"] = "2020-01-01T00:00:00+00:00"
    old.write()
    old.add("Alder_0001", ENTRY)
    lines = (tmp_path / ".run.json.more").read_text()
    record_of(tmp_path).write()
    (tmp_path / ".run.json.more").write_text(lines)
    later = record_of(tmp_path)
    later.resume()
    assert not later.images


class Elsewhere:
    """A place that answers at once, as if a cluster had done the work."""

    workers, is_far, depot = 1000, True, None

    def __init__(self, result: ImageResult) -> None:
        self._result, self._model = result, MODEL

    def opened(self, model, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        from contextlib import nullcontext

        assert model is self._model
        assert out.is_dir()
        return nullcontext()

    def share(self, resources: Resources) -> Resources:
        return resources

    def outcomes(self, jobs, advance=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        for job in jobs:
            yield job, replace(self._result, products=job.task.products)


@pytest.mark.slow
def test_thousands_of_answers_are_taken_as_they_come(photographs: Path, tmp_path: Path) -> None:
    image = photographs / "Alder_0001.jpg"
    one = classify_survey(
        [LabelledImage(image, None)], tmp_path / "one", MODEL, Settings(), figures=False
    ).results["Alder_0001"]
    many = tmp_path / "many"
    many.mkdir()
    pairs = []
    for number in range(3000):
        (many / f"Alder_{number:05}.jpg").hardlink_to(image)
        pairs.append(LabelledImage(many / f"Alder_{number:05}.jpg", None))
    began = time.monotonic()
    run = classify_survey(
        pairs, tmp_path / "maps", MODEL, Settings(), figures=False, place=Elsewhere(one)
    )
    # A cluster of a thousand workers makes a photograph of 12 Mpx every few milliseconds.
    assert time.monotonic() - began < 60
    assert len(run.results) == 3000
    assert len(json.loads(run.record.read_text())["images"]) == 3000
