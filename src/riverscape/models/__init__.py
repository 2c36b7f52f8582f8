"""Models that come with the package."""

from pathlib import Path

from riverscape.errors import ModelError
from riverscape.tiles import Model

__all__ = ["DEFAULT_MODEL", "bundle_path", "bundled_models", "load_model"]

DEFAULT_MODEL = "ste-marguerite"


def bundled_models() -> list[str]:
    """Return the names of the models that come with the package.

    Examples
    --------
    >>> bundled_models()
    ['ste-marguerite']
    """
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/model.json"))


def load_model(name: Path | str = DEFAULT_MODEL) -> Model:
    """Load a model that comes with the package by name, or any model bundle by path.

    Raises
    ------
    ModelError
        If there is no such model, or it cannot be used.

    Examples
    --------
    >>> load_model("ste-marguerite").contract.tile_px
    50
    """
    return Model.load(bundle_path(name))


def bundle_path(name: Path | str) -> Path:
    """Return where a model lies: one that comes with the package by name, or any by path.

    Raises
    ------
    ModelError
        If there is no such model.

    Examples
    --------
    >>> bundle_path("ste-marguerite").name
    'ste-marguerite'
    """
    if str(name) in bundled_models():
        return Path(__file__).parent / str(name)
    if not Path(name).exists():
        message = (
            f"no model called {str(name)!r}: it is neither a model bundle on disk nor one that "
            f"comes with riverscape ({', '.join(bundled_models())})"
        )
        raise ModelError(message)
    return Path(name)
