"""Whether a survey fits: on the disk, and into memory."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from riverscape.execution.disk import check_room, colour_columns, room_for, taken
from riverscape.execution.image import Task
from riverscape.execution.look import Look
from riverscape.tiles import ModelContract
from riverscape.workflow import LEAST_SIDE_PX, needed_mb

__all__ = ["check_disk", "note_memory"]

logger = logging.getLogger(__name__)


def check_disk(
    out: Path,
    tasks: Sequence[Task],
    looks: Mapping[str, Look],
    contract: ModelContract,
    workers: int,
) -> None:
    """Check that the disk has room for images that are worked on so many at a time.

    Raises
    ------
    OutputError
        If not.
    """
    rooms, kept = [], 0
    for task in tasks:
        look = looks.get(task.pair.name)
        if look is not None:
            side_px = task.resources.side_px(look.shape, look.bytes_per_px)
            columns = colour_columns(task.settings, contract)
            rooms.append(room_for(look, task.products, len(contract.scheme), side_px, columns))
            kept += taken(task.products.journal) if task.resume else 0
    check_room(out, rooms, workers, kept)


def note_memory(tasks: Sequence[Task], looks: Mapping[str, Look], contract: ModelContract) -> None:
    """Say so, of what needs most, where even small windows take more memory than asked."""
    looked = [task for task in tasks if task.pair.name in looks]
    if not looked:
        return
    needed = ((_least_mb(task, looks[task.pair.name], contract), task.pair.name) for task in looked)
    most_mb, name = max(needed)
    asked_mb = looked[0].resources.max_ram_mb
    if most_mb > asked_mb:
        logger.warning(
            "%s takes about %.0f MB of memory however small its windows are, not %.0f MB",
            name, most_mb, asked_mb,
        )  # fmt: skip


def _least_mb(task: Task, look: Look, contract: ModelContract) -> float:
    side_px = task.resources.window_px or LEAST_SIDE_PX
    return needed_mb(look.shape, look.bytes_per_px, side_px, contract, task.settings)
