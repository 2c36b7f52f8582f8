"""The command line: one file per verb."""

from riverscape.cli.app import main

__all__ = ["main"]
