import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riverscape.scenes.area import Area
from riverscape.scenes.noise import chance, lattice, rough, white
from riverscape.scenes.textures import PERIOD_PX, clouds, cobbles, foliage, ripples

PLACES = st.integers(-100_000, 100_000)


@settings(deadline=None, max_examples=40)
@given(row=PLACES, col=PLACES, spacing_px=st.sampled_from([16, 64, 256]), inset=st.integers(1, 60))
def test_noise_depends_on_the_place_alone(row: int, col: int, spacing_px: int, inset: int) -> None:
    area = Area(row, col, 96, 80)
    part = area.grown(-inset, -inset // 2, 0, 0)
    cut = part.inside(area)
    np.testing.assert_array_equal(white(area, 5)[cut], white(part, 5))
    np.testing.assert_allclose(
        lattice(area, spacing_px, 5)[cut], lattice(part, spacing_px, 5), atol=1e-5
    )


def test_chance_is_the_same_on_every_machine() -> None:
    x = np.arange(4)
    expected = [0.17940843105316162, 0.9422333836555481, 0.5704858303070068, 0.6238953471183777]
    np.testing.assert_array_equal(chance(x, x * 0 - 3, 42), np.array(expected, np.float32))


def test_chance_is_uniform_and_uncorrelated() -> None:
    draw = white(Area(0, 0, 400, 400), 9)
    assert abs(draw.mean() - 0.5) < 0.005
    assert abs(draw.std() - 12**-0.5) < 0.005
    assert abs(np.corrcoef(draw[:, 1:].ravel(), draw[:, :-1].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(draw.ravel(), white(Area(0, 0, 400, 400), 10).ravel())[0, 1]) < 0.01


def test_rough_noise_is_centred() -> None:
    x, y = np.meshgrid(np.arange(0, 200, 0.7), np.arange(0, 200, 0.7))
    assert abs(rough(x, y, 3, 3).mean()) < 0.03


def test_textures_repeat_without_a_seam() -> None:
    for texture in (clouds(16), cobbles(11)[0], foliage(), ripples()):
        inner = np.abs(np.diff(texture[:, : PERIOD_PX // 2], axis=1)).mean()
        seam = np.abs(texture[:, PERIOD_PX] - texture[:, PERIOD_PX - 1]).mean()
        assert seam < 1.5 * inner
