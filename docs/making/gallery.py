"""The gallery: commands that are run while the site is built, and pictures of what they leave."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from drawing import Picture, as_jpeg, side_by_side
from leavings import (
    change_map,
    class_map,
    first_file,
    grey_layer,
    polygon_outlines,
    with_masked,
    write_mosaic,
)

from riverscape.scenes import Cover, River, write_survey

__all__ = ["Gallery", "made_gallery"]


@dataclass(frozen=True)
class Shown:
    """One part of the gallery: its commands are run, then its picture is drawn of what they left.

    Attributes
    ----------
    picture
        Draws (row, col, 3) of the files in the folder that the commands were run in.
    """

    name: str
    title: str
    text: str
    commands: tuple[str, ...]
    picture: Callable[[Path], Picture]


@dataclass(frozen=True)
class Gallery:
    """The gallery as Markdown, and its pictures by their place in the site."""

    markdown: str
    pictures: dict[str, bytes]


_SHOWN = (
    Shown(
        "figure",
        "Image, labels, CNN map, CSC map",
        "The figure of each image. Phase 1 sees tiles, phase 2 pixels; F1 stands beneath both maps "
        "where there are labels.",
        ("riverscape classify survey/ --out maps/ --confidence --uncertainty",),
        lambda folder: first_file(folder, "maps/FIGURE_Teal_0001.*"),
    ),
    Shown(
        "accessible",
        "For colour-blind readers",
        "The same in colours that differ in lightness too. The GeoTIFFs keep the classes' own.",
        ("riverscape classify survey/Teal_0001.jpg --out accessible/ --palette accessible",),
        lambda folder: first_file(folder, "accessible/FIGURE_Teal_0001.*"),
    ),
    Shown(
        "confidence",
        "How sure a map is",
        "Confidence is dark where the map is unsure; the disagreement of the two phases is bright "
        "where they differ. Both say where a second look pays: along borders, and where a class "
        "looks like another.",
        (),
        lambda folder: side_by_side(
            confidence=grey_layer(folder / "maps/CONF_Teal_0001.tif"),
            disagreement=grey_layer(folder / "maps/UNC_Teal_0001.tif", band=3),
        ),
    ),
    Shown(
        "violins",
        "Scores of a survey",
        "F1 of each class and river over the images, CNN maps beside CSC maps: the plot "
        "that users of the published scripts know. [Read a report](read-a-report.md) says how.",
        (
            "riverscape classify rivers/ --out rivers-maps/ --confidence --no-figures",
            "riverscape report rivers-maps/",
        ),
        lambda folder: first_file(folder, "rivers-maps/PLOT_violins.png"),
    ),
    Shown(
        "confusion",
        "What is taken for what",
        "Rows are the labels, columns the CSC maps. Left by the same command, as are the next two.",
        (),
        lambda folder: first_file(folder, "rivers-maps/PLOT_confusion_CSC.png"),
    ),
    Shown(
        "reliability",
        "Whether the maps are as sure as they should be",
        "On the diagonal a map is right as often as it says.",
        (),
        lambda folder: first_file(folder, "rivers-maps/PLOT_reliability.png"),
    ),
    Shown(
        "areas",
        "Land cover along a survey",
        "The share of each class, image by image in the order of the flight.",
        (),
        lambda folder: first_file(folder, "rivers-maps/PLOT_areas.png"),
    ),
    Shown(
        "mosaic",
        "A mosaic with nothing around it",
        "Pixels without data stay without, and darken nothing at the border.",
        ("riverscape classify mosaic.tif --out mosaic-maps/ --no-figures",),
        lambda folder: side_by_side(
            mosaic=with_masked(folder / "mosaic.tif"),
            CSC_map=class_map(folder / "mosaic-maps/CLASS_CSC_mosaic.tif"),
        ),
    ),
    Shown(
        "labels",
        "Labels looked through",
        "Each photograph, and beside it its labels over it. See [Labels from a GIS](labels.md).",
        ("riverscape labels check survey/ --out check/",),
        lambda folder: first_file(folder, "check/contact_sheet.png"),
    ),
    Shown(
        "polygons",
        "Polygons",
        "Patches with class, colour and area; borders are shared. See "
        "[What else a map can become](maps.md).",
        (
            "riverscape maps vectorize maps/CLASS_CSC_Teal_0001.tif --out Teal.gpkg "
            "--least-area 200 --simplify 3",
        ),
        lambda folder: side_by_side(
            CSC_map=class_map(folder / "maps/CLASS_CSC_Teal_0001.tif"),
            polygons=polygon_outlines(folder / "Teal.gpkg"),
        ),
    ),
    Shown(
        "change",
        "Change between two surveys",
        "What has not changed is pale; what has is shown in the colour of what it has become.",
        (
            "riverscape classify 2019/ --out maps-2019/ --no-figures",
            "riverscape classify 2024/ --out maps-2024/ --no-figures",
            "riverscape maps change maps-2019/CLASS_CSC_Wren_0001.tif "
            "maps-2024/CLASS_CSC_Wren_0001.tif --out change/",
        ),
        lambda folder: side_by_side(
            before=class_map(folder / "maps-2019/CLASS_CSC_Wren_0001.tif"),
            after=class_map(folder / "maps-2024/CLASS_CSC_Wren_0001.tif"),
            change=change_map(folder / "change/CHANGE.tif"),
        ),
    ),
)


@cache
def made_gallery() -> Gallery:
    """Run the commands of the gallery, on synthetic rivers, and draw what they leave."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write_surveys(folder)
        for shown in _SHOWN:
            for command in shown.commands:
                _run(command, folder)
            uri = f"gallery/{shown.name}.jpg"
            pictures[uri] = as_jpeg(shown.picture(folder))
            parts.append(_section(shown, uri))
    return Gallery("\n\n".join(parts), pictures)


def _section(shown: Shown, uri: str) -> str:
    commands = "\n".join(shown.commands)
    block = f"```sh\n{commands}\n```\n\n" if commands else ""
    return f"## {shown.title}\n\n{shown.text}\n\n{block}![{shown.title}]({uri})"


def _run(command: str, folder: Path) -> None:
    """Run a command of the gallery as a reader would."""
    words = command.split()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    if done.returncode:
        message = f"{command} ended with status {done.returncode}: {done.stderr.strip()}"
        raise RuntimeError(message)


def _write_surveys(folder: Path) -> None:
    """Write the synthetic surveys and the mosaic that the gallery is made of."""
    cover = Cover(forest=0.45, senescent=0.2, bars=0.8, road=True)
    rivers = [River.from_name("Teal"), River.from_name("Heron")]
    write_survey(folder / "survey", rivers, 1, height_px=600, width_px=900, seed=4, cover=cover)
    flown = [River.from_name(name) for name in ("Alder", "Heron")]
    banks = Cover(bars=0.8, road=False)
    write_survey(folder / "rivers", flown, 5, height_px=700, width_px=1000, seed=2, cover=banks)
    wren = River.from_name("Wren")
    for year, bars in (("2019", 0.25), ("2024", 0.9)):
        write_survey(
            folder / year, [wren], 1, height_px=500, width_px=500, seed=1, cover=Cover(bars=bars)
        )
    write_mosaic(folder / "mosaic.tif", River.from_name("Alder"))
