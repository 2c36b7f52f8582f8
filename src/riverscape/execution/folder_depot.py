"""A folder that machines share, as the storage that all of a run reach."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4

from riverscape.execution.depot import reading, removing, writing

__all__ = ["FolderDepot"]

# How long a file of another machine is waited for, and how often it is looked for.
_LATE_S, _LOOK_S = 60.0, 0.1


@dataclass(frozen=True)
class FolderDepot:
    """A folder that machines share: NFS, Lustre, a mounted disk.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> depot = FolderDepot(folder / "depot")
    >>> _ = (folder / "table.csv").write_text("class,f1_score")
    >>> depot.put(folder / "table.csv", "scores/table.csv")
    >>> depot.has("scores/table.csv"), depot.within("scores").has("table.csv")
    (True, True)
    >>> with depot.opened("scores/table.csv") as file:
    ...     file.read_text()
    'class,f1_score'
    >>> depot.clear()
    >>> [path.name for path in folder.iterdir()]
    ['table.csv']
    """

    folder: Path
    look_s = 5.0

    @property
    def url(self) -> str:
        """The folder."""
        return str(self.folder)

    def within(self, name: str) -> Self:
        """Return a folder of it."""
        return type(self)(self.folder / name)

    def put(self, file: Path, name: str) -> None:
        """Copy a file there under a name; it takes that name when it is whole."""
        path = self.folder / name
        # Two machines may put the same, where one was taken for lost.
        aside = path.with_name(f".partial-{uuid4().hex[:8]}-{path.name}")
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(file, aside)
                aside.replace(path)
            finally:
                aside.unlink(missing_ok=True)

    def fetch(self, name: str, file: Path) -> None:
        """Copy what lies there to a file."""
        with self.opened(name) as path, reading(path):
            shutil.copyfile(path, file)

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """Yield the file itself; the folder may show it some seconds late."""
        path = self.folder / name
        with reading(path):
            limit = time.monotonic() + _LATE_S
            while not path.is_file() and time.monotonic() < limit:
                time.sleep(_LOOK_S)
                # Makes such a folder look again.
                os.listdir(next(parent for parent in path.parents if parent.is_dir()))
            path.stat()
        yield path

    def has(self, name: str) -> bool:
        """Return whether a file of that name is there."""
        return (self.folder / name).is_file()

    def remove(self, name: str) -> None:
        """Remove a file."""
        path = self.folder / name
        with removing(path):
            path.unlink()

    def clear(self) -> None:
        """Remove the folder."""
        with removing(self.folder):
            shutil.rmtree(self.folder)
