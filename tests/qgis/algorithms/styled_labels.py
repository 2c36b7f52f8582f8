# mypy: ignore-errors
"""Run by QGIS's Python: rasterize polygons in memory whose style names the classes.

python3 styled_labels.py IMAGE OUTPUT
"""

import sys

try:
    from qgis.core import (
        QgsApplication,
        QgsCategorizedSymbolRenderer,
        QgsFeature,
        QgsFillSymbol,
        QgsGeometry,
        QgsProject,
        QgsRendererCategory,
        QgsVectorLayer,
    )
    from qgis_session import Feedback, context, done, start
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None


def main(image: str, output: str) -> None:
    """Do it."""
    start()
    layer = QgsVectorLayer("Polygon?crs=EPSG:2949&field=cover:string", "bars été", "memory")
    feature = QgsFeature(layer.fields())
    ring = "307210 5354770, 307230 5354770, 307230 5354790, 307210 5354790, 307210 5354770"
    feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON(({ring}))"))
    feature.setAttribute("cover", "fine gravel")
    layer.dataProvider().addFeatures([feature])
    symbol = QgsFillSymbol.createSimple({"color": "#102030"})
    category = QgsRendererCategory("fine gravel", symbol, "gravel")
    layer.setRenderer(QgsCategorizedSymbolRenderer("cover", [category]))
    QgsProject.instance().addMapLayer(layer)
    feedback = Feedback()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(
        "riverscape:rasterizelabels"
    )
    asked = {"INPUT": image, "POLYGONS": layer, "CLASS_FIELD": "cover", "OUTPUT": output}
    results, _ = algorithm.run(asked, context(feedback), feedback)
    done({"results": results, "said": feedback.said})


if __name__ == "__main__":
    main(*sys.argv[1:])
