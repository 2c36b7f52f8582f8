"""The files that a raster is put together from: in memory or beside it, and all as one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree as Xml

import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile

__all__ = ["as_one", "in_memory", "on_disk"]


@contextmanager
def in_memory(aside: Path) -> Iterator[Callable[[str], str]]:
    """Yield names of files in memory; that called "whole" is written to disk at the end.

    By Python, not by GDAL, which is silent when the disk is full.
    """
    files: dict[str, MemoryFile] = {}
    with ExitStack() as stack:

        def name(word: str) -> str:
            if word not in files:
                files[word] = stack.enter_context(MemoryFile(ext=".tif"))
            return str(files[word].name)

        yield name
        aside.write_bytes(files["whole"].getbuffer())


@contextmanager
def on_disk(aside: Path) -> Iterator[Callable[[str], str]]:
    """Yield names of files beside a file, which is that called "whole"; the others go."""
    pieces: set[Path] = set()

    def name(word: str) -> str:
        if word == "whole":
            return str(aside)
        piece = aside.with_suffix(f".{word}.tif")
        pieces.add(piece)
        return str(piece)

    try:
        yield name
    finally:
        for piece in pieces:
            with suppress(OSError):
                piece.unlink(missing_ok=True)


def as_one(names: Sequence[str]) -> str:
    """Return a raster and its overviews, files of those names, as one virtual raster of GDAL's."""
    with MemoryFile(ext=".vrt") as memory:
        rasterio.shutil.copy(names[0], memory.name, driver="VRT")
        with rasterio.open(memory.name) as file:
            root = Xml.fromstring(file.tags(ns="xml:VRT")["xml:VRT"])
    for source in root.iter("SourceFilename"):
        source.text = names[0]
        source.set("relativeToVRT", "0")
    for number, band in enumerate(root.iter("VRTRasterBand"), start=1):
        for piece in names[1:]:
            overview = Xml.SubElement(band, "Overview")
            Xml.SubElement(overview, "SourceFilename", relativeToVRT="0").text = piece
            Xml.SubElement(overview, "SourceBand").text = str(number)
    return Xml.tostring(root, encoding="unicode")
