"""A notebook is really executed, and what it is given to show is looked at."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ipyleaflet", reason="interactive maps need the extra `notebook`")
nbformat = pytest.importorskip("nbformat", reason="executing a notebook needs nbformat")
nbclient = pytest.importorskip("nbclient", reason="executing a notebook needs nbclient")
pytest.importorskip("ipykernel", reason="executing a notebook needs ipykernel")

CELLS = (
    "import riverscape as rs\nresult = rs.classify(IMAGE)\nresult",
    "rs.assess(result.csc, LABELS)",
    "result.cnn",
    "result.tile_map",
    "result.explore(IMAGE)",
    "rs.load_model('ste-marguerite')",
)


@pytest.fixture(scope="module")
def outputs(survey: Path) -> list[Any]:
    """Return what each cell shows, by its kind."""
    names = f"IMAGE = {str(survey / 'Alder_0001.jpg')!r}\n"
    names += f"LABELS = {str(survey / 'SCLS_Alder_0001.tif')!r}\n"
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in (names, *CELLS)]
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
    # In a thread of its own: a browser that other tests drive keeps an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(client.async_execute())).result()
    return [cell.outputs[-1].data for cell in notebook.cells[1:]]


def test_a_classification_shows_both_maps_one_legend_and_its_notes(outputs: list[Any]) -> None:
    html = outputs[0]["text/html"]
    assert re.findall(r'<img alt="([^"]+)"', html) == ["CSC map", "CNN map"]
    assert html.count("data:image/png;base64,") == 2
    assert html.count("senescent vegetation") == html.count("<ul") == 1
    assert "Alder_0001" in html


def test_scores_show_as_tables(outputs: list[Any]) -> None:
    html = outputs[1]["text/html"]
    assert re.search(r"weighted F1 0\.\d{4}, macro F1 0\.\d{4}", html)
    assert html.count("<table") == 2


def test_a_map_shows_its_classes(outputs: list[Any]) -> None:
    html = outputs[2]["text/html"]
    shares = [float(share) for share in re.findall(r"([\d.]+) %", html)]
    assert len(shares) == 5
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_a_tile_map_shows_what_the_tiles_hold(outputs: list[Any]) -> None:
    html = outputs[3]["text/html"]
    assert "5 x 7 tiles of 50 px, 25 px apart" in html
    tiles = [int(number) for number in re.findall(r"<td>(\d+)</td>", html)]
    assert sum(tiles) == 35


def test_a_map_to_move_about_in_is_a_widget(outputs: list[Any]) -> None:
    assert "application/vnd.jupyter.widget-view+json" in outputs[4]


def test_a_model_shows_what_it_is(outputs: list[Any]) -> None:
    assert "ste-marguerite" in outputs[5]["text/html"]
