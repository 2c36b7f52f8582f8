"""QGIS with its windows, on a screen that nobody sees: the dialog runs, its map is shown."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from riverscape.labels import PUBLISHED_CLASSES

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

_DESKTOP = shutil.which("qgis.bin") or shutil.which("qgis")
_SCRIPT = Path(__file__).with_name("take_screenshots.py")


def test_the_dialog_makes_a_map_that_is_shown(
    process: Any, clean_variables: dict[str, str], site: Any, tmp_path: Path
) -> None:
    assert process  # which switches the plugin on
    if _DESKTOP is None or shutil.which("xvfb-run") is None:
        pytest.skip("needs QGIS with its windows and xvfb-run (Debian's qgis and xvfb)")
    environ = {**clean_variables, "IMAGE": str(site.image), "PICTURES": str(tmp_path)}
    del environ["QT_QPA_PLATFORM"]
    screen = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1400x1000x24"]
    done = subprocess.run(
        [*screen, _DESKTOP, "--nologo", "--noversioncheck", "--code", str(_SCRIPT)],
        env=environ, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    error = tmp_path / "error.txt"
    assert done.returncode == 0, error.read_text() if error.exists() else done.stderr
    result = np.asarray(cv2.imread(str(tmp_path / "result.png")))[:, :, ::-1]
    shown = result[:, 310:].reshape(-1, 3)  # right of the panel of layers and their legend
    legend = result[:, :300].reshape(-1, 3)
    for cover in PUBLISHED_CLASSES:
        if (site.codes == cover.code).mean() > 0.05:
            assert (shown == cover.rgb).all(axis=1).sum() > 200, cover.name
        assert (legend == cover.rgb).all(axis=1).sum() > 100, cover.name
    dialog = np.asarray(cv2.imread(str(tmp_path / "dialog.png")))
    assert dialog.shape[0] > 600
