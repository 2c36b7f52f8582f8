# mypy: ignore-errors
"""Run by QGIS's Python: our algorithms in a model, and in the window of batch mode.

python3 model_and_batch.py model IMAGE MAP.tif TABLE.csv
python3 model_and_batch.py batch FOLDER IMAGE IMAGE ...
python3 model_and_batch.py cancel FOLDER IMAGE IMAGE ...
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

try:
    from qgis.core import (
        QgsApplication,
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelOutput,
        QgsProcessingModelParameter,
        QgsProcessingParameterRasterLayer,
        QgsProject,
    )
    from qgis.PyQt.QtCore import QTimer
    from qgis.PyQt.QtWidgets import QFileDialog
    from qgis_session import Feedback, context, done, start
except ImportError:  # not QGIS's Python, which only collects this as a module
    QgsApplication = None

_LOOK_MS = 100


def step(algorithm: str, parameters: dict[str, Any], output: str) -> Any:
    """Return a step of a model, of which one output is the model's."""
    child = QgsProcessingModelChildAlgorithm(f"riverscape:{algorithm}")
    child.setChildId(algorithm)
    for name, source in parameters.items():
        child.addParameterSources(name, [source])
    kept = QgsProcessingModelOutput(output, output)
    kept.setChildId(algorithm)
    kept.setChildOutputName(output)
    child.setModelOutputs({output: kept})
    return child


def model_of_two() -> Any:
    """Return a model that maps an image and measures the map."""
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("river", "rivers")
    model.addModelParameter(
        QgsProcessingParameterRasterLayer("image", "Image"), QgsProcessingModelParameter("image")
    )
    classified = {
        "INPUT": source.fromModelParameter("image"),
        "PIXEL_CLASSIFIER": source.fromStaticValue("gaussian"),
    }
    model.addChildAlgorithm(step("classify", classified, "OUTPUT"))
    measured = {"INPUT": source.fromChildOutput("classify", "OUTPUT")}
    model.addChildAlgorithm(step("classareas", measured, "TABLE"))
    return model


def run_model(image: str, out: str, table: str) -> dict[str, Any]:
    """Run the model, kept as a file and read again as the model designer does."""
    file = str(Path(out).with_suffix(".model3"))
    assert model_of_two().toFile(file)
    model = QgsProcessingModelAlgorithm()
    assert model.fromFile(file)
    feedback = Feedback()
    where = context(feedback)
    told = {}
    for name, output in (("refused", image), ("ran", out)):
        asked = {"image": image, "classify:OUTPUT": output, "classareas:TABLE": table}
        results, ran = model.run(asked, where, feedback)
        told[name] = {"ran": ran, "results": results}
    return {**told, "said": feedback.said, "names": [one.name() for one in
            model.destinationParameterDefinitions()]}  # fmt: skip


def open_batch(folder: str, images: tuple[str, ...], **more: str) -> Any:
    """Return the window of batch mode with a row for each image, read from a file as users do."""
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    rows = [
        {
            "PARAMETERS": {"INPUT": repr(image)},
            "OUTPUTS": {"OUTPUT": repr(f"{folder}/{Path(image).stem}_map.tif"), **more},
        }
        for image in images
    ]
    file = Path(folder, "rows.json")
    file.write_text(json.dumps(rows))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("riverscape:classify")
    dialog = BatchAlgorithmDialog(algorithm)
    QFileDialog.getOpenFileName = staticmethod(lambda *_: (str(file), ""))
    dialog.mainWidget().load()
    dialog.mainWidget().checkLoadLayersOnCompletion.setChecked(True)
    return dialog


def run_batch(folder: str, *images: str) -> dict[str, Any]:
    """Run all rows and load what comes of them."""
    dialog = open_batch(folder, images)
    dialog.runAlgorithm()
    project = QgsProject.instance()
    groups = project.layerTreeRoot().findGroups()
    return {
        "log": dialog.log() if hasattr(dialog, "log") else "",
        "groups": sorted(group.name() for group in groups),
        "layers": sorted(layer.name() for layer in project.mapLayers().values()),
    }


def cancel_batch(folder: str, *images: str) -> dict[str, Any]:
    """Press Cancel midway in the first row: the window must hear of it."""
    dialog = open_batch(folder, images)
    pressed: list[float] = []

    def press() -> None:
        if not pressed and any(Path(folder).glob(".riverscape-*/out/run.json")):
            pressed.append(time.monotonic())
            dialog.cancelButton().click()

    look = QTimer()
    look.timeout.connect(press)
    look.start(_LOOK_MS)
    dialog.runAlgorithm()
    return {
        "seconds": time.monotonic() - max(pressed, default=0.0),
        "pressed": len(pressed),
        "left": [path.name for path in Path(folder).iterdir()],
    }


def main(what: str, *words: str) -> None:
    """Do it."""
    start()
    done({"model": run_model, "batch": run_batch, "cancel": cancel_batch}[what](*words))


if __name__ == "__main__":
    main(*sys.argv[1:])
