"""What `classify` leaves behind for one image, by the names that users of the method know."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from riverscape.errors import OutputError
from riverscape.maps.sidecar import sidecar_path, style_path
from riverscape.maps.stac import item_path
from riverscape.maps.stac_collection import COLLECTION_NAME
from riverscape.reports.figure_style import FIGURE_FORMATS
from riverscape.settings import Settings

__all__ = [
    "MODEL_START",
    "OUTPUT_STARTS",
    "PREVIEWS_NAME",
    "RECORD_NAME",
    "REPORT_NAME",
    "Products",
    "asked_layers",
    "derived_files",
    "plot_files",
    "remove_derived",
    "table_files",
]

RECORD_NAME = "run.json"
REPORT_NAME = "report.html"
PREVIEWS_NAME = "previews"
MODEL_START = "MODEL_"
_TABLE_NAMES = "compiled.csv", "compiled.parquet"
_PLOT_NAMES = tuple(f"PLOT_*.{kind}" for kind in FIGURE_FORMATS)
_PICTURES_NAME = "report-pictures"

_LAYER_PREFIXES = {"confidence": "CONF", "probabilities": "PROB", "uncertainty": "UNC"}
_PREFIXES = ("CLASS_CSC", "CLASS_CNN", "CNN", "CSC", "FIGURE", *_LAYER_PREFIXES.values())
OUTPUT_STARTS = (
    RECORD_NAME,
    "failures.csv",
    REPORT_NAME,
    COLLECTION_NAME,
    MODEL_START,
    *(f"{prefix}_" for prefix in _PREFIXES),
)
"""How the names of all outputs begin, whatever the image."""


def asked_layers(settings: Settings) -> tuple[str, ...]:
    """Return the names of the layers that the settings ask for.

    Examples
    --------
    >>> from riverscape.settings import make_settings
    >>> asked_layers(make_settings({"layers": {"uncertainty": True}}))
    ('uncertainty',)
    """
    return tuple(kind for kind, asked in settings.layers if asked)


def table_files(folder: Path) -> list[Path]:
    """Return where the compiled table goes, in each of its formats."""
    return [folder / name for name in _TABLE_NAMES]


def plot_files(folder: Path) -> list[Path]:
    """Return the plots that stand in a folder."""
    return [path for name in _PLOT_NAMES for path in sorted(folder.glob(name))]


def derived_files(folder: Path) -> list[Path]:
    """Return what stands in a folder that was made of all its maps: page, table and plots."""
    files = [folder / REPORT_NAME, *table_files(folder), *plot_files(folder)]
    return [path for path in [*files, folder / _PICTURES_NAME] if path.exists()]


def remove_derived(folder: Path) -> None:
    """Remove page, table and plots, which would speak of older maps.

    Raises
    ------
    OutputError
        If something cannot be removed.
    """
    for path in derived_files(folder):
        try:
            if path.name == _PICTURES_NAME and path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            message = f"{path} speaks of older maps and cannot be removed: {error.strerror}"
            raise OutputError(message) from error


@dataclass(frozen=True)
class Products:
    """The outputs of one image.

    Attributes
    ----------
    layers
        What is written beside the class maps, by its name in the settings.
    figure_formats
        How the figure is written, if there is to be one.

    Examples
    --------
    >>> products = Products(Path("maps"), "StMarg_31162", labelled=True, figures=True)
    >>> [path.name for path in products.files[:5]]  # doctest: +NORMALIZE_WHITESPACE
    ['CLASS_CSC_StMarg_31162.tif', 'CLASS_CNN_StMarg_31162.tif', 'CNN_StMarg_31162.csv',
     'CSC_StMarg_31162.csv', 'FIGURE_StMarg_31162.png']
    >>> [path.name for path in products.files[5:]]  # doctest: +NORMALIZE_WHITESPACE
    ['StMarg_31162_image.jpg', 'StMarg_31162_cnn.png', 'StMarg_31162_csc.png',
     'StMarg_31162_labels.png']
    """

    folder: Path
    name: str
    labelled: bool
    figures: bool
    layers: tuple[str, ...] = ()
    figure_formats: tuple[str, ...] = ("png",)

    @classmethod
    def every(cls, folder: Path, name: str) -> Self:
        """Return all outputs that any run makes for an image."""
        layers = tuple(_LAYER_PREFIXES)
        return cls(folder, name, True, True, layers, figure_formats=FIGURE_FORMATS)

    @property
    def csc_map(self) -> Path:
        """The CSC map."""
        return self.folder / f"CLASS_CSC_{self.name}.tif"

    @property
    def cnn_map(self) -> Path:
        """The CNN map of phase 1."""
        return self.folder / f"CLASS_CNN_{self.name}.tif"

    @property
    def cnn_scores(self) -> Path:
        """Scores of the CNN map."""
        return self.folder / f"CNN_{self.name}.csv"

    @property
    def csc_scores(self) -> Path:
        """Scores of the CSC map."""
        return self.folder / f"CSC_{self.name}.csv"

    @property
    def figure(self) -> Path:
        """The figure, in the first of its formats."""
        return self.figure_files[0]

    @property
    def figure_files(self) -> list[Path]:
        """The figure in each of its formats, whether there is to be one or not."""
        return [self.folder / f"FIGURE_{self.name}.{suffix}" for suffix in self.figure_formats]

    @property
    def item(self) -> Path:
        """The STAC Item, which is written when all images are done."""
        return item_path(self.csc_map)

    @property
    def previews(self) -> dict[str, Path]:
        """Small pictures for the report, by what they show."""
        kinds = {"image": ".jpg", "cnn": ".png", "csc": ".png"}
        if self.labelled:
            kinds["labels"] = ".png"
        if "confidence" in self.layers:
            kinds["confidence"] = ".png"
        folder = self.folder / PREVIEWS_NAME
        return {kind: folder / f"{self.name}_{kind}{suffix}" for kind, suffix in kinds.items()}

    @property
    def journal(self) -> Path:
        """Where a run keeps what it has done of an image that is not finished."""
        return self.folder / f".riverscape-{self.name}"

    def layer(self, kind: str) -> Path:
        """Return where a layer of that name goes: confidence, probabilities or uncertainty."""
        return self.folder / f"{_LAYER_PREFIXES[kind]}_{self.name}.tif"

    @property
    def files(self) -> list[Path]:
        """All outputs that this run makes for the image."""
        files = [self.csc_map, self.cnn_map]
        files += map(self.layer, self.layers)
        if self.labelled:
            files += [self.cnn_scores, self.csc_scores]
        if self.figures:
            files += [*self.figure_files, *self.previews.values()]
        return files

    @property
    def possible_files(self) -> list[Path]:
        """All outputs that any run makes for the image."""
        return [*self.every(self.folder, self.name).files, self.item]

    @property
    def begun(self) -> bool:
        """Whether a run that was broken off has kept something of the image."""
        return self.journal.is_dir()

    @property
    def whole(self) -> bool:
        """Whether every output stands."""
        return all(path.is_file() for path in self.files)

    def remove(self) -> None:
        """Remove everything that stands of this image."""
        for path in self.possible_files:
            _unlink(path)

    def remove_journal(self) -> None:
        """Remove what was kept while the image was worked on: it is finished."""
        shutil.rmtree(self.journal, ignore_errors=True)

    def clear_stale(self) -> None:
        """Remove what an earlier run left for this image and this run does not make."""
        for path in self.possible_files:
            if path not in self.files:
                _unlink(path)


def _unlink(path: Path) -> None:
    """Remove a file and what a GIS keeps beside it."""
    path.unlink(missing_ok=True)
    if path.suffix == ".tif":
        for beside in (sidecar_path(path), style_path(path)):
            beside.unlink(missing_ok=True)
