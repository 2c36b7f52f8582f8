"""What many tests need: rasters of any kind, a tiny survey, and the program run in this process."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import settings
from numpy.typing import NDArray
from PIL import Image

# A busy machine is no reason to fail; the same examples each time keep failures repeatable.
settings.register_profile("riverscape", deadline=None, derandomize=True)
settings.load_profile("riverscape")

WriteRaster = Callable[..., Path]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Undo what the program does to logging, so that no test hears another's messages."""
    root = logging.getLogger()
    handlers, level, name = root.handlers[:], root.level, logging.getLevelName(logging.WARNING)
    yield
    root.handlers[:], root.level = handlers, level
    logging.addLevelName(logging.WARNING, name)


def _write_raster(path: Path, pixels: NDArray[Any], **profile: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    bands = pixels if pixels.ndim == 3 else pixels[None]
    if path.suffix.lower() in (".tif", ".tiff"):
        count, height, width = bands.shape
        shape = {"count": count, "height": height, "width": width, "dtype": bands.dtype.name}
        colours = {"photometric": "RGB"} if count == 3 and bands.dtype == np.uint8 else {}
        with rasterio.open(path, "w", driver="GTiff", **{**shape, **colours, **profile}) as file:
            file.write(bands)
    else:
        picture = bands[0] if len(bands) == 1 else np.moveaxis(bands, 0, 2)
        Image.fromarray(np.ascontiguousarray(picture)).save(path, **profile)
    return path


@pytest.fixture(scope="session")
def write_raster() -> WriteRaster:
    """Write pixels (band, row, col) or (row, col) by the suffix of the path; return the path.

    More arguments go to rasterio for TIFF (nodata, crs, transform), to pillow otherwise (exif).
    """
    return _write_raster


@pytest.fixture(scope="session")
def photograph() -> NDArray[np.uint8]:
    """Return a photograph (band, row, col) of 150 x 200 px: two noisy halves."""
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 40, (3, 150, 200), np.uint8)
    pixels[:, :, :100] += np.array([30, 60, 120], np.uint8)[:, None, None]
    pixels[:, :, 100:] += np.array([180, 170, 140], np.uint8)[:, None, None]
    return pixels


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a survey of two rivers, an image and a label raster each; not to be written to."""
    from riverscape.scenes import River, write_survey

    folder = tmp_path_factory.mktemp("survey")
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    write_survey(folder, rivers, 1, height_px=150, width_px=200, seed=3)
    return folder


@pytest.fixture(scope="session")
def maps(survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `classify` leaves of the tiny survey; not to be written to."""
    from riverscape.cli import main

    folder = tmp_path_factory.mktemp("run") / "maps"
    assert main(["classify", str(survey), "--out", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process; return exit status, stdout and stderr."""
    from riverscape.cli import main

    def _run(*words: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([str(word) for word in words])
        return (status, *capfd.readouterr())

    return _run


@pytest.fixture
def record() -> Callable[[Path], dict[str, Any]]:
    """Return the reader of a folder's run.json."""

    def _record(folder: Path) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return content

    return _record
