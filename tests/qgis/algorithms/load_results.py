# mypy: ignore-errors
"""Run by QGIS's Python: classify a layer, load the results as QGIS does, tell what stands there.

python3 load_results.py IMAGE REFERENCE FOLDER
"""

import sys
from typing import Any

try:
    from qgis.core import (
        QgsApplication,
        QgsCoordinateReferenceSystem,
        QgsProcessingOutputLayerDefinition,
        QgsProject,
        QgsRasterLayer,
    )
    from qgis_session import Feedback, context, done, start
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None


def told_of(node: Any) -> dict[str, Any]:
    """Return what a layer of the tree is."""
    layer = node.layer()
    renderer = layer.renderer()
    classes = renderer.classes() if renderer.type() == "paletted" else []
    return {
        "name": layer.name(),
        "renderer": renderer.type(),
        "legend": [[one.value, one.label, one.color.name()] for one in classes]
        or [text for text, _ in renderer.legendSymbologyItems()],
        "crs": layer.crs().authid(),
        "extent": layer.extent().toString(3),
        "visible": node.isVisible(),
        "table": bool(layer.dataProvider().bandCount()) and attribute_table(layer.source()),
    }


def attribute_table(path: str) -> list[str]:
    """Return names of the columns of the raster attribute table."""
    from osgeo import gdal

    file = gdal.Open(path)  # which must outlive its table
    table = file.GetRasterBand(1).GetDefaultRAT()
    return [table.GetNameOfCol(at) for at in range(table.GetColumnCount())] if table else []


def order_after_moving_up(root: Any, name: str, where: Any) -> list[str]:
    """Return the order once a layer that QGIS had put on top of the group is placed anew."""
    from riverscape_qgis.results import Placing

    (group,) = root.findGroups()
    node = next(one for one in group.findLayers() if one.name() == name)
    layer = node.layer()
    group.insertLayer(0, layer)
    group.removeChildNode(node)
    role = layer.customProperty("riverscape/role")
    Placing(name, group.name(), role).postProcessLayer(layer, where, None)
    return [one.name() for one in group.findLayers()]


def main(image: str, reference: str, folder: str) -> None:
    """Do it."""
    start()
    from processing.gui.Postprocessing import handleAlgorithmResults

    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))  # which places nothing
    layer = QgsRasterLayer(image, "River Alder, 2024")
    project.addMapLayer(layer)
    feedback = Feedback()
    where = context(feedback)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("riverscape:classify")
    outputs = {
        name: QgsProcessingOutputLayerDefinition(f"{folder}/{name}.tif", project)
        for name in ("OUTPUT", "CNN_MAP", "CONFIDENCE")
    }
    parameters = {"INPUT": layer, "REFERENCE": reference, **outputs}
    fine, message = algorithm.checkParameterValues(parameters, where)
    results, ran = algorithm.run(parameters, where, feedback) if fine else ({}, False)
    loaded = ran and handleAlgorithmResults(algorithm, where, feedback, parameters=parameters)
    root = project.layerTreeRoot()
    order = [node.name() for group in root.findGroups() for node in group.findLayers()]
    done(
        {
            "message": message,
            "loaded": loaded,
            "said": feedback.said,
            "groups": [group.name() for group in root.findGroups()],
            "layers": [told_of(node) for group in root.findGroups() for node in group.findLayers()],
            "shuffled": order_after_moving_up(root, order[-1], where),
            "count": len(project.mapLayers()),
            "outputs": sorted(results),
            "numpy": "numpy" in sys.modules,
        }
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
