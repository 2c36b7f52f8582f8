"""A rectangle of absolute pixels, the place where everything in a scene is evaluated."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """Rectangle of pixels in absolute coordinates, which may be negative."""

    row: int
    col: int
    height_px: int
    width_px: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels, as numpy orders them."""
        return self.height_px, self.width_px

    def grown(self, top: int, left: int, bottom: int, right: int) -> "Area":
        """Return the rectangle with so many more pixels on each side.

        Examples
        --------
        >>> Area(10, 20, 5, 5).grown(1, 2, 3, 4)
        Area(row=9, col=18, height_px=9, width_px=11)
        """
        return Area(
            self.row - top,
            self.col - left,
            self.height_px + top + bottom,
            self.width_px + left + right,
        )

    def inside(self, outer: "Area") -> tuple[slice, slice]:
        """Return the slices that cut this rectangle out of an array over `outer`.

        Examples
        --------
        >>> Area(10, 20, 5, 5).inside(Area(9, 18, 9, 11))
        (slice(1, 6, None), slice(2, 7, None))
        """
        top, left = self.row - outer.row, self.col - outer.col
        return slice(top, top + self.height_px), slice(left, left + self.width_px)
