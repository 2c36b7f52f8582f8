"""Object storage (s3://, gs://, az://) as the storage that all machines of a run reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from riverscape.errors import MissingExtraError, SettingsError
from riverscape.execution.depot import reading, removing, writing

__all__ = ["PROTOCOLS", "ObjectDepot"]

PROTOCOLS = ("s3", "gs", "gcs", "az", "abfs", "abfss")
"""How addresses of object storage begin."""


@dataclass(frozen=True)
class ObjectDepot:
    """A prefix of object storage; who may use it, the environment says (AWS_...)."""

    url: str
    look_s = 30.0  # each look is a request, which costs time and money

    def check(self) -> None:
        """Look whether such addresses can be used at all.

        Raises
        ------
        MissingExtraError
            If what reads them is not installed.
        SettingsError
            If it takes no such address.
        """
        _storage(self.url)

    def within(self, name: str) -> Self:
        """Return a longer prefix."""
        return type(self)(self._address(name))

    def put(self, file: Path, name: str) -> None:
        """Put a file there: such storage shows whole objects only."""
        address = self._address(name)
        with writing(address):
            _storage(self.url).put_file(str(file), address)

    def fetch(self, name: str, file: Path) -> None:
        """Copy what lies there to a file."""
        address = self._address(name)
        with reading(address):
            _storage(self.url).get_file(address, str(file))

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """Yield a copy, which is removed afterwards."""
        with TemporaryDirectory(prefix="riverscape-") as folder:
            file = Path(folder) / Path(name).name
            self.fetch(name, file)
            yield file

    def has(self, name: str) -> bool:
        """Return whether an object of that name is there."""
        address = self._address(name)
        with reading(address):
            try:
                _storage(self.url).info(address)
            except FileNotFoundError:
                return False
            return True

    def remove(self, name: str) -> None:
        """Remove an object."""
        address = self._address(name)
        with removing(address):
            _storage(self.url).rm_file(address)

    def clear(self) -> None:
        """Remove all objects whose names begin so."""
        with removing(self.url):
            storage = _storage(self.url)
            for path in storage.find(self.url):  # its rm takes names for patterns
                storage.rm_file(path)

    def _address(self, name: str) -> str:
        return f"{self.url}/{name}"


@lru_cache(maxsize=8)
def _storage(url: str) -> Any:  # noqa: ANN401
    """Return what fsspec, which comes with Dask, opens such an address by."""
    purpose = f"keeping the work of a run in {url}"
    try:
        from fsspec.core import url_to_fs

        # What other machines do there must be seen.
        return url_to_fs(url, use_listings_cache=False)[0]
    except ImportError as error:
        raise MissingExtraError(purpose, "cloud") from error
    except ValueError as error:
        message = f"{url} cannot be used: {error}"
        raise SettingsError(message) from error
