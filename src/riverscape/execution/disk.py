"""Room on the disk: how much a run will need, and whether there is so much."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from riverscape.errors import OutputError
from riverscape.execution.look import Look
from riverscape.execution.products import Products
from riverscape.maps.geotiff import MOST_IN_MEMORY_PX
from riverscape.settings import Settings
from riverscape.tiles import ModelContract

__all__ = [
    "Room",
    "as_size",
    "check_room",
    "colour_columns",
    "free_bytes",
    "room_for",
    "room_needed",
    "taken",
]

# Bytes that a valid pixel takes, half as much again as was measured on photographs of rivers (6
# Mpx each, of stony bars and foliage): in each of both class maps, in layers, a class of the
# probabilities each.
_CLASS_MAP = 0.03
_LAYERS = {"confidence": 0.1, "uncertainty": 0.7}
_EACH_CLASS = 0.05
# What the journal keeps of the pass of phase 1, a table of distinct colours: so much where they
# have up to three columns (bands that phase 2 sees). Each further column makes this share of the
# pixels colours of their own, until all are, and a colour takes a byte a column and one for its
# counts: 13 bytes of 12 columns, where 7.75 were measured.
# What workers put together of it, and what windows answer when they are asked again, is less than
# the half again: a sixth each, of 17 and of 16 windows.
_FEW_COLOURS, _FEW_COLUMNS, _OWN_COLOUR = 0.6, 3, 0.4
# What large rasters are put together from, in bytes of what they come to; measured: 1.1.
_PIECES = 1.5
# Of a pixel without data in each map, and of an image whatever its size.
_EMPTY = 0.001
_BASE, _FIGURE = 50_000, 3_000_000


@dataclass(frozen=True)
class Room:
    """Bytes that an image takes on the disk.

    Attributes
    ----------
    outputs
        What stays.
    journal
        What is needed besides while the image is worked on.
    """

    outputs: int
    journal: int


def room_for(
    look: Look, products: Products, classes: int, side_px: int, columns: int = _FEW_COLUMNS
) -> Room:
    """Return about what an image will take, rather too much than too little.

    Parameters
    ----------
    columns
        Bands that phase 2 may see of a pixel, all features together.
    """
    each = {**_LAYERS, "probabilities": _EACH_CLASS * classes}
    layers = sum(each[layer] for layer in products.layers)
    valid_px = look.size_px * look.valid_share
    maps = 2 + len(products.layers)
    rasters = valid_px * (2 * _CLASS_MAP + layers) + look.size_px * _EMPTY * maps
    outputs = rasters + _BASE + _FIGURE * len(products.figure_files) * products.figures
    journal = rasters * _PIECES if look.size_px > MOST_IN_MEMORY_PX else 0.0
    if max(look.shape) > side_px:
        journal += valid_px * (_scan_bytes(columns) + _CLASS_MAP + layers) + look.size_px * _EMPTY
    return Room(int(outputs), int(journal))


def colour_columns(settings: Settings, contract: ModelContract) -> int:
    """Return how many bands phase 2 may see of a pixel: each feature measures each band at most."""
    return len(settings.pixels.features) * len(contract.bands)


def _scan_bytes(columns: int) -> float:
    """Return the bytes of the table of phase 1 for each valid pixel.

    >>> [round(_scan_bytes(columns), 1) for columns in (1, 3, 4, 12)]
    [0.6, 0.6, 2.0, 13.0]
    """
    own = min(1.0, _OWN_COLOUR * max(0, columns - _FEW_COLUMNS))
    return max(_FEW_COLOURS, own * (columns + 1))


def room_needed(rooms: Sequence[Room], workers: int) -> int:
    """Return the most that images take at a time, of which so many are worked on at once.

    Examples
    --------
    >>> room_needed([Room(outputs=10, journal=100), Room(outputs=10, journal=300)], workers=1)
    320
    """
    largest = sorted((room.journal for room in rooms), reverse=True)[:workers]
    return sum(room.outputs for room in rooms) + sum(largest)


def free_bytes(folder: Path) -> int:
    """Return what is free on the disk of a folder, which need not be there yet."""
    folder = folder.absolute()
    standing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(standing).free


def check_room(out: Path, rooms: Sequence[Room], workers: int, kept: int = 0) -> None:
    """Check that the disk of a folder has room for images that are worked on so many at a time.

    Parameters
    ----------
    kept
        Bytes of them that are there already.

    Raises
    ------
    OutputError
        If not.
    """
    needed, free = room_needed(rooms, workers) - kept, free_bytes(out)
    if needed > free:
        message = (
            f"{out} needs about {as_size(needed)}, {as_size(free)} are free on its disk; "
            "free some or choose another --out"
        )
        raise OutputError(message)


def taken(folder: Path) -> int:
    """Return how many bytes the files of a folder take."""
    if not folder.is_dir():
        return 0
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries if entry.is_file())


def as_size(size_bytes: float) -> str:
    """Return a size as people write it.

    Examples
    --------
    >>> as_size(3_140_000_000), as_size(12_400_000), as_size(900)
    ('3.1 GB', '12 MB', '1 kB')
    """
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if size_bytes >= unit:
            amount = size_bytes / unit
            return f"{amount:.1f} {name}" if amount < 10 else f"{amount:.0f} {name}"
    return f"{max(1, round(size_bytes / 1e3))} kB" if size_bytes else "0 kB"
