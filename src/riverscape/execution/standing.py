"""What stands in a folder of maps already, and what a run does about it."""

from collections.abc import Sequence
from pathlib import Path

from riverscape.errors import OutputError
from riverscape.execution.products import (
    OUTPUT_STARTS,
    PREVIEWS_NAME,
    RECORD_NAME,
    Products,
    derived_files,
)
from riverscape.execution.record import RunRecord
from riverscape.outputs import free_to_write, remove_unfinished

__all__ = ["is_unfinished", "take_up"]


def is_unfinished(out: Path) -> bool:
    """Return whether a run that was broken off has kept something in a folder.

    Examples
    --------
    >>> is_unfinished(Path("never/made"))
    False
    """
    return RunRecord.is_unfinished(out / RECORD_NAME)


def take_up(record: RunRecord, products: Sequence[Products], overwrite: bool, resume: bool) -> None:
    """Take up what an earlier run left, replace it, or refuse to.

    Raises
    ------
    OutputError
        If outputs stand that may not be overwritten or resumed.
    """
    out = record.path.parent
    if resume and record.path.exists():
        record.resume()
    else:
        begun = [product for product in products if product.begun]
        if not (overwrite or resume) and (begun or is_unfinished(out)):
            message = f"an unfinished run stands in {out}; "
            message += "add --resume to go on or --overwrite to begin anew"
            raise OutputError(message)
        # All that an image can have: what this run does not make it would clear away.
        fresh = [product for product in products if not (resume and product.begun)]
        made = [path for product in fresh for path in product.possible_files]
        either = "--overwrite to replace it, or --resume"
        # Page, table and plots of other maps go before any map is made.
        free_to_write([record.path, *derived_files(out), *made], overwrite, either)
        record.keep_others([product.name for product in products])
    remove_unfinished(out, OUTPUT_STARTS)
    remove_unfinished(out / PREVIEWS_NAME, tuple(product.name for product in products))
