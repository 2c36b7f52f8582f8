"""The plugin in a real QGIS: what its start costs, its options page, what it leaves alone."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.qgis.conftest import FOLDER
from tests.qgis.wheels import write_wheel

MOST_SHARE = 1 / 3
"""Of the processor's time that QGIS's own toolbox takes to start, about 150 ms."""
LATE = {"osgeo", "csv", "html", "xml", "tempfile"}
"""What only a run needs."""
HEAVY = {"numpy", "torch", "rasterio", "onnxruntime", "cv2", "sklearn", "riverscape"}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder of plugins with ours in it, as QGIS installs the zip."""
    folder = tmp_path / "plugins"
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(FOLDER / "riverscape_qgis", folder / "riverscape_qgis", ignore=skipped)
    return folder


@pytest.mark.qgis
@pytest.mark.slow
def test_the_start_of_qgis_is_hardly_later(in_qgis: Callable[..., Any], package: Path) -> None:
    # Python writes the compiled plugin down when it starts for the first time. Of several
    # starts the quickest is the plugin's own cost: the others waited for the disk.
    starts = [
        in_qgis("loaded.py", "start", PYTHONPATH=str(package), PYTHONDONTWRITEBYTECODE="")
        for _ in range(4)
    ]
    shares = [start["milliseconds"] / start["milliseconds of Processing"] for start in starts[1:]]
    assert 0 < min(shares) <= MOST_SHARE
    assert not HEAVY & set(starts[0]["loaded"])


def packages(python: str) -> str:
    listed = (
        "import importlib.metadata as m; "
        "print(sorted(f'{d.name} {d.version} {d.locate_file(\"\")}' for d in m.distributions()))"
    )
    asked = [python, "-I", "-c", listed]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


@pytest.mark.qgis
@pytest.mark.slow
def test_from_an_empty_qgis_to_a_worker_by_the_options_page(
    in_qgis: Callable[..., Any], qgis_python: str, tmp_path: Path
) -> None:
    before = packages(qgis_python)
    picture = tmp_path / "page.png"
    told = in_qgis("loaded.py", "page", write_wheel(tmp_path / "wheels"), picture)
    page = told["page"]
    assert told["found at first"].startswith("riverscape is not set up yet: open Settings ›")
    assert (page["title"], page["at first"]) == (
        "riverscape", "An environment made here (none yet)",
    )  # fmt: skip
    assert page["without any"].startswith("No environment has been made yet")
    assert page["verdict without any"].endswith(": it does not work yet")
    assert page["verdict"].endswith(": it works")
    assert page["checked"].splitlines()[-1] == "all is well"
    assert page["setting"] == sys.executable
    assert page["while it runs"] == [False, True]
    assert page["created"].startswith("riverscape is set up in ")
    made = Path(page["created"].removeprefix("riverscape is set up in "))
    assert made.is_dir()
    assert tmp_path in made.parents
    assert "Successfully installed riverscape-0.1.7" in page["log"]
    assert page["checked then"] == "all is well\n"
    assert page["setting then"] == ""
    assert told["found then"] == str(made / "bin" / "riverscape")
    assert page["cancelled"] == "cancelled: nothing is left of it"
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    # QGIS's own Python is what it was, and has loaded nothing of the worker's.
    assert packages(qgis_python) == before
    assert not HEAVY & set(told["loaded"])
    assert "riverscape_qgis" in told["loaded"]
    drawn = np.asarray(cv2.imread(str(picture)))
    assert drawn.std() > 10


@pytest.mark.qgis
@pytest.mark.slow
def test_the_menu_copies_the_last_run_and_all_goes_when_the_plugin_ends(
    in_qgis: Callable[..., Any],
) -> None:
    told = in_qgis("loaded.py", "menu")
    assert told["menu"] == ["Copy the last run as a command", "Options"]
    line = "riverscape classify 'my river.tif'"
    assert told["said"] == ["Nothing has been run yet since QGIS started.", f"Copied: {line}"]
    assert told["clipboard"] == line
    assert "riverscape:classify" in told["algorithms"]
    assert not LATE & set(told["loaded"])
    assert told["after"] == {"provider": False, "factories": 0, "menu": 0}
