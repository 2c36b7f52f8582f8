# mypy: ignore-errors
"""Run by QGIS's own Python: tell what QGIS makes of a map, and draw it as QGIS does.

python3 qgis_layer.py MAP.tif PICTURE.png
"""

import json
import os
import sys
from typing import Any

try:
    from qgis.core import (
        QgsApplication,
        QgsLayerTree,
        QgsLayerTreeModel,
        QgsLegendRenderer,
        QgsLegendSettings,
        QgsMapRendererParallelJob,
        QgsMapSettings,
        QgsProject,
        QgsRasterLayer,
    )
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor, QImage, QPainter
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None

WIDTH, HEIGHT, LEGEND, LEGEND_SCALE = 900, 640, 280, 1.5


def picture(layer: Any) -> Any:
    """Return the layer and, beside it, QGIS's legend of it."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = QImage(WIDTH + LEGEND, HEIGHT, QImage.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.drawImage(LEGEND, 0, job.renderedImage())
    tree = QgsLayerTree()
    tree.addLayer(layer)
    model = QgsLayerTreeModel(tree)
    legend = QgsLegendRenderer(model, QgsLegendSettings())
    painter.save()
    painter.scale(LEGEND_SCALE, LEGEND_SCALE)
    legend.drawLegend(painter)
    painter.restore()
    painter.end()
    return image


def main(path: str, picture_path: str) -> None:
    """Print what QGIS says of the layer as JSON."""
    app = QgsApplication([], True)  # fonts of the legend need its windows
    app.initQgis()
    layer = QgsRasterLayer(path, "land cover")
    QgsProject.instance().addMapLayer(layer)
    renderer = layer.renderer()
    told = {
        "valid": layer.isValid(),
        "renderer": renderer.type(),
        "classes": [[entry.value, entry.label, entry.color.name()] for entry in renderer.classes()],
        "crs": layer.crs().authid(),
        "extent": [
            layer.extent().xMinimum(), layer.extent().yMinimum(),
            layer.extent().xMaximum(), layer.extent().yMaximum(),
        ],
        "no_data": layer.dataProvider().sourceNoDataValue(1),
        "drawn": picture(layer).save(picture_path),
    }  # fmt: skip
    print(json.dumps(told), flush=True)  # noqa: T201
    os._exit(0)  # QGIS crashes when its objects are taken down in another order than its own


if __name__ == "__main__":
    main(*sys.argv[1:])
