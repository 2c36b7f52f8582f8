"""Classifying a survey: images are independent, so they run one by one or several at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from riverscape.execution.image import ImageResult, Task
from riverscape.execution.products import RECORD_NAME, Products, asked_layers
from riverscape.execution.record import RunRecord
from riverscape.execution.workers import outcomes
from riverscape.imagery import file_sha256
from riverscape.labels import LabelledImage
from riverscape.models import load_model
from riverscape.outputs import free_to_write
from riverscape.progress import SILENT, Progress, stage
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import available_threads, check_settings

__all__ = ["SurveyRun", "classify_survey"]


@dataclass
class SurveyRun:
    """What came of a survey.

    Attributes
    ----------
    results
        By image name; images that an earlier run had made are not among them.
    skipped
        Images that were whole already.
    failures
        Image name to reason.
    """

    record: Path
    results: dict[str, ImageResult] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def classify_survey(
    pairs: Sequence[LabelledImage],
    out: Path,
    model: Model | Path | str,
    settings: Settings,
    *,
    figures: bool = True,
    overwrite: bool = False,
    resume: bool = False,
    workers: int = 1,
    progress: Progress = SILENT,
) -> SurveyRun:
    """Classify the images of a survey into the folder `out`.

    An image that fails does not stop the others: it is listed with its reason.

    Parameters
    ----------
    workers
        Processes to spread the images over. Their number does not change the maps.

    Raises
    ------
    OutputError
        If outputs exist that may not be overwritten or resumed.
    ModelError
        If the model cannot be used.
    """
    layers = asked_layers(settings)
    products = {
        pair.name: Products(out, pair.name, pair.labels is not None, figures, layers)
        for pair in pairs
    }
    model = model if isinstance(model, Model) else load_model(model)
    check_settings(model, settings)
    record = RunRecord.begin(out / RECORD_NAME, model, settings)
    if resume and record.path.exists():
        record.resume()
    else:
        # All that an image can have: what this run does not make it would clear away.
        made = [path for product in products.values() for path in product.possible_files]
        free_to_write([record.path, *made], overwrite, "--overwrite to replace it, or --resume")
        record.keep_others(products)
    run = SurveyRun(record.path)
    run.skipped = [
        pair.name
        for pair in pairs
        if products[pair.name].whole and _is_unchanged(pair, record.images.get(pair.name))
    ]
    threads = max(1, available_threads() // workers)
    tasks = [
        Task(pair, products[pair.name], settings, threads)
        for pair in pairs
        if pair.name not in run.skipped
    ]
    with stage(progress, "classifying", len(tasks)):
        for task, outcome in outcomes(tasks, model, workers):
            name = task.pair.name
            if isinstance(outcome, ImageResult):
                run.results[name] = outcome
                record.add(name, _entry(task.pair, outcome))
            else:
                run.failures[name] = outcome
                task.products.remove()  # an older map must not pass for this image's
                record.fail(name, outcome)
            progress.advance(note=name)
    record.write()
    return run


def _is_unchanged(pair: LabelledImage, entry: dict[str, Any] | None) -> bool:
    return entry is not None and _hashes(pair).items() <= entry.items()


def _hashes(pair: LabelledImage) -> dict[str, str]:
    hashes = {"image_sha256": file_sha256(pair.image)}
    if pair.labels is not None:
        hashes["labels_sha256"] = file_sha256(pair.labels)
    return hashes


def _entry(pair: LabelledImage, result: ImageResult) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "image": str(pair.image),
        **_hashes(pair),
        "seconds": {stage: round(spent, 4) for stage, spent in result.seconds.items()},
        "pixels": result.pixels,
        "notes": list(result.notes),
    }
    if pair.labels is not None and result.cnn and result.csc:
        entry["labels"] = str(pair.labels)
        entry["scores"] = {"CNN": result.cnn.summary(), "CSC": result.csc.summary()}
    return entry
