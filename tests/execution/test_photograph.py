"""The image in the figure is what the model sees, and no figure costs the maps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from riverscape.errors import OutputError
from riverscape.execution import classify_survey
from riverscape.execution.photograph import photograph
from riverscape.imagery import Raster, open_raster
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage
from riverscape.labels.palettes import Palette
from riverscape.maps import ClassMap
from riverscape.models import load_model
from riverscape.reports.figure import FigureParts, draw_figure
from riverscape.settings import make_settings
from riverscape.tiles import ModelContract
from tests.multiband import write_image

SHAPE = (40, 60)


def contract_of(bands: int, **levels: Any) -> ModelContract:
    """Return the contract of a model that wants so many bands."""
    contract = load_model("ste-marguerite").contract
    names = tuple(f"b{number}" for number in range(bands))
    one, none = (1.0,) * bands, (0.0,) * bands
    update = {"bands": names, "scale": one, "offset": none, **levels}
    return contract.model_copy(update=update)


def small_map() -> ClassMap:
    """Return a map at half the size, without data in the upper half."""
    codes = np.ones((20, 30), np.uint8)
    codes[:10] = 0
    return ClassMap(codes, PUBLISHED_CLASSES)


@pytest.mark.parametrize(("bands", "shown"), [(1, (0, 0, 0)), (2, (0, 0, 0)), (4, (0, 1, 2)),
                                             (12, (0, 1, 2))])  # fmt: skip
def test_the_first_three_bands_are_shown_or_the_only_one(
    tmp_path: Path, bands: int, shown: tuple[int, ...]
) -> None:
    pixels = np.arange(10, 10 * bands + 10, 10, dtype=np.uint8)
    path = write_image(tmp_path / "a.tif", np.broadcast_to(pixels[:, None, None], (bands, *SHAPE)))
    with open_raster(path) as raster:
        picture = photograph(raster, contract_of(bands), None, small_map())
    assert picture.dtype == np.uint8
    assert picture.shape == (*SHAPE, 3)
    np.testing.assert_array_equal(picture[-1, -1], pixels[list(shown)])
    assert not picture[:20].any()
    assert picture[20:].all()


def test_wide_pixels_are_shown_by_the_models_levels_or_those_stated(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", np.full((3, *SHAPE), 1000, np.uint16))
    model = contract_of(3, dtype="uint16", low=(0.0,) * 3, high=(4000.0,) * 3)
    with open_raster(path) as raster:
        assert photograph(raster, model, None, small_map())[-1, -1].tolist() == [64] * 3
        assert photograph(raster, model, (0, 2000), small_map())[-1, -1].tolist() == [128] * 3


def test_a_large_image_is_reduced(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", np.full((3, 1000, 2000), 9, np.uint8))
    with open_raster(path) as raster:
        assert photograph(raster, contract_of(3), None, small_map()).shape == (450, 900, 3)


def test_what_the_user_says_of_bands_and_values_holds_for_the_figure(
    run: Callable[..., tuple[int, str, str]], survey: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    seen: list[np.ndarray] = []

    def look(parts: FigureParts, palette: Palette) -> Figure:
        seen.append(parts.photograph)
        return draw_figure(parts, palette)

    monkeypatch.setattr("riverscape.reports.figure.draw_figure", look)
    with open_raster(survey / "Alder_0001.jpg") as raster:
        pixels = raster.read()
    path = write_image(tmp_path / "a.tif", pixels[::-1].astype(np.uint16) * 257)
    words = ("--bands", "3,2,1", "--value-range", "0,65535", "--quiet")
    status, _, errors = run("classify", path, "--out", tmp_path / "maps", *words)
    assert (status, errors) == (0, "")
    np.testing.assert_array_equal(seen[0], np.moveaxis(pixels, 0, 2))


def test_an_image_that_goes_away_meanwhile_keeps_maps_and_figure(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riverscape.execution.map_files import write_maps as write

    path = tmp_path / "Alder_0001.jpg"
    path.write_bytes((survey / path.name).read_bytes())

    def lose(*given: Any) -> None:
        write(*given)
        path.unlink()

    monkeypatch.setattr("riverscape.execution.image.write_maps", lose)
    outcome = classify_one(path, tmp_path / "maps")
    assert not outcome.failures
    assert outcome.results[path.stem].products.whole


def classify_one(path: Path, out: Path, **more: Any) -> Any:
    return classify_survey([LabelledImage(path, None)], out, "ste-marguerite", make_settings({}),
                           **more)  # fmt: skip


def test_a_figure_that_cannot_be_drawn_is_a_note_and_made_later(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Raster, _: int) -> None:
        message = f"{self.path} broke off"
        raise ValueError(message)

    path = survey / "Alder_0001.jpg"
    with monkeypatch.context() as patched:
        patched.setattr(Raster, "preview", fail)
        result = classify_one(path, tmp_path).results["Alder_0001"]
    assert result.notes[-1] == f"the figure could not be drawn: {path} broke off"
    assert result.products.csc_map.is_file()
    assert not result.products.figure.exists()
    assert classify_one(path, tmp_path, resume=True).results["Alder_0001"].products.whole


def test_a_disk_that_is_full_at_the_figure_stops_the_run(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        message = "FIGURE_Alder_0001.png cannot be written: No space left on device"
        raise OutputError(message)

    monkeypatch.setattr("riverscape.reports.figure.save_figure", full)
    with pytest.raises(OutputError, match="No space left"):
        classify_one(survey / "Alder_0001.jpg", tmp_path)
