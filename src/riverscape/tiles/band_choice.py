"""Which bands of an image are meant: by number, by name, or in the file's order."""

import re
from collections.abc import Sequence

from riverscape.errors import InputError
from riverscape.imagery import Raster
from riverscape.tiles.levels import PIXEL_TYPES

__all__ = [
    "band_names",
    "check_pixel_type",
    "known_names",
    "listed_bands",
    "model_bands",
    "named_bands",
]

# What software calls a band that nobody named: no name at all.
_NO_NAME = re.compile(r"(band[ _]?\d*|gr[ae]y|undefined|palette)?")
_COLOURS = {
    "red",
    "green",
    "blue",
    "nir",
    "rededge",
    "coastal",
    "pan",
    "swir",
    "mwir",
    "lwir",
    "tir",
}
_LISTED = 16


def named_bands(raster: Raster, bands: Sequence[str]) -> Raster:
    """Return an image with the bands that a user names, in the user's order.

    Parameters
    ----------
    bands
        Numbers of the file's bands, from 1, or their names in any case.

    Raises
    ------
    InputError
        If the file has no such band, a name belongs to several, or a band is named twice.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from riverscape.imagery import open_raster
    >>> from riverscape.scenes import River, write_survey
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = write_survey(folder, [River.from_name("Alder")], 1, height_px=60, width_px=80, seed=0)
    >>> with open_raster(folder / "Alder_0001.jpg") as raster:
    ...     named_bands(raster, ["3", "Green"]).bands
    (3, 2)
    """
    positions = [_position(raster, band.strip()) for band in bands]
    for place, position in enumerate(positions):
        if position in positions[:place]:
            message = f"--bands names band {raster.bands[position]} of {raster.path} twice"
            raise InputError(message)
    return raster.select(positions)


def model_bands(
    raster: Raster, wanted: Sequence[str], given: Sequence[str] | None, whose: str, otherwise: str
) -> Raster:
    """Return an image with the bands that a model wants, in the model's order.

    They are those given; else those that the file calls by the model's names, each once; else
    the file's own in its order, where they are as many and none bears the name of another.

    Parameters
    ----------
    wanted
        The names of the model's bands.
    given
        What the user says: numbers from 1 or names, in the model's order.
    whose, otherwise
        Who wants them, and what else may be done, for errors.

    Raises
    ------
    InputError
        If nothing tells which bands are meant, or the given ones are not as many as wanted.
    """
    if given:
        raster = named_bands(raster, given)
        found: Sequence[int] | None = range(raster.band_count)
    else:
        found = _alike(raster, wanted)
    if found is None or len(found) != len(wanted):
        message = (
            f"{raster.path} has {listed_bands(raster)}, {whose} {len(wanted)}: "
            f"{', '.join(wanted)}; name them with --bands, or {otherwise}"
        )
        raise InputError(message)
    return raster.select(found)


def check_pixel_type(raster: Raster) -> None:
    """Check that there are levels for an image's pixels.

    Raises
    ------
    InputError
        If there are none.
    """
    if raster.dtype not in PIXEL_TYPES:
        message = f"{raster.path} holds {raster.dtype} pixels; known: {', '.join(PIXEL_TYPES)}"
        raise InputError(message)


def called(raster: Raster) -> tuple[str, ...]:
    """Return a name for each band of an image: its own where it has one.

    Three bands without names are red, green and blue; others are numbered.
    """
    descriptions, colours = _names(raster)
    plain = band_names(raster.band_count)
    if not any(descriptions) and not any(colours):
        return plain
    # What files of any camera say is worth more than what those of one say.
    names = [
        colour if colour and colours.count(colour) == 1 else description
        for description, colour in zip(descriptions, colours, strict=True)
    ]
    return tuple(
        name if name and names.count(name) == 1 else f"band {number}"
        for number, name in enumerate(names, start=1)
    )


def band_names(count: int) -> tuple[str, ...]:
    """Return what bands are called where nobody says.

    Examples
    --------
    >>> band_names(3), band_names(2)
    (('red', 'green', 'blue'), ('band 1', 'band 2'))
    """
    known = ("red", "green", "blue")
    return known if count == len(known) else tuple(f"band {band + 1}" for band in range(count))


def known_names(raster: Raster) -> list[set[str]]:
    """Return what each band of an image is called: its description, its colour, or nothing.

    Names are in small letters; what software calls bands without a name is left out.
    """
    return [set(names) - {""} for names in zip(*_names(raster), strict=True)]


def listed_bands(raster: Raster) -> str:
    """Return how many bands an image has and what they are called, in words."""
    names = [
        min(known, key=lambda name: name in _COLOURS) if known else f"band {band}"
        for band, known in zip(raster.bands, known_names(raster), strict=True)
    ]
    shown = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
    return f"{len(names)} band{'s' * (len(names) != 1)} ({shown})"


def _names(raster: Raster) -> tuple[list[str], list[str]]:
    """Return descriptions and colours of the bands, in small letters, empty where there is none."""
    descriptions = [name.strip().lower() for name in raster.band_names]
    return (
        ["" if _NO_NAME.fullmatch(name) else name for name in descriptions],
        [name if name in _COLOURS else "" for name in raster.colours],
    )


def _alike(raster: Raster, wanted: Sequence[str]) -> Sequence[int] | None:
    names = known_names(raster)
    places = [[at for at, known in enumerate(names) if name.lower() in known] for name in wanted]
    if all(len(found) == 1 for found in places):
        return [place for (place,) in places]
    # A file of nir, red and green is not to be read as red, green and blue.
    in_order = all(at in found or not found for at, found in enumerate(places))
    return range(raster.band_count) if in_order and raster.band_count == len(wanted) else None


def _position(raster: Raster, band: str) -> int:
    if re.fullmatch(r"[+-]?\d+", band):
        if int(band) in raster.bands:
            return raster.bands.index(int(band))
        numbers = ", ".join(map(str, raster.bands))
        message = f"{raster.path} has no band {band} of colour; it has {numbers}"
        raise InputError(message)
    names = known_names(raster)
    found = [place for place, known in enumerate(names) if band.lower() in known]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = " and ".join(str(raster.bands[place]) for place in found)
        message = f"the bands {numbers} of {raster.path} are both called {band}; give numbers"
        raise InputError(message)
    message = f"{raster.path} has no band called {band!r}: it has {listed_bands(raster)}"
    raise InputError(message)
