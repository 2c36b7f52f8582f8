"""What several runs are called where they stand together."""

from collections.abc import Sequence
from pathlib import Path

from riverscape.assessment import RunResults

__all__ = ["experiment_names"]


def experiment_names(runs: Sequence[RunResults]) -> tuple[str, ...]:
    """Return a name for each run: its folder's, and of folders above it what tells runs apart.

    Examples
    --------
    >>> from riverscape.labels import PUBLISHED_CLASSES
    >>> folders = (Path("/2016/maps"), Path("/2019/maps"), Path("/2019/trial"))
    >>> runs = [RunResults(one, "model", "kde", PUBLISHED_CLASSES) for one in folders]
    >>> experiment_names(runs[1:])
    ('maps', 'trial')
    >>> experiment_names(runs)
    ('2016/maps', '2019/maps', '2019/trial')
    """
    folders = [run.folder.resolve() for run in runs]
    for depth in range(1, max((len(folder.parts) for folder in folders), default=0) + 1):
        names = tuple("/".join(_last(folder, depth)) for folder in folders)
        if len(set(names)) == len(set(folders)):
            return names
    return tuple(map(str, folders))


def _last(folder: Path, count: int) -> tuple[str, ...]:
    return folder.parts[-count:] or (str(folder),)
