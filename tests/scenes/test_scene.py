from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverscape.errors import InputError
from riverscape.scenes import Code, Cover, River, Scene
from riverscape.scenes import scene as scene_module
from riverscape.scenes.area import Area
from riverscape.scenes.block import render

Bytes = npt.NDArray[np.uint8]

HEIGHT_PX, WIDTH_PX = 700, 1000


@cache
def scene(seed: int = 3, road: bool = True) -> Scene:
    return Scene(River.from_name("Alder"), seed, HEIGHT_PX, WIDTH_PX, Cover(road=road))


@cache
def whole(seed: int = 3, road: bool = True) -> tuple[Bytes, Bytes]:
    return scene(seed, road).window(0, 0, HEIGHT_PX, WIDTH_PX)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_window_equals_the_same_crop_of_the_whole_scene(data: st.DataObject) -> None:
    row = data.draw(st.integers(0, HEIGHT_PX - 1))
    col = data.draw(st.integers(0, WIDTH_PX - 1))
    height_px = data.draw(st.integers(1, HEIGHT_PX - row))
    width_px = data.draw(st.integers(1, WIDTH_PX - col))
    image, codes = scene().window(row, col, height_px, width_px)
    every_image, every_code = whole()
    here = np.s_[row : row + height_px, col : col + width_px]
    np.testing.assert_array_equal(image, every_image[:, *here])
    np.testing.assert_array_equal(codes, every_code[here])


@pytest.mark.parametrize("offset", [(256, 256), (100, 0), (8, 404)])
def test_blocks_meet_without_a_seam(offset: tuple[int, int]) -> None:
    # The law above holds by construction; this one says that the construction cannot be seen.
    sunny = Scene(River.from_name("Birch"), 1, HEIGHT_PX, WIDTH_PX, Cover(forest=0.9))
    block = Area(*offset, 512, 512)
    image, codes = render(sunny.river, sunny.layout, block)
    part = np.s_[: HEIGHT_PX - block.row, : WIDTH_PX - block.col]
    image, codes = image[:, *part], codes[part]
    expected_image, expected_codes = sunny.window(*offset, *codes.shape)
    difference = np.abs(image.astype(int) - expected_image)
    assert np.mean(codes != expected_codes) < 1e-4
    assert np.mean(difference > 2) < 1e-4


def test_same_seed_gives_the_same_bytes_when_made_anew() -> None:
    before = scene().window(300, 500, 200, 100)
    scene_module._block.cache_clear()
    after = replace(scene()).window(300, 500, 200, 100)
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])


def test_seeds_draw_other_layouts() -> None:
    assert np.mean(whole(3)[1] != whole(4)[1]) > 0.1


def test_a_corner_of_a_huge_scene_is_made_by_itself() -> None:
    huge = Scene(River.from_name("Birch"), 1, 40_000, 40_000)
    image, codes = huge.window(39_900, 39_900, 100, 100)
    assert image.shape == (3, 100, 100)
    assert image.std() > 1.0
    assert codes.min() >= Code.WATER


@pytest.mark.parametrize("seed", [3, 4])
def test_every_class_is_present_and_nothing_is_unlabelled(seed: int) -> None:
    codes = whole(seed)[1]
    shares = np.bincount(codes.ravel(), minlength=6) / codes.size
    assert shares[0] == 0.0
    assert shares.size == 6
    assert shares[1:].min() > 0.01


def test_a_scene_without_road_has_none() -> None:
    assert not (whole(3, False)[1] == Code.ROAD).any()


def test_about_half_of_scenes_have_a_road() -> None:
    river = River.from_name("Alder")
    roads = [Scene(river, seed, 500, 500).layout.road is not None for seed in range(60)]
    assert 18 <= sum(roads) <= 42


def shares(cover: Cover) -> dict[str, float]:
    """Return what part of land is forest and dry grass, and what part of the channel is dry."""
    x, y = (axis.astype(float) for axis in np.meshgrid(*[np.arange(-9000, 9000, 60)] * 2))
    ground = replace(scene(), cover=cover).layout.at(x, y)
    land = ground.edge > 0
    return {
        "forest": float(np.mean(ground.forest[land] > 0)),
        "senescent": float(np.mean(ground.dryness[land] > 0)),
        "bars": float(np.mean(ground.elevation[~land] > 0)),
    }


def test_more_can_be_asked_of_a_cover() -> None:
    little, usual, much = (
        shares(Cover(forest=wanted, senescent=wanted, bars=wanted, road=False))
        for wanted in (0.1, 0.5, 0.9)
    )
    for name in ("senescent", "bars"):
        assert little[name] + 0.05 < usual[name] < much[name] - 0.05, name
    wooded = [shares(Cover(forest=wanted, road=False))["forest"] for wanted in (0.1, 0.5, 0.9)]
    assert wooded[0] + 0.1 < wooded[1] < wooded[2] - 0.1


@pytest.mark.parametrize("wanted", [0.0, 0.3, 0.7, 1.0])
def test_senescent_cover_takes_about_the_share_asked_for(wanted: float) -> None:
    assert shares(Cover(senescent=wanted, road=False))["senescent"] == pytest.approx(
        wanted, abs=0.1
    )


@pytest.mark.parametrize(
    "window", [(-1, 0, 5, 5), (0, 0, 0, 5), (HEIGHT_PX - 4, 0, 5, 5), (0, WIDTH_PX, 1, 1)]
)
def test_a_window_beyond_the_scene_is_refused(window: tuple[int, int, int, int]) -> None:
    with pytest.raises(InputError, match="is not in the scene of 700 x 1000 px"):
        scene().window(*window)


def test_an_empty_scene_is_refused() -> None:
    with pytest.raises(InputError, match="is empty"):
        Scene(River.from_name("Alder"), 1, 0, 10)
