"""Images one after another, or several at once in processes: the same results."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import ClassVar

from riverscape.errors import OutputError, RiverscapeError
from riverscape.execution.image import ImageResult, Task, classify_image
from riverscape.tiles import Model

__all__ = ["outcomes"]

logger = logging.getLogger(__name__)


def outcomes(
    tasks: list[Task], model: Model, workers: int
) -> Iterator[tuple[Task, ImageResult | str]]:
    """Yield each image's result, or the reason why there is none, as they come.

    Raises
    ------
    OutputError
        If outputs cannot be written: that concerns every image.
    """
    if workers == 1:
        yield from ((task, _attempt(partial(classify_image, task, model))) for task in tasks)
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
    def classify(cls, task: Task) -> ImageResult:
        return classify_image(task, cls._model)
