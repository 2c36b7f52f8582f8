"""What went wrong of single images, where and how often it was tried: failures.csv."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from riverscape.errors import RiverscapeError
from riverscape.outputs import whole_file

__all__ = ["FAILURES_NAME", "Failure", "FaultError", "write_failures"]

FAILURES_NAME = "failures.csv"
_COLUMNS = ("image", "reason", "attempts", "where")


@dataclass(frozen=True)
class Failure:
    """Why there is no result of a piece of work.

    Attributes
    ----------
    reason
        In the user's words, on one line.
    attempts
        How often it was tried.
    where
        The machines or workers that tried, in their order; empty where it was this process.
    is_output
        Whether it could not be written, which may concern every other piece of work there.
    """

    reason: str
    attempts: int = 1
    where: tuple[str, ...] = ()
    is_output: bool = False


class FaultError(RiverscapeError):
    """A part of a piece of work failed for good, elsewhere.

    Attributes
    ----------
    failure
        Why, how often and where.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def write_failures(folder: Path, failures: Mapping[str, Failure]) -> None:
    """Write which images failed, and why; where none did, no older list stays.

    Columns are image, reason, attempts and where.

    Raises
    ------
    OutputError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_failures(folder, {"Alder_0001": Failure("is damaged", 3, ("node1", "node2"))})
    >>> print((folder / "failures.csv").read_text(), end="")
    image,reason,attempts,where
    Alder_0001,is damaged,3,node1 node2
    >>> write_failures(folder, {})
    >>> list(folder.iterdir())
    []
    """
    path = folder / FAILURES_NAME
    if not failures:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for name, failure in sorted(failures.items()):
        table.writerow([name, failure.reason, failure.attempts, " ".join(failure.where)])
    with whole_file(path) as aside:
        aside.write_text(text.getvalue(), encoding="utf-8")
