from dataclasses import replace

import numpy as np
import pytest

from riverscape.errors import InputError
from riverscape.scenes import Cover, River, Scene


def test_a_name_always_means_the_same_river() -> None:
    assert River.from_name("Alder") == River.from_name("Alder")
    assert River.from_seed(7) == River.from_seed(7)


def test_rivers_differ_in_every_colour_and_in_light() -> None:
    rivers = [River.from_seed(seed) for seed in range(12)]
    for trait in ("water", "sediment", "green", "senescent", "road", "light"):
        assert len({getattr(river, trait) for river in rivers}) == 12, trait


def test_the_same_layout_looks_different_on_another_river() -> None:
    one = River.from_name("Alder")
    other = replace(River.from_name("Fox"), name=one.name)
    windows = [Scene(river, 2, 512, 512).window(0, 0, 512, 512)[0] for river in (one, other)]
    colours = [np.median(window, axis=(1, 2)) for window in windows]
    assert np.abs(colours[0] - colours[1]).max() > 8


@pytest.mark.parametrize("name", ["", "Sainte_Marguerite", "a/b"])
def test_a_name_that_cannot_name_files_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot name files"):
        replace(River.from_seed(1), name=name)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_beyond_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="cover senescent"):
        Cover(senescent=share)
