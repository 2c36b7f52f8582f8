"""Codes are what was painted: whatever is on top, and shadows change no class."""

from dataclasses import replace

import numpy as np
import pytest

from riverscape.scenes import Code, Cover, River, Scene
from riverscape.scenes.area import Area
from riverscape.scenes.block import ground_codes, render
from riverscape.scenes.standing import BOULDER, stand_on

AREA = Area(0, 0, 512, 512)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(River.from_name("Alder"), 5, 512, 512, Cover(forest=0.9, bars=0.2, road=True))


def test_a_crown_over_water_is_vegetation(scene: Scene) -> None:
    layout = scene.layout
    ground = ground_codes(layout, AREA, layout.over(AREA))
    standing = stand_on(layout, AREA, scene.river.conifer_share)
    codes = scene.window(0, 0, 512, 512)[1]
    over = (ground == Code.WATER) & (standing.tint > 0) & (standing.tint < BOULDER)
    assert over.sum() > 100
    assert np.isin(codes[over], (Code.GREEN, Code.SENESCENT)).all()


def test_bare_ground_keeps_its_class(scene: Scene) -> None:
    layout = scene.layout
    ground = ground_codes(layout, AREA, layout.over(AREA))
    bare = stand_on(layout, AREA, scene.river.conifer_share).tint == 0
    codes = scene.window(0, 0, 512, 512)[1]
    assert bare.mean() > 0.2
    np.testing.assert_array_equal(codes[bare], ground[bare])


def test_the_sun_moves_shadows_but_no_label(scene: Scene) -> None:
    light = scene.river.light
    elsewhere = replace(light, sun_azimuth_deg=(light.sun_azimuth_deg + 180.0) % 360.0)
    morning = render(scene.river, scene.layout, AREA)
    evening = render(replace(scene.river, light=elsewhere), scene.layout, AREA)
    np.testing.assert_array_equal(morning[1], evening[1])
    assert np.mean(morning[0] != evening[0]) > 0.05


def test_classes_look_apart() -> None:
    river = River.from_name("Cedar")
    image, codes = Scene(river, 5, 512, 1024, Cover(road=True)).window(0, 0, 512, 1024)
    red, green, _ = (band.astype(float) for band in image)
    assert np.median((green - red)[codes == Code.GREEN]) > 5
    assert np.median((green - red)[codes == Code.SENESCENT]) < 0
    bright = {code: np.median(image[:, codes == code]) for code in Code}
    assert bright[Code.SEDIMENT] > bright[Code.WATER] + 15
