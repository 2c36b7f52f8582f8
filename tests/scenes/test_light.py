import numpy as np
import pytest

from riverscape.scenes import Light
from riverscape.scenes.light import openness, shadow, slope_light
from riverscape.scenes.noise import Field

# The sun in the west, 45 degrees high: a thing throws its own height to the east.
WEST = Light(270.0, 45.0, 0.8, 0.0, 1.0, 0.0, 1.0)


def post(height_px: float) -> Field:
    field = np.zeros((41, 200), np.float32)
    field[10:31, 60:70] = height_px
    return field


@pytest.mark.parametrize("height_px", [20.0, 40.0, 80.0])
def test_a_shadow_is_as_long_as_the_sun_says(height_px: float) -> None:
    hidden = shadow(post(height_px), WEST)[20]
    dark = np.flatnonzero(hidden > 0.5)
    assert abs(dark.min() - 70) <= 2
    assert abs(dark.max() - (69 + height_px)) <= 8


def test_slopes_to_the_sun_are_bright_and_flat_ground_is_one() -> None:
    field = np.zeros((9, 60), np.float32)
    field[:, 20:30] = np.arange(10)
    field[:, 30:40] = np.arange(10)[::-1]
    lit = slope_light(field, WEST)[4]
    assert lit[5] == pytest.approx(1.0)
    assert lit[25] > 1.2
    assert lit[35] < 0.2


def test_gaps_between_crowns_see_less_sky() -> None:
    field = np.full((120, 120), 80.0, np.float32)
    field[55:65, 55:65] = 0.0
    sky = openness(field, WEST)
    assert sky[60, 60] < 0.5
    assert sky[10, 10] == pytest.approx(1.0)
