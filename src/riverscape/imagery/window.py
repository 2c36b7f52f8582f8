"""Rectangles of an image: what is worked on at a time where an image is larger than memory."""

from dataclasses import dataclass
from typing import Self

__all__ = ["Window", "windows"]


@dataclass(frozen=True)
class Window:
    """A rectangle of an image's pixels.

    Raises
    ------
    ValueError
        If it holds no pixel, or begins outside the image.

    Examples
    --------
    >>> window = Window(top=100, left=0, height_px=50, width_px=60)
    >>> window.rows, window.cols, window.shape
    (slice(100, 150, None), slice(0, 60, None), (50, 60))
    """

    top: int
    left: int
    height_px: int
    width_px: int

    def __post_init__(self) -> None:
        if min(self.height_px, self.width_px) < 1 or min(self.top, self.left) < 0:
            message = f"no window of an image: {self}"
            raise ValueError(message)

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Self:
        """Return the window that holds all of an image of `shape`, (row, col)."""
        return cls(0, 0, *shape)

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height_px

    @property
    def right(self) -> int:
        """The first column to its right."""
        return self.left + self.width_px

    @property
    def rows(self) -> slice:
        """Its rows in the image."""
        return slice(self.top, self.bottom)

    @property
    def cols(self) -> slice:
        """Its columns in the image."""
        return slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height_px, self.width_px

    @property
    def size_px(self) -> int:
        """Number of pixels."""
        return self.height_px * self.width_px

    def grown(self, halo_px: int, shape: tuple[int, int]) -> Self:
        """Return the window with `halo_px` around it, as far as an image of `shape` reaches.

        Examples
        --------
        >>> Window(0, 10, 5, 5).grown(3, shape=(100, 16))
        Window(top=0, left=7, height_px=8, width_px=9)
        """
        top, left = max(self.top - halo_px, 0), max(self.left - halo_px, 0)
        bottom = min(self.bottom + halo_px, shape[0])
        right = min(self.right + halo_px, shape[1])
        return type(self)(top, left, bottom - top, right - left)

    def within(self, outer: "Window") -> tuple[slice, slice]:
        """Return its rows and columns in an array that holds `outer`.

        Examples
        --------
        >>> inner = Window(10, 20, 5, 5)
        >>> inner.within(inner.grown(2, shape=(100, 100)))
        (slice(2, 7, None), slice(2, 7, None))
        """
        top, left = self.top - outer.top, self.left - outer.left
        return slice(top, top + self.height_px), slice(left, left + self.width_px)


def windows(shape: tuple[int, int], height_px: int, width_px: int) -> list[Window]:
    """Return the windows of that size that cover an image of `shape`, row by row.

    The last ones of each row and column are cut by the edge.

    Examples
    --------
    >>> [window.shape for window in windows((100, 120), height_px=64, width_px=120)]
    [(64, 120), (36, 120)]
    """
    rows, cols = shape
    return [
        Window(top, left, min(height_px, rows - top), min(width_px, cols - left))
        for top in range(0, rows, height_px)
        for left in range(0, cols, width_px)
    ]
