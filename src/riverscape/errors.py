"""What can go wrong, in the user's words: one line that says what, where and what to do."""

from collections.abc import Sequence
from typing import Self

__all__ = [
    "ClusterError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "RiverscapeError",
    "SettingsError",
    "SurveyError",
]


class RiverscapeError(Exception):
    """Parent of every error that riverscape raises on purpose."""


class InputError(RiverscapeError):
    """An image, a label raster or a class file cannot be used as it is."""


class SurveyError(InputError):
    """A survey has problems; all of them are listed at once.

    Parameters
    ----------
    where
        The survey the problems belong to, as the user named it.
    problems
        One line for each problem, each naming its file.

    Examples
    --------
    >>> print(SurveyError("survey", ["a.jpg: cannot be read", "b.jpg: has no label raster"]))
    survey: 2 problems
      a.jpg: cannot be read
      b.jpg: has no label raster
    >>> print(SurveyError("survey", ["a.jpg: cannot be read"]))
    survey: a.jpg: cannot be read
    >>> print(SurveyError("survey", ["survey does not exist"]))
    survey does not exist
    """

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        if len(self.problems) == 1:
            (problem,) = self.problems
            # A survey that is itself the problem is named once.
            message = problem if problem.startswith(f"{where} ") else f"{where}: {problem}"
        else:
            message = "\n  ".join([f"{where}: {len(self.problems)} problems", *self.problems])
        super().__init__(message)
        self._parts = (where, self.problems)

    def __reduce__(self) -> tuple[type[Self], tuple[str, tuple[str, ...]]]:
        # Errors come back from worker processes, built anew from the arguments.
        return type(self), self._parts


class SettingsError(RiverscapeError):
    """A setting is unknown or out of range."""


class ModelError(RiverscapeError):
    """A model bundle is missing, damaged or does not fit the image."""


class OutputError(RiverscapeError):
    """An output exists already or cannot be written."""


class ClusterError(RiverscapeError):
    """A cluster cannot be had, or is lost."""


class MissingExtraError(RiverscapeError):
    """A part of riverscape that is installed separately is needed.

    Examples
    --------
    >>> print(MissingExtraError("training a model", "train"))
    training a model needs more packages; install them with: pip install "riverscape[train]"
    """

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f'{purpose} needs more packages; install them with: pip install "riverscape[{extra}]"'
        )
        self._parts = (purpose, extra)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), self._parts
