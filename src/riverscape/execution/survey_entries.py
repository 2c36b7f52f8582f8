"""What run.json says of an image, and whether it still holds."""

from typing import Any

from riverscape.execution.hashing import Hashing
from riverscape.execution.image import ImageResult, Task
from riverscape.execution.look import Look

__all__ = ["image_entry", "is_unchanged"]


def is_unchanged(
    task: Task, entry: dict[str, Any] | None, look: Look | None, hashing: Hashing
) -> bool:
    """Return whether an image is whole by its entry, and still what it was then."""
    if entry is None or look is None or not task.products.whole:
        return False
    if entry.get("image_read_as") != look.read_as:
        return False
    # Where size and time are those noted, the image itself need not be read.
    same = entry.get("image_identity") == look.identity
    if not same and look.is_one_file:
        known = hashing.of(task.pair.image)
        same = known is not None and entry.get("image_sha256") == known
    return same and hashing.of(task.pair.labels) == entry.get("labels_sha256")


def image_entry(
    task: Task, result: ImageResult, look: Look | None, hashing: Hashing
) -> dict[str, Any]:
    """Return the entry of an image that is done; what is not known of it is left out."""
    pair = task.pair
    entry: dict[str, Any] = {
        "image": str(pair.image),
        "tiles": list(look.parts) or None if look else None,
        "image_identity": look.identity if look else None,
        "image_read_as": look.read_as if look else None,
        "image_sha256": hashing.of(pair.image),
        "labels_sha256": hashing.of(pair.labels),
        "seconds": {stage: round(spent, 4) for stage, spent in result.seconds.items()},
        "windows": result.windows,
        "river": pair.river,
        "shape": list(result.shape),
        "has_place": result.is_placed,
        "pixels": result.pixels,
        "square_metres": {name: round(area, 3) for name, area in result.areas_m2.items()},
        "notes": list(result.notes),
    }
    if pair.labels is not None and result.cnn and result.csc:
        entry["labels"] = str(pair.labels)
        matrices = {"CNN": result.cnn, "CSC": result.csc}
        entry["scores"] = {kind: matrix.summary() for kind, matrix in matrices.items()}
        entry["confusion"] = {kind: m.counts.tolist() for kind, m in matrices.items()}
        entry["reliability"] = {
            name.removesuffix(" map"): found.counts.tolist()
            for name, found in result.reliability.items()
        }
    return {key: value for key, value in entry.items() if value is not None}
