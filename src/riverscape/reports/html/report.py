"""report.html: a survey's maps, scores and notes in one page that needs nothing else."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from riverscape.assessment import RunResults
from riverscape.labels import ClassScheme
from riverscape.outputs import whole_file
from riverscape.reports.html import charts, numbers, summary
from riverscape.reports.html.facts import ImageFacts, image_facts
from riverscape.reports.html.matrices import matrix_table
from riverscape.reports.html.pictures import Album, inline_album, linked_album
from riverscape.reports.html.safety import content_policy, json_block

__all__ = ["BUDGET_MB", "write_report"]

BUDGET_MB = 24.0
"""For the pictures of a page in one file: with all the rest it stays under 30 MB."""

_SCRIPTS = ("elements", "theme", "table", "zoom", "viewer", "section", "printing", "app")
_STYLES = ("report", "section", "media")  # what comes later overrules


def write_report(
    path: Path,
    run: RunResults,
    previews: Mapping[str, Mapping[str, Path]],
    *,
    assets: bool = False,
    scheme_shown: ClassScheme | None = None,
    budget_mb: float = BUDGET_MB,
) -> Path:
    """Write the report of a run, whole or not at all.

    The same run gives the same bytes.

    Parameters
    ----------
    previews
        Small pictures by image name, then by what they show: "image" (JPEG), "labels", "cnn",
        "csc" and "confidence" (PNG of class codes or per cent). Images and kinds may be missing.
    assets
        Link the previews beside the page at their full size, instead of a page that holds all.
    scheme_shown
        The run's classes in the colours to show them in; without, their own.
    budget_mb
        What pictures within the page may take, in 10⁶ signs: they are reduced until they fit.

    Raises
    ------
    OutputError
        If the page, or a picture beside it, cannot be written.
    """
    shown = None if scheme_shown in (None, run.scheme) else scheme_shown
    kept = {image.name: previews.get(image.name, {}) for image in run.images}
    album = linked_album(kept, path, shown) if assets else inline_album(kept, budget_mb, shown)
    page = _page(run, album, shown or run.scheme, linked=assets)
    with whole_file(path) as aside:
        # Names of files that are no text are spelled out; \n always: the digests rest on it.
        aside.write_bytes(page.encode("utf-8", "backslashreplace"))
    return path


def _page(run: RunResults, album: Album, scheme: ClassScheme, linked: bool) -> str:
    script, style = _script(), _style() + _colours(scheme)
    facts = [image_facts(image, scheme.names) for image in run.images]
    pictures = [album.pictures.get(image.name, {}) for image in run.images]
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            policy=content_policy(script, style, linked),
            script=Markup(script),
            style=Markup(style),
            facts=Markup(json_block(_facts(run, facts))),
            pictures=[Markup(json_block(kinds)) for kinds in pictures],
            thumbnails=[album.thumbnails.get(image.name, {}) for image in run.images],
            side_px=album.side_px,
            linked=linked,
            **_content(run, facts),
        )
    )


def _content(run: RunResults, facts: list[ImageFacts]) -> dict[str, Any]:
    """Return what the page says, by the names it has in the template."""
    by_kind: dict[str, dict[str, float]] = {"CNN": {}, "CSC": {}}
    for fact in facts:
        for kind in by_kind.keys() & fact.f1.keys():
            by_kind[kind][fact.name] = fact.f1[kind]
    cover = summary.survey_cover(run)
    matrices = [(kind, run.total(kind)) for kind in ("CSC", "CNN")]
    return {
        "run": run,
        "facts_by_image": facts,
        "names": run.scheme.names,
        "figures": summary.figures(run),
        "warnings": summary.warnings(run),
        "cover": charts.bands(cover),
        "scores": summary.scores(run),
        "matrices": [(kind, matrix_table(matrix)) for kind, matrix in matrices
                     if matrix is not None and matrix.support],
        "rivers": summary.rivers(run),
        "spread": charts.spread(by_kind),
        "curve": charts.curve(run.reliability("CSC")),
        "scored": bool(run.scored),
        "started": numbers.moment(run.started),
        "finished": numbers.moment(run.finished or ""),
        "took": summary.working_time(run),
        "links": {fact.name: fact.link for fact in facts},
        "score": numbers.score,
        "bands": charts.bands,
    }  # fmt: skip


def _facts(run: RunResults, facts: list[ImageFacts]) -> dict[str, Any]:
    return {
        "title": run.experiment,
        "classes": run.scheme.names,
        "scored": bool(run.scored),
        "images": [fact.to_dict() for fact in facts],
    }


def _colours(scheme: ClassScheme) -> str:
    """Return the style that gives each class its colour, by its position."""
    return "".join(
        f".c{position}{{--class:{cover.colour}}}\n" for position, cover in enumerate(scheme)
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("riverscape.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    return "".join(_static(f"{name}.css") for name in _STYLES)


@cache
def _script() -> str:
    """Return the page's script: its parts in one scope of their own."""
    parts = "\n".join(_static(f"{name}.js") for name in _SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _static(name: str) -> str:
    place = files("riverscape.reports.html") / "static" / name
    return place.read_text(encoding="utf-8").replace("\r\n", "\n")
