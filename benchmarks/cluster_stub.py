"""A job that takes as long as a photograph and does nothing, as large as the real one."""

import time
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Stub"]


@dataclass(frozen=True)
class Stub:
    """Waits as a photograph would take, and answers as it would.

    Attributes
    ----------
    ballast, answer_bytes
        What the real job carries besides, and how large its answer is.
    """

    name: str
    seconds: float
    ballast: bytes
    answer_bytes: int
    size_px: int = 0
    runs_network: bool = False

    def again(self) -> Self:
        """Return the same."""
        return self

    def __call__(self, model: Any, told: Any) -> bytes:  # noqa: ANN401, ARG002
        """Wait."""
        time.sleep(self.seconds)
        return bytes(self.answer_bytes)
