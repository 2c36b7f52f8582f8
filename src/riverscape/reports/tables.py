"""Tables as files."""

from pathlib import Path

import pandas as pd

from riverscape.outputs import whole_file

__all__ = ["save_table"]


def save_table(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV, whole or not at all; numbers keep six decimals.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    with whole_file(path) as aside:
        table.to_csv(aside, index=False, float_format="%.6f", encoding="utf-8")
    return path
