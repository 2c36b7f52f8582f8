"""Images in small pieces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .images import small_units


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("windows")


@pytest.fixture
def _small() -> Iterator[None]:
    with small_units():
        yield
