"""Whether riverscape works on this machine: every part looked at, also where one is broken.

What may be broken is imported by name, where it is looked at, so that the others are looked at all
the same.
"""

import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from importlib.util import find_spec
from pathlib import Path

from riverscape._version import __version__

__all__ = ["Finding", "examine"]

# What packages are called when they are imported, where that is another name.
_MODULES = {
    "imbalanced-learn": "imblearn",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
}
_FOR_DEVELOPERS = {"dev", "docs", "test"}
# Another program's, such as QGIS's, they lead to its libraries and data.
_LEADING_ASTRAY = ("PYTHONPATH", "PYTHONHOME", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA")


@dataclass(frozen=True)
class Finding:
    """What was found of one part.

    Attributes
    ----------
    name
        The part.
    value
        What it is, or how it is.
    problem
        What is wrong with it and what to do, in one line; "" where nothing is.
    """

    name: str
    value: str
    problem: str = ""


def examine() -> Iterator[Finding]:
    """Yield what is found of each part, as it is found."""
    yield Finding("riverscape", f"{__version__} in {Path(__file__).parents[1]}")
    yield Finding("Python", f"{platform.python_version()}, {sys.executable}")
    yield Finding("system", platform.platform())
    yield _looked_at("memory", _memory)
    yield _looked_at("disk", _disk)
    yield from _packages()
    yield from _extras()
    yield _looked_at("GDAL", _gdal)
    yield _looked_at("ONNX Runtime", _onnx_runtime)
    yield _looked_at("phase 1", _phase_1)
    yield _looked_at("graphics card", _graphics_card)
    yield from _models()
    yield _looked_at("classifying", _classifying)


def _looked_at(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, look())
    except Exception as error:  # whatever a broken installation comes up with
        return Finding(name, "does not work", _in_a_line(error))


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    set_here = [name for name in _LEADING_ASTRAY if name in os.environ]
    advice = f"; try without {', '.join(set_here)} in the environment" if set_here else ""
    return f"{type(error).__name__}: {text}{advice}"


def _memory() -> str:
    memory = import_module("psutil").virtual_memory()
    total, free = memory.total / 1e9, memory.available / 1e9
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{total:.1f} GB, {free:.1f} GB free; {cores} processor cores"


def _disk() -> str:
    free = import_module("psutil").disk_usage(tempfile.gettempdir()).free / 1e9
    return f"{free:.1f} GB free in {tempfile.gettempdir()}, where unfinished work lies"


def _packages() -> Iterator[Finding]:
    for requirement in _requirements():
        yield _package(*requirement)


def _extras() -> Iterator[Finding]:
    """Yield what extras are installed: none is needed, so they are not loaded either."""
    for extra in metadata("riverscape").get_all("Provides-Extra") or []:
        if extra in _FOR_DEVELOPERS:
            continue
        needed = [_installed(*requirement) for requirement in _requirements(extra)]
        problems = [f"{one.name}: {one.problem}" for one in needed if one.problem]
        if any(one.value == "missing" for one in needed):
            command = f'pip install "riverscape[{extra}]"'
            yield Finding(f"extra {extra}", f"not installed; if you need it: {command}")
        else:
            names = ", ".join(f"{one.name} {one.value}" for one in needed)
            yield Finding(f"extra {extra}", names, "; ".join(problems))


def _requirements(extra: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and least version of what riverscape, or one of its extras, asks for."""
    for line in requires("riverscape") or []:
        named, _, condition = line.partition(";")
        of_extra = re.search(r"extra == ['\"]([^'\"]+)", condition)
        if (of_extra.group(1) if of_extra else "") != extra:
            continue
        inner = re.match(r"riverscape\[([^]]+)\]", named)
        if inner:
            for other in inner.group(1).split(","):
                yield from _requirements(other.strip())
            continue
        name = re.match(r"[\w.-]+", named)
        least = re.search(r">=\s*([\d.]+)", named)
        if name:
            yield name.group(), least.group(1) if least else ""


def _package(name: str, least: str) -> Finding:
    found = _installed(name, least)
    if found.problem:
        return found
    try:
        import_module(_MODULES.get(name, name.replace("-", "_")))
    except Exception as error:  # a package that is broken fails in any way it likes
        return Finding(name, found.value, f"it does not load ({_in_a_line(error)})")
    return found


def _installed(name: str, least: str) -> Finding:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, "missing", f"it is not installed: pip install {name}")
    if least and _numbers(found) < _numbers(least):
        needed = f'it is older than {least}: pip install "{name}>={least}"'
        return Finding(name, found, needed)
    return Finding(name, found)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers a version begins with.

    Examples
    --------
    >>> _numbers("2.10.0+cpu") > _numbers("2.9")
    True
    """
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(number) for number in found.group().split(".")) if found else ()


def _gdal() -> str:
    rasterio, crs = import_module("rasterio"), import_module("rasterio.crs")
    # Needs PROJ's database: the first thing that another program's variables break.
    with rasterio.Env():  # GDAL itself says nothing then
        crs.CRS.from_epsg(2949).to_wkt()
    return f"{rasterio.__gdal_version__}, knows coordinate systems by their EPSG codes"


def _onnx_runtime() -> str:
    runtime = import_module("onnxruntime")
    return f"{runtime.__version__}: {', '.join(runtime.get_available_providers())}"


def _phase_1() -> str:
    model = import_module("riverscape.models").load_model().on("gpu")
    if model.computes_on == "gpu":
        return "computes on the processor, and with --device gpu on a graphics card"
    return "computes on the processor: ONNX Runtime can use no graphics card"


def _graphics_card() -> str:
    if find_spec("torch") is None:
        return "not looked for: without PyTorch nothing is trained on one"
    torch = import_module("torch")
    if not torch.cuda.is_available():
        return "none that PyTorch can use: models are trained on the processor"
    count = torch.cuda.device_count()
    return ", ".join(torch.cuda.get_device_name(number) for number in range(count))


def _models() -> Iterator[Finding]:
    from riverscape.models import bundled_models, load_model

    for name in bundled_models():

        def look(name: str = name) -> str:
            contract = load_model(name).contract
            return f"whole; {len(contract.scheme)} classes, tiles of {contract.tile_px} px"

        yield _looked_at(f"model {name}", look)


def _classifying() -> str:
    """Classify a small picture, from its file to its map."""
    scenes, workflow = import_module("riverscape.scenes"), import_module("riverscape.workflow")
    with tempfile.TemporaryDirectory() as folder:
        river = scenes.River.from_name("Alder")
        scenes.write_survey(Path(folder), [river], 1, height_px=120, width_px=160, seed=1)
        image = next(Path(folder).glob("Alder_*.jpg"))
        began = time.perf_counter()
        found = workflow.classify(image, import_module("riverscape.models").load_model())
        seconds = time.perf_counter() - began
        found.csc.save(Path(folder) / "map.tif")
    return f"a picture of 120 x 160 px in {seconds:.2f} s"
