"""What tests of the algorithms need: a georeferenced survey, qgis_process, scripts in PyQGIS."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS

from riverscape.scenes import River, Scene

PLUGIN = Path(__file__).parents[3] / "qgis" / "riverscape_qgis"
# Debian's wrapper hands qgis_process an option that it does not know.
_PROCESS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
PLACE = Affine(0.1, 0, 307_200, 0, -0.1, 5_354_800)
CRS_CODE = 2949
ROWS, COLUMNS = 400, 500


@dataclass(frozen=True)
class Site:
    """An image of a river with its labels, on Earth."""

    image: Path
    labels: Path
    pixels: NDArray[np.uint8]
    codes: NDArray[np.uint8]


def write(path: Path, bands: NDArray[Any], **profile: Any) -> Path:
    """Write a GeoTIFF at the site, (band, row, col)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    place = {"crs": CRS.from_epsg(CRS_CODE), "transform": PLACE}
    kind: dict[str, Any] = {"driver": "GTiff", "dtype": bands.dtype, **shape, **place, **profile}
    with rasterio.open(path, "w", **kind) as file:
        file.write(bands)
    return path


@pytest.fixture(scope="session")
def pictured() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a synthetic river, (band, row, col), and its class codes."""
    scene = Scene(River.from_name("Alder"), 3, ROWS, COLUMNS)
    return scene.window(0, 0, ROWS, COLUMNS)


@pytest.fixture
def site(tmp_path: Path, pictured: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> Site:
    pixels, codes = pictured
    image = write(tmp_path / "data" / "Alder.tif", pixels)
    labels = write(tmp_path / "data" / "reference.tif", codes[None])
    return Site(image, labels, pixels, codes)


@pytest.fixture(scope="session")
def clean_variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables for QGIS, with a profile that has the plugin, switched on."""
    home = tmp_path_factory.mktemp("qgis")
    plugins = home / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / PLUGIN.name).symlink_to(PLUGIN)
    leaking = ("PYTHON", "VIRTUAL_ENV", "RIVERSCAPE_", "QGIS", "PROJ_", "GDAL_")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(leaking)}
    return {
        **kept,
        "PATH": "/usr/local/bin:/usr/bin:/bin",  # QGIS takes the first Python there for its own
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QGIS_CUSTOM_CONFIG_PATH": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
        "RIVERSCAPE_WORKER": sys.executable,
        "OMP_NUM_THREADS": "1",
    }


@dataclass(frozen=True)
class Ran:
    """What qgis_process said and gave."""

    status: int
    results: dict[str, Any]
    text: str

    @property
    def error_lines(self) -> list[str]:
        """What it says was wrong, each line once."""
        lines = [line.removeprefix("ERROR:").strip() for line in self.text.splitlines()]
        quiet = ("QStandardPaths", "setapi", "<string>", "Unable to execute", "There were errors")
        return list(dict.fromkeys(one for one in lines if one and not one.startswith(quiet)))


@pytest.fixture(scope="session")
def process(qgis_python: str, clean_variables: dict[str, str]) -> Callable[..., Ran]:
    """Run an algorithm by qgis_process with these parameters; a list is given repeatedly."""
    assert qgis_python
    if _PROCESS is None:
        pytest.skip("needs qgis_process (Debian's qgis)")
    subprocess.run(
        [_PROCESS, "plugins", "enable", PLUGIN.name], env=clean_variables, check=True,
        capture_output=True,
    )  # fmt: skip

    def run(algorithm: str, environ: dict[str, str] | None = None, **parameters: Any) -> Ran:
        words = [
            f"{name}={one}"
            for name, value in parameters.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        done = subprocess.run(
            [str(_PROCESS), "--json", "run", f"riverscape:{algorithm}", "--", *words],
            env={**clean_variables, **(environ or {})}, capture_output=True, text=True,
            timeout=240, check=False,
        )  # fmt: skip
        start = done.stdout.find("{")
        told = json.loads(done.stdout[start:]) if start >= 0 and not done.returncode else {}
        return Ran(done.returncode, told.get("results", {}), done.stderr + done.stdout)

    return run


@pytest.fixture
def pyqgis(qgis_python: str, clean_variables: dict[str, str]) -> Callable[..., Any]:
    """Run a script of this folder in QGIS's Python; return what its last line says, as JSON."""

    def run(script: str, *words: object, **environ: str) -> Any:
        done = subprocess.run(
            [qgis_python, str(Path(__file__).with_name(script)), *map(str, words)],
            env={
                **clean_variables,
                "PYTHONPATH": f"{PLUGIN.parent}:/usr/share/qgis/python/plugins",
                **environ,
            },
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
