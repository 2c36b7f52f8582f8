"""Classifying a survey: images are independent, so they run one by one or several at once."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

from riverscape.assessment import ConfusionMatrix
from riverscape.errors import OutputError, RiverscapeError
from riverscape.execution.products import RECORD_NAME, Products
from riverscape.execution.record import RunRecord, file_sha256
from riverscape.labels import LabelledImage, read_labels
from riverscape.maps import ClassMap
from riverscape.models import load_model
from riverscape.outputs import free_to_write
from riverscape.progress import SILENT, Progress, stage
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow import Classification, available_threads, check_settings, classify

__all__ = ["ImageResult", "SurveyRun", "classify_survey"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImageResult:
    """What came of one image: where its maps are, and its scores where it has labels."""

    products: Products
    seconds: dict[str, float]
    notes: tuple[str, ...]
    pixels: dict[str, int]
    cnn: ConfusionMatrix | None = None
    csc: ConfusionMatrix | None = None


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


@dataclass(frozen=True)
class _Task:
    pair: LabelledImage
    products: Products
    settings: Settings
    threads: int


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
    products = {
        pair.name: Products(out, pair.name, pair.labels is not None, figures) for pair in pairs
    }
    model = model if isinstance(model, Model) else load_model(model)
    check_settings(model, settings)
    record = RunRecord.begin(out / RECORD_NAME, model, settings)
    if resume and record.path.exists():
        record.resume()
    else:
        # All that an image can have: what this run does not make it would clear away.
        every = [Products(out, pair.name, labelled=True, figures=True) for pair in pairs]
        made = [path for product in every for path in product.files]
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
        _Task(pair, products[pair.name], settings, threads)
        for pair in pairs
        if pair.name not in run.skipped
    ]
    with stage(progress, "classifying", len(tasks)):
        for task, outcome in _outcomes(tasks, model, workers):
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


def _outcomes(
    tasks: list[_Task], model: Model, workers: int
) -> Iterator[tuple[_Task, ImageResult | str]]:
    if workers == 1:
        yield from ((task, _attempt(partial(_classify_image, task, model))) for task in tasks)
        return
    # Spawned, not forked: the threads of ONNX Runtime and OpenCV do not survive a fork.
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _Worker.begin, (model,)) as pool:
        try:
            futures = {pool.submit(_Worker.classify, task): task for task in tasks}
            for future in as_completed(futures):
                yield futures[future], _attempt(future.result)
        finally:
            pool.shutdown(cancel_futures=True)  # where a full disk or Ctrl-C ends the run


def _attempt(work: Callable[[], ImageResult]) -> ImageResult | str:
    try:
        return work()
    except OutputError:
        raise  # a full disk or a folder that is gone concerns every image
    except RiverscapeError as error:
        return str(error)
    except BrokenProcessPool:
        return "a worker process ended abruptly, perhaps for lack of memory; try fewer --workers"
    except Exception as error:  # one odd image must not cost all the others
        logger.debug("unforeseen", exc_info=True)
        return f"unforeseen {type(error).__name__}: {' '.join(str(error).split())}"


class _Worker:
    """A process of the pool: it is handed the model once, not with every image."""

    _model: ClassVar[Model]

    @classmethod
    def begin(cls, model: Model) -> None:
        cls._model = model

    @classmethod
    def classify(cls, task: _Task) -> ImageResult:
        return _classify_image(task, cls._model)


def _classify_image(task: _Task, model: Model) -> ImageResult:
    result = classify(task.pair.image, model, task.settings, task.threads)
    labels = _read_reference(task.pair, result)
    scores = {}
    if labels is not None:
        scores = {
            name: ConfusionMatrix.of(labels.codes, class_map.codes, class_map.scheme)
            for name, class_map in (("CNN map", result.cnn), ("CSC map", result.csc))
        }
    started = time.perf_counter()
    _write(task, result, labels, scores)
    return ImageResult(
        task.products,
        {**result.seconds, "write": time.perf_counter() - started},
        result.notes,
        result.csc.pixels(),
        scores.get("CNN map"),
        scores.get("CSC map"),
    )


def _read_reference(pair: LabelledImage, result: Classification) -> ClassMap | None:
    if pair.labels is None:
        return None
    codes = read_labels(pair.labels, result.csc.scheme, result.csc.codes.shape)
    return ClassMap(codes, result.csc.scheme)


def _write(
    task: _Task,
    result: Classification,
    labels: ClassMap | None,
    scores: dict[str, ConfusionMatrix],
) -> None:
    products = task.products
    result.cnn.save(products.cnn_map)
    result.csc.save(products.csc_map)
    if scores:
        from riverscape.reports.tables import save_table

        save_table(scores["CNN map"].scores(), products.cnn_scores)
        save_table(scores["CSC map"].scores(), products.csc_scores)
    if products.figures:
        from riverscape.reports.figure import save_figure

        maps = {"CNN map": result.cnn, "CSC map": result.csc}
        save_figure(products.figure, task.pair.image, maps, labels, scores)
    products.clear_stale()


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
