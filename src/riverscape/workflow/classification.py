"""From an image to its maps: the two phases, from top to bottom."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riverscape.errors import SettingsError
from riverscape.imagery import Source, image_name, open_raster
from riverscape.journal import MemoryJournal
from riverscape.labels import ClassScheme
from riverscape.maps import ClassMap
from riverscape.maps.html import legend_html, picture_html
from riverscape.models import DEFAULT_MODEL, load_model
from riverscape.pixels import Layers, check_pixel_settings
from riverscape.settings import Settings
from riverscape.tiles import Model, TileMap, tile_stride
from riverscape.workflow.device import note_device
from riverscape.workflow.image_maps import ImageMaps, map_image, seen_by
from riverscape.workflow.resources import Resources, bytes_per_px

__all__ = ["Classification", "check_settings", "classify"]


@dataclass(frozen=True, eq=False)
class Classification:
    """The maps of one image.

    Attributes
    ----------
    csc
        The CSC map, of phase 2.
    cnn
        The CNN map, of phase 1.
    tile_map
        The class probabilities that phase 1 gave each tile.
    layers
        How sure the CSC map is of each pixel, as far as the settings ask for it.
    seconds
        Time spent in each stage.
    notes
        What a user should know of this image.
    """

    name: str
    csc: ClassMap
    cnn: ClassMap
    tile_map: TileMap
    layers: Layers = field(default_factory=Layers)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Show both maps, their legend and what a user should know, in a notebook."""
        shown = "".join(
            f'<figure style="margin:0;flex:1 1 20em">{picture_html(class_map, caption)}'
            f"<figcaption>{caption}</figcaption></figure>"
            for caption, class_map in (("CSC map", self.csc), ("CNN map", self.cnn))
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'<h4>{escape(self.name)}</h4><div style="display:flex;flex-wrap:wrap;gap:1em">'
            f"{shown}</div>{legend_html(self.csc.scheme, self.csc.pixels())}{notes}"
        )

    def explore(self, image: Source | str | None = None, opacity: float = 0.7) -> Any:  # noqa: ANN401
        """Return the maps on an interactive map, ipyleaflet's `Map`, for a notebook.

        They lie on their place on Earth; without one they are shown in pixels.

        Parameters
        ----------
        image
            The image they were made of, to be shown beneath them.

        Raises
        ------
        MissingExtraError
            If ipyleaflet is not installed.
        InputError
            If the image cannot be read, or lies where no web map reaches.
        """
        from riverscape.maps.exploring import explore, map_overlay, photograph_overlay

        overlays = [map_overlay("CNN map", self.cnn), map_overlay("CSC map", self.csc)]
        if image is not None:
            with open_raster(image) as raster:
                overlays.insert(0, photograph_overlay(raster))
        legend = legend_html(self.csc.scheme, self.csc.pixels())
        return explore(overlays, legend, opacity)


def classify(
    image: Source | str,
    model: Model | Path | str = DEFAULT_MODEL,
    settings: Settings | None = None,
    threads: int | None = None,
) -> Classification:
    """Classify one image by CNN-Supervised Classification (Carbonneau et al. 2020).

    Parameters
    ----------
    model
        A model, the name of one that comes with riverscape, or the path of a bundle.
    threads
        Threads to work on; all processors by default. Their number does not change the maps.

    Raises
    ------
    InputError
        If the image cannot be read or does not fit the model.
    ModelError
        If the model cannot be used.
    SettingsError
        If there is no such pixel classifier or feature, or the tile stride leaves gaps.

    Examples
    --------
    >>> import tempfile
    >>> from riverscape.scenes import River, write_survey
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = write_survey(folder, [River.from_name("Alder")], 1, height_px=120, width_px=160, seed=0)
    >>> result = classify(folder / "Alder_0001.jpg")
    >>> result.csc.codes.shape, result.csc.codes.dtype
    ((120, 160), dtype('uint8'))
    """
    settings = settings or Settings()
    model = model if isinstance(model, Model) else load_model(model)
    model = model.on(settings.tiles.device)
    note_device(model)
    resources = Resources() if threads is None else Resources(threads)
    with open_raster(image, settings.image) as raster:
        raster = seen_by(model, raster, settings.image)
        side_px = resources.side_px(raster.shape, bytes_per_px(raster))
        maps = map_image(raster, model, settings, resources, MemoryJournal(), side_px)
        return _in_memory(image_name(image), maps, model.contract.scheme)


def _in_memory(name: str, maps: ImageMaps, scheme: ClassScheme) -> Classification:
    whole: dict[str, NDArray[np.uint8]] = {}
    for strip, bands_of in maps.strips():
        for kind, bands in bands_of.items():
            if kind not in whole:
                whole[kind] = np.empty((*bands.shape[:-2], *maps.own.shape), np.uint8)
            whole[kind][..., strip.rows, :] = bands
    csc, cnn = whole.pop("csc"), whole.pop("cnn")
    transform, crs = maps.own.transform, maps.own.crs
    return Classification(
        name,
        ClassMap(csc, scheme, transform, crs),
        ClassMap(cnn, scheme, transform, crs),
        maps.tile_map,
        Layers.of_bands(whole),
        maps.seconds,
        maps.notes,
    )


def check_settings(model: Model, settings: Settings) -> None:
    """Check, before any image is read, that the model can be used with these settings.

    Raises
    ------
    SettingsError
        If there is no such pixel classifier or feature, the tile stride leaves gaps, or the
        tile border leaves nothing.
    InputError
        If the model's bands are too few for a feature, or the features too many for the
        classifier.
    """
    check_pixel_settings(settings.pixels, settings.teaching, model.contract.bands)
    stride_px, border_px = tile_stride(model, settings.tiles), settings.teaching.tile_border_px
    if 2 * border_px >= stride_px:
        message = (
            f"a tile border of {border_px} px leaves nothing of blocks of {stride_px} px, one "
            "tile stride wide; take less than half of that"
        )
        raise SettingsError(message)
