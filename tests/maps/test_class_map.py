"""Class maps: what a GIS reads from them."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from riverscape.errors import InputError, OutputError
from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.maps import ClassMap, read_class_map, read_scheme


def _map(height_px: int = 40, width_px: int = 60) -> ClassMap:
    codes = np.random.default_rng(0).integers(0, 6, (height_px, width_px)).astype(np.uint8)
    return ClassMap(
        codes, PUBLISHED_CLASSES, from_origin(300_000, 5_300_000, 0.1, 0.1), CRS.from_epsg(32619)
    )


def test_saved_and_read_is_the_same(tmp_path: Path) -> None:
    class_map = _map()
    again = read_class_map(class_map.save(tmp_path / "map.tif"), PUBLISHED_CLASSES)
    assert np.array_equal(again.codes, class_map.codes)
    assert again.transform == class_map.transform
    assert again.crs == class_map.crs


@pytest.mark.parametrize("size", [(40, 60), (700, 900), (1, 1)])
def test_the_file_opens_coloured_named_and_with_nodata(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = _map(*size).save(tmp_path / "map.tif")
    with rasterio.open(path) as file:
        assert file.dtypes == ("uint8",)
        assert file.nodata == 0
        assert file.colorinterp == (ColorInterp.palette,)
        colours = file.colormap(1)
        assert all(colours[cover.code][:3] == cover.rgb for cover in PUBLISHED_CLASSES)
        assert colours[0][3] == 0
        assert file.compression.name == "deflate"
        assert file.descriptions == ("land cover",)
    categories = ElementTree.parse(f"{path}.aux.xml").findall(".//CategoryNames/Category")
    assert [category.text for category in categories] == [None, *PUBLISHED_CLASSES.names]


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (_map().save(tmp_path / name).read_bytes() for name in ("a.tif", "b.tif"))
    assert first == second


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        _map().save(tmp_path / "maps" / "map.tif")


def test_maps_check_themselves() -> None:
    with pytest.raises(ValueError, match=r"uint8 \(row, col\)"):
        ClassMap(np.zeros((2, 2), np.int64), PUBLISHED_CLASSES)
    with pytest.raises(ValueError, match=r"outside the classes: \[9\]"):
        ClassMap(np.full((2, 2), 9, np.uint8), PUBLISHED_CLASSES)


def test_reading_a_map_of_other_classes_names_them(tmp_path: Path) -> None:
    path = _map().save(tmp_path / "map.tif")
    two = ClassScheme((LandCover(1, "water", "#0000ff"), LandCover(2, "land", "#00ff00")))
    with pytest.raises(InputError, match="codes outside the classes: 3, 4, 5"):
        read_class_map(path, two)


def test_a_notebook_shows_the_map_and_escapes_names() -> None:
    scheme = ClassScheme((LandCover(1, "<b>water</b>", "#0000ff"),))
    html = ClassMap(np.ones((9, 9), np.uint8), scheme)._repr_html_()
    assert "data:image/png;base64," in html
    assert "&lt;b&gt;water&lt;/b&gt; 100.0 %" in html
    assert "<b>" not in html


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are those of Unix")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files fails a write as a full disk does."""
    program = (
        "import resource, signal, sys\n"
        "import numpy as np\n"
        "from riverscape import PUBLISHED_CLASSES, ClassMap, RiverscapeError\n"
        "codes = np.random.default_rng(0).integers(1, 6, (600, 600)).astype(np.uint8)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    ClassMap(codes, PUBLISHED_CLASSES).save(sys.argv[1])\n"
        "except RiverscapeError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "map.tif")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "map.tif cannot be written: File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_map_brings_its_own_classes(tmp_path: Path) -> None:
    scheme = ClassScheme((LandCover(1, "sea", "#0000ff"), LandCover(3, "wood & scrub", "#00ff00")))
    path = ClassMap(np.array([[1, 3]], np.uint8), scheme).save(tmp_path / "map.tif")
    assert read_scheme(path) == scheme
    Path(f"{path}.aux.xml").unlink()
    assert read_scheme(path) is None


def test_a_map_without_georeference_is_read_without_a_word(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = ClassMap(np.ones((9, 9), np.uint8), PUBLISHED_CLASSES).save(tmp_path / "map.tif")
    assert read_scheme(path) == PUBLISHED_CLASSES
    assert not recwarn.list
