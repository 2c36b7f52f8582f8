"""Phase 1: a network, trained once on labelled surveys, says what each tile of an image holds.

Training needs PyTorch and lives in `riverscape.tiles.training`, which is imported only to train.
"""

from riverscape.tiles.bundle import Model
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.cutting import cut_tiles
from riverscape.tiles.epochs import Epoch, Oversight
from riverscape.tiles.prediction import (
    label_tiles,
    label_window,
    tile_grid,
    tile_reach,
    tile_stride,
    tile_windows,
)
from riverscape.tiles.session import Device
from riverscape.tiles.settings import PredictionSettings, TileSetSettings, TrainingSettings
from riverscape.tiles.tile_map import TileMap
from riverscape.tiles.tile_set import TileSet

__all__ = [
    "Device",
    "Epoch",
    "Model",
    "ModelContract",
    "Oversight",
    "PredictionSettings",
    "TileMap",
    "TileSet",
    "TileSetSettings",
    "TrainingSettings",
    "cut_tiles",
    "label_tiles",
    "label_window",
    "tile_grid",
    "tile_reach",
    "tile_stride",
    "tile_windows",
]
