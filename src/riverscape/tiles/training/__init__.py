"""Training a network on a tile set. Needs PyTorch."""

from riverscape.tiles.training.beginning import begin_network
from riverscape.tiles.training.evaluation import tile_probabilities
from riverscape.tiles.training.loop import Course, fit_network
from riverscape.tiles.training.stopping import TrainingStoppedError
from riverscape.tiles.training.team import Team, join_team

__all__ = [
    "Course",
    "Team",
    "TrainingStoppedError",
    "begin_network",
    "fit_network",
    "join_team",
    "tile_probabilities",
]
