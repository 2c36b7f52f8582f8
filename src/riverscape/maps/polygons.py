"""Rings of corners as polygons of shapely, and simplified so that no border comes apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.maps.outlines import Rings

__all__ = ["polygons", "ring_areas", "simplified"]


def ring_areas(rings: Rings, row_areas: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the area in each ring, (ring,): above 0 of outer rings, below 0 of holes.

    Parameters
    ----------
    row_areas
        The area of a pixel in each row of the map, (row,); 1 without it.

    Examples
    --------
    >>> rows, cols = np.array([0, 0, 2, 2], np.int32), np.array([3, 0, 0, 3], np.int32)
    >>> ring = Rings(rows, cols, np.array([0, 4]), np.array([0], np.int32))
    >>> ring_areas(ring).tolist(), ring_areas(ring, np.array([0.25, 0.5])).tolist()
    ([6.0], [2.25])
    """
    above = rings.rows.astype(np.float64)
    if row_areas is not None:
        above = np.append(0.0, np.cumsum(row_areas))[rings.rows]
    after = rings.following
    strips = (rings.cols + rings.cols[after]) * (above - above[after]) / 2
    return np.add.reduceat(strips, rings.starts[:-1]) if len(rings.pieces) else np.zeros(0)


def polygons(
    rings: Rings,
    transform: Any,  # noqa: ANN401
) -> tuple[NDArray[np.object_], NDArray[np.int32]]:
    """Return shapely's polygons, and the piece of each, in rising order.

    Parameters
    ----------
    transform
        From columns and rows to coordinates.
    """
    import shapely

    is_hole = ring_areas(rings) < 0
    order = np.lexsort((is_hole, rings.pieces))
    lengths = np.diff(rings.starts)[order]
    starts = np.append(0, np.cumsum(lengths + 1))
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths + 1)
    within[starts[1:] - 1] = 0  # the first point closes the ring
    points = np.repeat(rings.starts[order], lengths + 1) + within
    x, y = transform * (rings.cols[points].astype(float), rings.rows[points].astype(float))
    shells = np.append(np.flatnonzero(~is_hole[order]), len(order))
    shapes = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, np.stack([x, y], axis=1), (starts, shells)
    )
    return shapes, rings.pieces[order[shells[:-1]]]


def simplified(rings: Rings, tolerance_px: float) -> Rings:
    """Return the outlines of all pieces of a square with fewer points.

    Borders that two pieces have in common stay common, corners where three meet stay where they
    are, and so do the edges of the square: its neighbours have them too.

    Parameters
    ----------
    rings
        The outlines of all pieces: together they cover the square.
    tolerance_px
        Points go as long as the triangles that they span are below the square of this, in pixels
        (Visvalingam and Whyatt 1993).
    """
    import shapely
    from rasterio import Affine

    shapes, pieces = polygons(rings, Affine.identity())
    fewer = shapely.coverage_simplify(shapes, tolerance_px, simplify_boundary=False)
    # Counter-clockwise where rows go down is clockwise where y goes up; GEOS turns some round.
    turned = shapely.orient_polygons(fewer, exterior_cw=True)
    _, corners, (starts, shells) = shapely.to_ragged_array(turned)
    last = np.zeros(len(corners), bool)
    last[starts[1:] - 1] = True  # the first point once more
    cols, rows = corners[~last].astype(np.int32).T
    ring_pieces = np.repeat(pieces, np.diff(shells))
    return Rings(rows, cols, starts - np.arange(len(starts)), ring_pieces)
