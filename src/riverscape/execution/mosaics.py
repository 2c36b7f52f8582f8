"""A survey of tiles that are one image: its VRT lies with the maps."""

from collections.abc import Sequence
from pathlib import Path

from riverscape.execution.claim import claimed
from riverscape.imagery import Source, as_source, image_name, mosaic
from riverscape.outputs import free_to_write, remove_unfinished

__all__ = ["mosaic_name", "mosaic_of"]


def mosaic_of(tiles: Sequence[Source], out: Path, replace: bool) -> Path:
    """Write the VRT of tiles into the folder of the maps; return its path.

    It stays there, to be looked at beside the maps, and the maps are called after it.

    Raises
    ------
    SurveyError
        If tiles do not fit together.
    OutputError
        If another run works in the folder, or the VRT stands there and is not to be replaced.
    """
    path = out / f"{mosaic_name(tiles)}.vrt"
    with claimed(out):
        free_to_write([path], replace, "--overwrite to replace it, or --resume")
        remove_unfinished(out, [path.name])
        return mosaic(tiles, path)


def mosaic_name(tiles: Sequence[Source]) -> str:
    """Return the name of the mosaic of a folder or of files: the folder's.

    Examples
    --------
    >>> mosaic_name([Path("flights/Alder_0001")])
    'Alder_0001'
    >>> mosaic_name([Path("Alder/a.tif"), Path("Alder/b.tif")])
    'Alder'
    >>> mosaic_name(["https://rivers.example/a.tif", "https://rivers.example/b.tif"])
    'mosaic'
    """
    sources = list(map(as_source, tiles))
    if len(sources) == 1:
        return image_name(sources[0])
    folders = {source.absolute().parent if isinstance(source, Path) else None for source in sources}
    folder = folders.pop()
    return "mosaic" if folder is None or folders or not folder.name else folder.name
