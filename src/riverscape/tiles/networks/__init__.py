"""The networks of phase 1: the compact CNN, timm's backbones and NASNet-A. Needs PyTorch."""

from riverscape.tiles.networks.compact import CompactCNN
from riverscape.tiles.networks.network import Network

__all__ = ["CompactCNN", "Network"]
