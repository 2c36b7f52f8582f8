"""The program `riverscape`: its verbs, its exit status, its errors."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from riverscape._version import __version__
from riverscape.allocation import settle_memory
from riverscape.cli import (
    assess,
    classify,
    cluster,
    compare,
    data,
    demo,
    doctor,
    labels,
    maps,
    models,
    plan,
    report,
    train,
)
from riverscape.cli.stopping import Stopped, end_at_once, stoppable
from riverscape.errors import RiverscapeError

__all__ = ["app", "main"]

# The UsageError of the click that typer uses: its own from 0.26 on, the package before.
_UsageError: Any = typer.BadParameter.__base__
_INTERRUPTED = 130

app = typer.Typer(
    name="riverscape",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(epilog="Add --debug to any verb to see where an error came from.")
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version.", is_eager=True, callback=lambda on: _show(on)
        ),
    ] = False,
) -> None:
    """Land-cover maps of rivers from photographs, by CNN-Supervised Classification."""


def _show(on: bool) -> None:
    if on:
        typer.echo(f"riverscape {__version__}")
        raise typer.Exit


for verb in (demo, plan, classify, cluster, assess, report, compare, train, doctor):
    verb.register(app)
app.add_typer(models.app, name="models")
app.add_typer(labels.app, name="labels")
app.add_typer(maps.app, name="maps")
app.add_typer(data.app, name="data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status.

    0 only when everything asked for was done, 2 for wrong usage, 1 otherwise, with one clear
    line on stderr.
    """
    as_program = arguments is None
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"] or ["--help"]
    logging.basicConfig(format="%(levelname)s: %(message)s", stream=sys.stderr, force=True)
    # What GDAL warns of while it reads a damaged file is said once, by our own error.
    logging.getLogger("rasterio").setLevel(logging.CRITICAL)
    logging.addLevelName(logging.WARNING, "warning")
    logging.addLevelName(logging.INFO, "note")
    logging.getLogger("riverscape").setLevel(logging.INFO)
    if as_program:
        settle_memory()
    try:
        with stoppable():
            # Outside standalone mode click hands errors over, and returns what a command returned.
            status = app(words, standalone_mode=False)
    except _UsageError as error:
        error.message = error.message.replace("Value error, ", "")  # how typer begins some
        error.show()
        return int(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _stop("stopped", as_program)
    except Stopped as error:
        return _stop(str(error), as_program)
    except RiverscapeError as error:
        if debug:
            raise
        return _fail(str(error))
    except Exception as error:
        if debug:
            raise
        text = " ".join(str(error).split())
        return _fail(f"unforeseen {type(error).__name__}: {text}; add --debug to see where")
    # Typer turns Ctrl-C into a status of its own.
    return _stop("stopped", as_program) if status == _INTERRUPTED else int(status or 0)


def _stop(message: str, as_program: bool) -> int:
    status = _fail(message)
    if as_program:
        end_at_once(status)
    return status


def _fail(message: str) -> int:
    typer.echo(f"riverscape: {message}", err=True)
    return 1
