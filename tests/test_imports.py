"""What may import what, read from the sources; and what loads when."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import riverscape
from riverscape.scenes import River, write_survey

PACKAGE = Path(riverscape.__file__).parent

# Each part, and the parts it may import besides those that every part may.
ANYWHERE = {"errors", "outputs", "journal", "progress", "allocation", "_version"}
GROUND = {"imagery", "labels"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "_version": set(),
    "progress": set(),
    "outputs": set(),
    "journal": set(),
    "allocation": set(),
    "imagery": set(),
    "labels": {"imagery"},
    "tiles": GROUND,
    "pixels": GROUND,
    "maps": GROUND,
    "assessment": GROUND | {"maps"},
    "reports": GROUND | {"maps", "assessment"},
    "settings": {"imagery", "tiles", "pixels"},
    "models": {"tiles"},
    "samples": set(),
    "scenes": GROUND | {"maps"},
    "workflow": GROUND | {"tiles", "pixels", "maps", "assessment", "reports", "settings", "models"},
    "execution": GROUND
    | {"tiles", "pixels", "maps", "assessment", "reports", "settings", "models", "workflow"},
    "cli": GROUND
    | {"tiles", "pixels", "maps", "assessment", "reports", "settings", "models", "workflow"}
    | {"execution", "samples", "scenes"},
    "__main__": {"cli"},
}
# The package itself only hands out names, each from its home.
ALLOWED["__init__"] = set(ALLOWED) - {"cli", "__main__"}

# Packages that cost time to load, or that not everyone has, and the parts that may use them.
HEAVY = {
    "rasterio": {"imagery", "maps", "scenes/survey.py"},
    "torch": {"tiles"},
    "torchvision": {"tiles"},
    "timm": {"tiles"},
    "huggingface_hub": {"tiles"},
    "keras": {"tiles"},
    "h5py": {"tiles"},
    "tensorboard": {"tiles"},
    "onnx": {"tiles"},
    "onnxruntime": {"tiles"},
    "safetensors": {"tiles"},
    "pyogrio": {"labels", "maps"},
    "shapely": {"imagery", "labels", "maps"},
    "pyproj": {"maps"},
    "pystac": set(),
    "ipyleaflet": {"maps"},
    "ipywidgets": {"maps"},
    "sklearn": {"pixels"},
    "skimage": {"pixels"},
    "imblearn": {"pixels"},
    "scipy": {"pixels"},
    "threadpoolctl": {"pixels", "execution"},
    "psutil": {"workflow"},
    "filelock": {"execution"},
    "matplotlib": {"reports"},
    "jinja2": {"reports"},
    "pyarrow": {"reports"},
    "PIL": {"execution", "imagery", "reports"},
    "dask": {"execution"},
    "distributed": {"execution"},
    "fsspec": {"execution"},
    "rich": {"cli"},
    "typer": {"cli"},
    "click": {"cli"},
    "pooch": {"samples.py", "tiles"},
    "requests": {"samples.py"},
}


def imported_modules(source: Path) -> Iterator[str]:
    """Yield every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: a relative import hides its direction"
            assert node.module is not None
            if node.module == "riverscape":
                yield from (f"riverscape.{alias.name}" for alias in node.names)
            else:
                yield node.module


def imports() -> list[tuple[str, str]]:
    """Return pairs of a file of ours, as a path in the package, and a module it imports."""
    return [
        (source.relative_to(PACKAGE).as_posix(), module)
        for source in sorted(PACKAGE.rglob("*.py"))
        for module in imported_modules(source)
    ]


def part_of(file: str) -> str:
    return file.split("/")[0].removesuffix(".py")


def inner_imports() -> set[tuple[str, str, str]]:
    """Return file, its part and the part it imports, of imports across parts."""
    found = set()
    for file, module in imports():
        if module.startswith("riverscape."):
            target = module.split(".")[1]
            if target != part_of(file):
                found.add((file, part_of(file), target))
    return found


def test_imports_point_downwards() -> None:
    wrong = {
        f"{file} imports {target}"
        for file, part, target in inner_imports()
        if target not in ALLOWED[part] | ANYWHERE
    }
    assert not wrong


def test_every_part_has_its_place_in_the_table() -> None:
    parts = {part_of(file) for file, _ in imports()} | {
        path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()
    }
    assert parts <= set(ALLOWED)


def test_the_table_itself_has_no_circle() -> None:
    placed: set[str] = set()
    parts = dict(ALLOWED)
    while parts:
        ready = {part for part, lower in parts.items() if lower <= placed}
        assert ready, f"a circle among {sorted(parts)}"
        placed |= ready
        parts = {part: lower for part, lower in parts.items() if part not in ready}


def test_phases_one_and_two_never_meet_but_in_the_workflow() -> None:
    targets: dict[str, set[str]] = {}
    for _, part, target in inner_imports():
        targets.setdefault(part, set()).add(target)
    both = {part for part, its in targets.items() if {"tiles", "pixels"} <= its}
    assert both == {"workflow", "settings"}


def test_imports_inside_functions_are_read_too() -> None:
    # The tests above would hold for any code if the reader overlooked late imports.
    assert ("execution/image.py", "execution", "reports") in inner_imports()
    assert ("cli/demo.py", "cli", "scenes") in inner_imports()


@pytest.mark.parametrize("package", HEAVY)
def test_heavy_packages_have_one_home(package: str) -> None:
    homes = HEAVY[package]
    users = {file for file, module in imports() if module.split(".")[0] == package}
    assert {file for file in users if file not in homes and part_of(file) not in homes} == set()


def loaded_after(code: str, folder: Path) -> set[str]:
    """Return the top-level packages that a fresh Python has loaded after running `code`."""
    tail = "; import json, sys; print('\\n' + json.dumps([m.split('.')[0] for m in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_riverscape_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = loaded_after("import riverscape; riverscape.__all__", tmp_path)
    assert "riverscape" in loaded
    assert not loaded & {"numpy", "torch", "matplotlib", "rasterio", "sklearn", "onnxruntime"}


def test_classifying_needs_no_pytorch(tmp_path: Path) -> None:
    write_survey(tmp_path, [River.from_name("Alder")], 1, height_px=60, width_px=70, seed=1)
    code = "import riverscape; print(riverscape.classify('Alder_0001.jpg').csc.codes.shape)"
    loaded = loaded_after(code, tmp_path)
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "matplotlib", "pandas", "scipy", "sklearn"}


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = loaded_after("from riverscape.cli import main; main(['--help'])", tmp_path)
    assert not loaded & {"numpy", "rasterio", "onnxruntime", "torch", "matplotlib", "pandas"}


def test_help_lists_every_verb() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "riverscape", "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    listed = set(re.findall(r"^\W*(\w+)  ", done.stdout, re.MULTILINE))
    assert {"demo", "classify", "assess", "train", "models", "data"} <= listed
