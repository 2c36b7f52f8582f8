"""riverscape: land-cover maps of rivers from photographs, by CNN-Supervised Classification.

Names load when first used, so that importing riverscape costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from riverscape._version import __version__

if TYPE_CHECKING:
    from riverscape.assessment import ConfusionMatrix
    from riverscape.errors import RiverscapeError
    from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
    from riverscape.maps import ClassMap
    from riverscape.models import bundled_models, load_model
    from riverscape.settings import Settings
    from riverscape.tiles import Model
    from riverscape.workflow import Classification, assess, classify

__all__ = [
    "PUBLISHED_CLASSES",
    "ClassMap",
    "ClassScheme",
    "Classification",
    "ConfusionMatrix",
    "LandCover",
    "Model",
    "RiverscapeError",
    "Settings",
    "__version__",
    "assess",
    "bundled_models",
    "classify",
    "load_model",
]

_HOMES = {
    "PUBLISHED_CLASSES": "labels",
    "ClassMap": "maps",
    "ClassScheme": "labels",
    "Classification": "workflow",
    "ConfusionMatrix": "assessment",
    "LandCover": "labels",
    "Model": "tiles",
    "RiverscapeError": "errors",
    "Settings": "settings",
    "assess": "workflow",
    "bundled_models": "models",
    "classify": "workflow",
    "load_model": "models",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        message = f"module 'riverscape' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"riverscape.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
