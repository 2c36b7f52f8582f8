# SPDX-License-Identifier: GPL-2.0-or-later
"""How results stand in the project: named, styled, in a group of their image, CSC map on top."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsColorRampShader,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt.QtGui import QColor

__all__ = ["Placing", "show_map"]

# What stands above what in a group.
_ORDER = ("change", "csc", "confidence", "cnn", "labels")
_PROPERTY = "riverscape/role"
# Per cent and colour: the unsure stands out, the sure is quiet; told apart without red and green.
_CONFIDENCE = ((0, "#7a0177"), (50, "#f768a1"), (75, "#fcc5c0"), (90, "#feebe2"), (100, "#ffffff"))


class Placing(QgsProcessingLayerPostProcessorInterface):
    """Names, styles and places a layer once QGIS has loaded it.

    Parameters
    ----------
    role
        What the layer is: csc, cnn, confidence, labels or change.
    """

    _kept: list[Placing] = []  # noqa: RUF012 - QGIS keeps a pointer alone

    def __init__(self, name: str, group: str, role: str) -> None:
        super().__init__()
        self._name, self._group, self._role = name, group, role
        Placing._kept.append(self)

    def postProcessLayer(self, layer: Any, context: Any, _feedback: Any) -> None:
        """Do it; called by QGIS in its main thread."""
        layer.setName(self._name)
        layer.setCustomProperty(_PROPERTY, self._role)
        if self._role == "confidence" and isinstance(layer, QgsRasterLayer):
            _style_confidence(layer)
        else:
            layer.loadDefaultStyle()  # Processing opens rasters without the style beside them
        _place(context.project() or QgsProject.instance(), layer, self._group, self._role)
        layer.triggerRepaint()


def show_map(context: Any, path: str, name: str, group: str, role: str) -> None:
    """Say how a map is to stand in the project, if QGIS is to load it at all."""
    if not context.willLoadLayerOnCompletion(path):
        return
    details = context.layerToLoadOnCompletionDetails(path)
    details.name = name
    details.forceName = True
    details.setPostProcessor(Placing(name, group, role))
    context.addLayerToLoadOnCompletion(path, details)


def _style_confidence(layer: Any) -> None:
    """Show per cent from violet to white, with a legend of five steps."""
    ramp = QgsColorRampShader(0, 100)
    ramp.setColorRampType(QgsColorRampShader.Interpolated)
    ramp.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(value, QColor(colour), f"{value} %")
            for value, colour in _CONFIDENCE
        ]
    )
    shader = QgsRasterShader()
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(0)
    renderer.setClassificationMax(100)
    layer.setRenderer(renderer)


def _place(project: Any, layer: Any, group_name: str, role: str) -> None:
    """Move a layer into its group: each below those that stand above it by their role."""
    root = project.layerTreeRoot()
    group = root.findGroup(group_name)
    if group is None:
        group = root.insertGroup(0, group_name)
    old = root.findLayer(layer.id())
    group.insertLayer(_row(group, role, layer.id()), layer)
    if old is not None:
        old.parent().removeChildNode(old)
    if role in ("cnn", "confidence"):
        # Beneath the CSC map or over the image they would hide what is to be seen first.
        node = group.findLayer(layer.id())
        node.setItemVisibilityChecked(role == "cnn")
        node.setExpanded(False)


def _row(group: Any, role: str, own_id: str) -> int:
    """Return the row of a group that a layer belongs to.

    QGIS may have put the layer somewhere into the group already: where that is tells nothing.
    """
    order = _ORDER.index(role)
    nodes = group.children()
    for row, node in enumerate(nodes):
        layer = node.layer() if hasattr(node, "layer") else None
        if layer is None or layer.id() == own_id:
            continue
        theirs = layer.customProperty(_PROPERTY)
        if theirs not in _ORDER or _ORDER.index(theirs) >= order:
            return row
    return len(nodes)
