# mypy: ignore-errors
"""Run by QGIS's Python: set layers up as users do; tell what the worker would be given of each.

python3 layer_settings.py IMAGE UNPLACED TILES_ADDRESS FOLDER
"""

import sys
from pathlib import Path
from typing import Any

try:
    from qgis.core import (
        QgsCategorizedSymbolRenderer,
        QgsCoordinateReferenceSystem,
        QgsFeature,
        QgsField,
        QgsFillSymbol,
        QgsGeometry,
        QgsProcessingFeatureSource,
        QgsProject,
        QgsRasterLayer,
        QgsRasterRange,
        QgsRendererCategory,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtCore import QVariant
    from qgis_session import Feedback, context, done, start
except ImportError:  # not QGIS's Python, which only collects this as a module
    start = None


def described(path: Path) -> dict[str, Any]:
    """Return what GDAL says of a file."""
    from osgeo import gdal, osr

    file = gdal.Open(str(path))
    srs = osr.SpatialReference(wkt=file.GetProjection()) if file.GetProjection() else None
    return {
        "suffix": path.suffix,
        "size": [file.RasterXSize, file.RasterYSize],
        "place": file.GetGeoTransform(can_return_null=True),
        "crs": srs and srs.GetAuthorityCode(None),
        "bands": file.RasterCount,
        "nodata": file.GetRasterBand(1).GetNoDataValue(),
        "flags": file.GetRasterBand(1).GetMaskFlags(),
        "mean": file.GetRasterBand(1).ComputeStatistics(False)[2],
    }


class Cases:
    """What comes of layers, by name."""

    def __init__(self, folder: Path) -> None:
        self.told: dict[str, Any] = {}
        self._folder, self._feedback = folder, Feedback()
        self._context = context(self._feedback)

    def add(self, name: str, layer: Any, area: Any = None, pixel_size: float = 0) -> None:
        """Tell what comes of a layer, or why nothing does."""
        from riverscape_qgis.image_files import as_file
        from riverscape_qgis.layers import LayerError, look_at
        from riverscape_qgis.models import ModelLook, band_words

        own = self._folder / name
        own.mkdir()
        try:
            look = look_at(layer)
            file = as_file(look, area, pixel_size, own, self._feedback, self._context)
        except LayerError as error:
            self.told[name] = {"error": str(error)}
            return
        model = ModelLook("colours", ("red", "green", "blue"), {})
        self.told[name] = {
            **described(file.path),
            "is_source": str(file.path) == layer.source(),
            "words": [*file.words, *band_words(look, model, [])],
            "at": str(file.path),
        }


def polygons() -> dict[str, Any]:
    """Return what is written of a layer in memory, edited, filtered, with one polygon selected."""
    from osgeo import ogr
    from riverscape_qgis.polygons import check_classes, write_polygons

    layer = QgsVectorLayer("Polygon?crs=EPSG:2949", "banks", "memory")
    layer.startEditing()
    layer.addAttribute(QgsField("cover", QVariant.String))
    for name in ("Water", "dry sediment", "", "paved road"):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"))
        feature.setAttribute("cover", name)
        layer.addFeature(feature)
    told = {}
    where = context(Feedback())
    for kind in ("edited", "filtered"):
        if kind == "filtered":
            layer.commitChanges()
            layer.setSubsetString("\"cover\" != 'paved road'")
        source = QgsProcessingFeatureSource(layer, where)
        check_classes(source, "cover", {1: "water", 2: "dry sediment", 5: "paved road"})
        path = write_polygons(source, "cover", Path(sys.argv[4], kind), where, source.sourceCrs())
        file = ogr.Open(str(path))
        told[kind] = [feature.GetField("cover") for feature in file.GetLayer(0)]
    return told


def styled() -> dict[str, Any]:
    """Return the classes of a layer that is styled by categories, by name and by code."""
    from riverscape_qgis.schemes import known_classes, scheme_words

    layer = QgsVectorLayer("Polygon?field=cover:string&field=code:integer", "bars", "memory")
    told = {}
    for field, values in (("cover", ("gravel", "sand")), ("code", (7, 9)), ("published", ("1",))):
        categories = [
            QgsRendererCategory(
                value, QgsFillSymbol.createSimple({"color": "#102030"}), f"a {value}"
            )
            for value in values
        ]
        layer.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
        folder = Path(sys.argv[4], f"classes_{field}")
        folder.mkdir()
        words = scheme_words("", layer, field, folder)
        told[field] = {
            "known": known_classes("", layer, field),
            "file": Path(words[1]).read_text() if words else None,
        }
    return told


def main(image: str, unplaced: str, tiles: str, folder: str) -> None:
    """Do it."""
    start()
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    cases = Cases(Path(folder))
    cases.add("plain", QgsRasterLayer(image, "plain"))

    shown = QgsRasterLayer(image, "shown")
    shown.renderer().setRedBand(3)
    shown.renderer().setBlueBand(1)
    cases.add("shown", shown)

    valued = QgsRasterLayer(image, "valued")
    for band in (1, 2, 3):
        valued.dataProvider().setUserNoDataValue(band, [QgsRasterRange(7, 7)])
    cases.add("valued", valued)

    spread = QgsRasterLayer(image, "spread")
    spread.dataProvider().setUserNoDataValue(1, [QgsRasterRange(7, 9)])
    cases.add("spread", spread)

    switched = QgsRasterLayer(image, "switched")
    for band in (1, 2, 3):
        switched.dataProvider().setUseSourceNoDataValue(band, False)
    cases.add("switched", switched)

    moved = QgsRasterLayer(image, "moved")
    moved.setCrs(QgsCoordinateReferenceSystem("EPSG:2950"))
    cases.add("moved", moved)

    photograph = QgsRasterLayer(unplaced, "photograph")
    photograph.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    cases.add("photograph", photograph)
    # QGIS shows such a photograph below 0.
    area = QgsGeometry.fromWkt("POLYGON((10 -30, 40 -30, 40 -10, 10 -10, 10 -30))")
    cases.add("photograph_part", photograph, area)
    triangle = QgsGeometry.fromWkt("POLYGON((10 -30, 40 -30, 10 -10, 10 -30))")
    cases.add("photograph_triangle", photograph, triangle)

    web = QgsRasterLayer(f"type=xyz&zmin=0&zmax=3&url={tiles}", "web", "wms")
    cases.add("web_endless", web)
    box = QgsGeometry.fromWkt("POLYGON((0 0, 5e6 0, 5e6 4e6, 0 4e6, 0 0))")
    cases.add("web_sizeless", web, box)
    cases.add("web_large", web, box, 1.0)
    cases.add("web", web, box, 50_000)

    broken = QgsRasterLayer(image + ".gone", "broken")
    cases.add("broken", broken)
    done({**cases.told, "polygons": polygons(), "styled": styled()})


if __name__ == "__main__":
    main(*sys.argv[1:])
