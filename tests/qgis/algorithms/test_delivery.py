"""A model takes the place of an older one whole, or the older one stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.qgis, pytest.mark.slow]


def test_an_older_model_stays_where_the_new_one_cannot_come(
    pyqgis: Callable[..., Any], tmp_path: Path
) -> None:
    told = pyqgis("deliver_folders.py", tmp_path)
    assert told["works"] == ["new", ""]
    old, error = told["fails"]
    assert old == "old"
    assert "cannot be written: Permission denied" in error
