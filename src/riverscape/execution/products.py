"""What `classify` leaves behind for one image, by the names that users of the method know."""

from dataclasses import dataclass, replace
from pathlib import Path

from riverscape.maps.sidecar import sidecar_path

__all__ = ["RECORD_NAME", "Products"]

RECORD_NAME = "run.json"


@dataclass(frozen=True)
class Products:
    """The outputs of one image.

    Examples
    --------
    >>> products = Products(Path("maps"), "StMarg_31162", labelled=True, figures=True)
    >>> [path.name for path in products.files]  # doctest: +NORMALIZE_WHITESPACE
    ['CLASS_CSC_StMarg_31162.tif', 'CLASS_CNN_StMarg_31162.tif', 'CNN_StMarg_31162.csv',
     'CSC_StMarg_31162.csv', 'FIGURE_StMarg_31162.png']
    """

    folder: Path
    name: str
    labelled: bool
    figures: bool

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
        """The figure."""
        return self.folder / f"FIGURE_{self.name}.png"

    @property
    def files(self) -> list[Path]:
        """All outputs that this run makes for the image."""
        files = [self.csc_map, self.cnn_map]
        if self.labelled:
            files += [self.cnn_scores, self.csc_scores]
        if self.figures:
            files.append(self.figure)
        return files

    @property
    def possible_files(self) -> list[Path]:
        """All outputs that any run makes for the image."""
        return replace(self, labelled=True, figures=True).files

    @property
    def whole(self) -> bool:
        """Whether every output stands."""
        return all(path.is_file() for path in self.files)

    def remove(self) -> None:
        """Remove everything that stands of this image."""
        for path in self.possible_files:
            path.unlink(missing_ok=True)
            sidecar_path(path).unlink(missing_ok=True)

    def clear_stale(self) -> None:
        """Remove what an earlier run left for this image and this run does not make."""
        for path in self.possible_files:
            if path not in self.files:
                path.unlink(missing_ok=True)
