"""What a training leaves: the bundle, and beside it a folder with all that led to it.

Only files that a training writes, known by their names, are ever removed from that folder.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riverscape._version import __version__
from riverscape.errors import OutputError
from riverscape.outputs import free_to_write, whole_file
from riverscape.tiles.bundle import check_replaceable

__all__ = ["TrainingFiles"]

_LEFT = (
    *("train.json", "class_key.csv", "curves.png", "tuning_curves.png", "confusion.png"),
    *("mistakes.png", "mistakes.csv", "folds.csv"),
)
_STORED = ("tiles.npy", "index.npz", "tiles.json")


@dataclass(frozen=True)
class TrainingFiles:
    """The files of a training.

    Examples
    --------
    >>> TrainingFiles(Path("models/alder")).folder.as_posix()
    'models/alder_training'
    """

    bundle: Path

    @property
    def folder(self) -> Path:
        """The folder of the record."""
        return self.bundle.parent / f"{self.bundle.name}_training"

    @property
    def record(self) -> Path:
        """Settings, versions, seed, data hashes, epochs."""
        return self.folder / "train.json"

    @property
    def tiles(self) -> Path:
        """The tile store; gone when all is done."""
        return self.folder / "tiles"

    @property
    def checkpoints(self) -> Path:
        """The states that a broken training goes on from; gone when all is done."""
        return self.folder / "checkpoints"

    def check(self, sources: Iterable[Path], overwrite: bool, resume: bool) -> None:
        """Check that all may be written, before hours are spent; nothing is changed.

        Raises
        ------
        OutputError
            If something stands there that may not be overwritten, or is not of a training.
        """
        record = self._record()
        if self.folder.exists() and record is None and self._holds_anything():
            message = f"{self.folder} is not of a training, so it is left alone; move it away"
            raise OutputError(message)
        for source in sources:
            if self.folder.resolve() in (source.resolve(), *source.resolve().parents):
                message = f"{source} is where the training's record would go; choose another --out"
                raise OutputError(message)
        if resume and record is not None and "finished" in record and not overwrite:
            message = f"the training in {self.folder} is finished; --overwrite trains anew"
            raise OutputError(message)
        if not resume:
            check_replaceable(self.bundle, overwrite)
            free_to_write([self.folder], overwrite, "--overwrite to begin anew, --resume to go on")

    @contextmanager
    def begun(self, resume: bool) -> Iterator[None]:
        """Begin anew, or go on; leave nothing of what ends before it has learned anything.

        Raises
        ------
        OutputError
            If the folder cannot be written to.
        """
        stood = self._record() is not None
        if not (resume and stood):
            self._remove()
            # Cut short from here on, the folder is known as that of a training.
            with whole_file(self.record) as aside:
                aside.write_text(json.dumps({"riverscape": __version__}) + "\n", encoding="utf-8")
        try:
            yield
        except BaseException:
            if not stood and not any(self.checkpoints.glob("*.checkpoint")):
                self._remove()
            raise

    def clear(self) -> None:
        """Remove what only a broken training needs."""
        _remove_files(self.tiles, [self.tiles / name for name in _STORED])
        _remove_files(self.checkpoints, self.checkpoints.glob("*.checkpoint"))

    def _remove(self) -> None:
        self.clear()
        _remove_files(self.folder, [self.folder / name for name in _LEFT])

    def _holds_anything(self) -> bool:
        return not self.folder.is_dir() or any(self.folder.iterdir())

    def _record(self) -> dict[str, Any] | None:
        try:
            content = json.loads(self.record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) and "riverscape" in content else None


def _remove_files(folder: Path, files: Iterable[Path]) -> None:
    """Remove files, what is half-written of them, and the folder if it is empty then."""
    for file in [*files, *folder.glob(".partial-*")]:
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
