# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run does, as a line for a terminal: to repeat it, to change it, to run it on a server."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["as_command"]

# What only a program that reads the progress asks for.
_FOR_PROGRAMS = ("--progress", "json")


def as_command(
    words: Sequence[str], program: Sequence[str] = ("riverscape",), windows: bool = False
) -> str:
    """Return the line that runs `riverscape` with these words.

    Parameters
    ----------
    words
        The verb and what follows it.
    program
        What starts riverscape; by its name alone the line fits every machine that has it.
    windows
        Quoted for Windows' command prompt, not for a Unix shell.

    Examples
    --------
    >>> as_command(["classify", "my river.tif", "--out", "maps", "--progress", "json"])
    "riverscape classify 'my river.tif' --out maps"
    >>> as_command(["classify", "my river.tif"], windows=True)
    'riverscape classify "my river.tif"'
    """
    import shlex
    import subprocess

    told = [*program, *_for_people([str(word) for word in words])]
    return subprocess.list2cmdline(told) if windows else shlex.join(told)


def _for_people(words: list[str]) -> list[str]:
    for at, word in enumerate(words):
        if word == "--":  # what follows are names
            break
        if tuple(words[at : at + 2]) == _FOR_PROGRAMS:
            return words[:at] + words[at + 2 :]
    return words
