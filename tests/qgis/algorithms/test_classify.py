"""`riverscape:classify` in a real QGIS: the command line's own maps, on the layer's grid."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS

pytestmark = [pytest.mark.qgis, pytest.mark.slow]

Process = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]

# Columns and rows from 100 to 300 of the site, half a pixel more to the left.
EXTENT = "307209.95,307230,5354770,5354790 [EPSG:2949]"
INSIDE = (slice(100, 300), slice(99, 300))


def codes_of(path: Path) -> NDArray[np.uint8]:
    with rasterio.open(path) as file:
        return np.asarray(file.read(1))


def nothing_hidden(folder: Path) -> bool:
    return not any(path.name.startswith(".") for path in folder.iterdir())


def test_the_maps_are_those_of_the_command_line(
    process: Process, run: Run, site: Any, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    asked = {
        "OUTPUT": out / "csc.tif", "CNN_MAP": out / "cnn.tif", "CONFIDENCE": out / "conf.tif",
        "SCORES": out / "scores.csv",
    }  # fmt: skip
    ran = process("classify", INPUT=site.image, REFERENCE=site.labels, **asked)
    assert ran.status == 0, ran.text
    own = tmp_path / "own"
    words = ("--confidence", "--no-figures", "--labels", site.labels)
    assert run("classify", site.image, "--out", own, *words)[0] == 0
    for name, twin in (("csc", "CLASS_CSC"), ("cnn", "CLASS_CNN"), ("conf", "CONF")):
        assert (out / f"{name}.tif").read_bytes() == (own / f"{twin}_Alder.tif").read_bytes()
    for suffix in (".qml", ".tif.aux.xml"):
        beside, theirs = out / f"csc{suffix}", own / f"CLASS_CSC_Alder{suffix}"
        assert beside.read_bytes() == theirs.read_bytes()
    with rasterio.open(site.image) as image, rasterio.open(out / "csc.tif") as made:
        assert (made.shape, made.transform, made.crs) == (image.shape, image.transform, image.crs)
    assert ran.results["OUTPUT"] == str(out / "csc.tif")
    assert 0.8 < ran.results["F1_CNN"] < ran.results["F1_CSC"] < 1
    assert ran.results["COMMAND"].startswith(f"riverscape classify {site.image} --out {out}/csc")
    rows = (out / "scores.csv").read_text().splitlines()
    assert rows[0] == "map,class,precision,recall,f1_score,support"
    assert {row.split(",")[0] for row in rows[1:]} == {"CNN", "CSC"}
    assert nothing_hidden(out)


def test_an_extent_leaves_the_pixels_that_it_touches(
    process: Process, run: Run, site: Any, tmp_path: Path
) -> None:
    ran = process("classify", INPUT=site.image, EXTENT=EXTENT, OUTPUT=tmp_path / "part.tif")
    assert ran.status == 0, ran.text
    window = rasterio.windows.Window.from_slices(*INSIDE)
    with rasterio.open(site.image) as image, rasterio.open(tmp_path / "part.tif") as part:
        assert part.shape == (200, 201)
        assert part.transform == image.window_transform(window)
        profile = {**image.profile, "height": 200, "width": 201, "transform": part.transform}
        with rasterio.open(tmp_path / "cut.tif", "w", **profile) as cut:
            cut.write(image.read(window=window))
    assert run("classify", tmp_path / "cut.tif", "--out", tmp_path / "own")[0] == 0
    twin = tmp_path / "own" / "CLASS_CSC_cut.tif"
    assert (codes_of(tmp_path / "part.tif") == codes_of(twin)).all()


@pytest.fixture
def triangle(tmp_path: Path) -> Path:
    """Return polygons, in degrees: the half of a square of the site left of its diagonal."""
    pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    import shapely
    from rasterio.warp import transform_geom

    left, bottom, right, top = 307_210, 5_354_770, 307_230, 5_354_790
    shape = shapely.Polygon([(left, bottom), (right, bottom), (left, top)]).segmentize(0.5)
    crs = CRS.from_epsg(4326)
    there = transform_geom(CRS.from_epsg(2949), crs, shapely.geometry.mapping(shape))
    path = tmp_path / "triangle.gpkg"
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(shapely.geometry.shape(there))]), [np.array([1])], ["id"],
        geometry_type="Polygon", crs=crs.to_wkt(), driver="GPKG",
    )  # fmt: skip
    return path


def test_a_polygon_leaves_the_pixels_with_their_centre_inside(
    process: Process, site: Any, triangle: Path, tmp_path: Path
) -> None:
    out = tmp_path / "part.tif"
    ran = process("classify", INPUT=site.image, MASK=triangle, REFERENCE=site.labels, OUTPUT=out)
    assert ran.status == 0, ran.text
    codes = codes_of(out)
    rows, columns = np.indices((200, 200)) + 0.5
    # Degrees and back move the diagonal by less than a tenth of a pixel.
    inside, outside = rows > columns + 0.1, rows < columns - 0.1
    assert (codes[-200:, :200][outside] == 0).all()
    assert (codes[-200:, :200][inside] > 0).all()
    assert max(codes.shape) <= 202
    # What is not mapped is no mistake.
    assert ran.results["F1_CSC"] > 0.9


def test_polygons_score_as_the_raster_of_them_does(
    process: Process, site: Any, tmp_path: Path
) -> None:
    pyogrio = pytest.importorskip("pyogrio", reason="polygons need the extra `vector`")
    import shapely
    from rasterio.features import shapes

    with rasterio.open(site.labels) as file:
        found = [*shapes(site.codes, transform=file.transform)]
    outlines = np.array([shapely.to_wkb(shapely.geometry.shape(one)) for one, _ in found])
    codes = np.array([int(code) for _, code in found])
    pyogrio.raw.write(
        tmp_path / "drawn.gpkg", outlines, [codes], ["code"], geometry_type="Polygon",
        crs=CRS.from_epsg(2949).to_wkt(), driver="GPKG",
    )  # fmt: skip
    scores: list[tuple[float, float]] = []
    for words in (
        {"REFERENCE": site.labels},
        {"REFERENCE": tmp_path / "drawn.gpkg", "CLASS_FIELD": "code"},
    ):
        out = tmp_path / f"map{len(scores)}.tif"
        ran = process("classify", INPUT=site.image, OUTPUT=out, EXTENT=EXTENT, **words)
        assert ran.status == 0, ran.text
        scores.append((ran.results["F1_CNN"], ran.results["F1_CSC"]))
    assert scores[0] == scores[1]


def test_options_reach_the_worker(process: Process, site: Any, tmp_path: Path) -> None:
    ran = process(
        "classify", INPUT=site.image, OUTPUT=tmp_path / "map.tif", PIXEL_CLASSIFIER="kde",
        BANDS="3;2;1", DESPECKLE=20, SMOOTHING_RADIUS=2,
    )  # fmt: skip
    assert ran.status == 0, ran.text
    for words in (
        "--bands 3,2,1", "--pixel-classifier kde", "--despeckle 20", "--smoothing-radius 2",
    ):  # fmt: skip
        assert words in ran.results["COMMAND"]
