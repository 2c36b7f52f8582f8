"""Colours that colour-blind readers tell apart, by published models of colour vision."""

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from riverscape.labels import PUBLISHED_CLASSES, ClassScheme, LandCover
from riverscape.labels.palettes import (
    NODATA_COLOUR,
    UNLABELLED_COLOUR,
    Palette,
    accessible,
    recoloured,
)

# Machado, Oliveira & Fernandes 2009, table of severity 1.0, on linear sRGB.
MACHADO = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
KINDS = list(MACHADO)


def seen(colour: str, kind: str) -> np.ndarray:
    """Return a colour in CIE Lab as a reader sees it who lacks a kind of cone."""
    share = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = np.clip(MACHADO[kind] @ linear, 0, 1)
    back = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(back[None, None])[0, 0])


def least_difference(colours: list[str], kind: str) -> float:
    """Return the CIEDE2000 difference of the two most alike; below 2 they look the same."""
    labs = [seen(colour, kind) for colour in colours]
    return min(float(deltaE_ciede2000(a, b)) for a, b in combinations(labs, 2))


def colours_of(scheme: ClassScheme) -> list[str]:
    return [cover.colour for cover in scheme]


def named(*names: str) -> ClassScheme:
    return ClassScheme(
        tuple(LandCover(code, name, "#123456") for code, name in enumerate(names, 1))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_reader_tells_the_five_classes_black_and_grey_apart(kind: str) -> None:
    colours = [*colours_of(accessible(PUBLISHED_CLASSES)), NODATA_COLOUR, UNLABELLED_COLOUR]
    assert least_difference(colours, kind) > 15


def test_the_originals_colours_look_alike_to_some() -> None:
    # Sediment and vegetation: else the palette would be for nothing, or the test blind.
    assert least_difference(colours_of(PUBLISHED_CLASSES), "protanopia") < 5
    assert least_difference(colours_of(PUBLISHED_CLASSES), "deuteranopia") < 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("count", "least"), [(3, 20), (8, 10), (12, 7)])
def test_classes_of_any_name_are_told_apart(kind: str, count: int, least: float) -> None:
    scheme = named(*(f"unit {number}" for number in range(count)))
    colours = [*colours_of(accessible(scheme)), NODATA_COLOUR, UNLABELLED_COLOUR]
    assert least_difference(colours, kind) > least


def test_a_class_has_the_colour_of_what_it_means_whatever_its_place() -> None:
    (water, sediment, green, senescent, road) = colours_of(accessible(PUBLISHED_CLASSES))
    scheme = named("Dry grass", "gravel bar", "Trees", "paved_road", "Deep Water", "glacier")
    assert colours_of(accessible(scheme))[:5] == [senescent, sediment, green, road, water]
    red, _, blue = (int(water[start : start + 2], 16) for start in (1, 3, 5))
    assert blue > 2 * red


def test_a_second_class_of_a_kind_has_a_colour_of_its_own() -> None:
    deep, shallow, _ = colours_of(accessible(named("deep water", "shallow water", "trees")))
    assert deep == "#61aef2"
    assert shallow not in (deep, "#1f663c")


@given(st.integers(1, 255), st.integers(0, 1000))
def test_only_colours_change_and_none_comes_twice(count: int, shift: int) -> None:
    names = ["water", "sand", "trees", *(f"class {shift + number}" for number in range(count))]
    scheme = named(*names[:count])
    changed = accessible(scheme)
    assert (changed.codes, changed.names) == (scheme.codes, scheme.names)
    assert len(set(colours_of(changed))) == count
    assert accessible(changed) == changed


def test_the_most_classes_that_there_can_be_take_no_time() -> None:
    started = time.perf_counter()
    accessible(named(*(f"class {number}" for number in range(255))))
    assert time.perf_counter() - started < 3


def test_the_original_palette_changes_nothing() -> None:
    assert recoloured(PUBLISHED_CLASSES, Palette("original")) == PUBLISHED_CLASSES
    assert recoloured(PUBLISHED_CLASSES, Palette("accessible")) == accessible(PUBLISHED_CLASSES)
