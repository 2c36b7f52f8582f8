"""Both phases together: what no single part of them can promise."""

from pathlib import Path

import pytest

from riverscape.errors import InputError, SettingsError
from riverscape.labels import pair_labels
from riverscape.models import load_model
from riverscape.scenes import River, write_survey
from riverscape.settings import make_settings
from riverscape.workflow import assess, check_settings, classify


@pytest.mark.parametrize(("river", "least_f1"), [("Dunlin", 0.85), ("Heron", 0.5)])
def test_doubting_scattered_tiles_takes_no_narrow_bar_away(
    river: str, least_f1: float, tmp_path: Path
) -> None:
    """Rivers with a few per cent of dry sediment in narrow strips: it stays in the CSC map."""
    write_survey(tmp_path, [River.from_name(river)], 1, 700, 1000, seed=1)
    (pair,) = pair_labels([tmp_path], required=True)
    result = classify(pair.image)
    believed = classify(pair.image, settings=make_settings({"teaching": {"least_px": 0}}))
    cnn, csc, all_tiles = (
        assess(one, pair.label_raster) for one in (result.cnn, result.csc, believed.csc)
    )
    assert csc.f1_weighted > cnn.f1_weighted
    assert csc.f1_weighted > all_tiles.f1_weighted - 0.002
    (sediment,) = [score for score in csc.classes if score.name == "dry sediment"]
    assert sediment.f1 > least_f1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"pixels": {"features": ["nd:nir:red"]}}, "no band is called 'nir'"),
        ({"pixels": {"classifier": "kde", "features": ["median", "lab"]}}, "up to 5 bands, not 6"),
        ({"teaching": {"tile_border_px": 13}}, "13 px leaves nothing of blocks of 25 px"),
        ({"tiles": {"stride_px": 51}}, "leaves gaps"),
        ({"teaching": {"balance": "smote-enn"}, "pixels": {"classifier": "patch"}}, "smote-enn"),
    ],
)
def test_what_no_image_can_be_made_with_is_known_before(
    content: dict[str, dict[str, object]], said: str
) -> None:
    with pytest.raises((SettingsError, InputError), match=said):
        check_settings(load_model(), make_settings(content))
