"""What is said of labels before anything is trained on them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from riverscape.assessment.colour_agreement import colour_agreement
from riverscape.assessment.label_check import LabelCheck, check_survey_labels
from riverscape.assessment.label_look import SAMPLE_PX, look_at_labels
from riverscape.labels import PUBLISHED_CLASSES, pair_labels

WriteRaster = Callable[..., Path]

LEVELS = {1: (40, 60, 90), 2: (190, 180, 160), 3: (50, 110, 40)}


def painted(codes: NDArray[np.uint8], seed: int, dtype: str = "uint8") -> NDArray[np.generic]:
    """Return an image whose colours follow from its labels, (band, row, col)."""
    rng = np.random.default_rng(seed)
    image = np.zeros((3, *codes.shape))
    for code, colour in LEVELS.items():
        image[:, codes == code] = np.array(colour)[:, None]
    noisy = (image + rng.normal(0, 8, image.shape)).clip(0, 255)
    return noisy.astype(dtype) if dtype == "uint8" else (noisy * 40).astype(dtype)


def striped(rows: int = 90, cols: int = 300) -> NDArray[np.uint8]:
    codes = np.zeros((rows, cols), np.uint8)
    for code in LEVELS:
        codes[:, 90 * (code - 1) : 90 * (code - 1) + 80] = code
    return codes


def checked(folder: Path, threads: int = 1) -> LabelCheck:
    return check_survey_labels(pair_labels([folder]), PUBLISHED_CLASSES, threads=threads)


@pytest.fixture
def clean(tmp_path: Path, write_raster: WriteRaster) -> Path:
    """Return a survey of six images whose labels are right."""
    for number in range(6):
        write_raster(tmp_path / f"Alder_{number}.png", painted(striped(), number))
        write_raster(tmp_path / f"SCLS_Alder_{number}.tif", striped())
    return tmp_path


def test_right_labels_give_no_reason_to_doubt(clean: Path) -> None:
    found = checked(clean)
    assert not any(look.doubts or look.faults for look in found.looks)
    assert found.notes == ["labelled nowhere: senescent vegetation, paved road"]
    assert found.pixels(1) == 6 * 90 * 80
    assert max(one.other_share for one in found.agreements.values()) < 0.05
    table = found.image_table()
    assert table["labelled_share"].tolist() == [pytest.approx(0.8)] * 6


def test_labels_with_the_colours_of_another_class_are_named(
    clean: Path, write_raster: WriteRaster
) -> None:
    wrong = striped()
    wrong[:, :80] = 2
    write_raster(clean / "SCLS_Alder_4.tif", wrong)
    wrong[:, 90:170] = 0
    write_raster(clean / "SCLS_Alder_4.tif", wrong)
    found = checked(clean)
    doubts = {look.name: look.doubts for look in found.looks if look.doubts}
    assert doubts == {"Alder_4": ("100 % of dry sediment has the colours of water",)}
    assert found.looks[4].doubtful == (2,)


def test_classes_that_few_images_carry_and_too_few_pixels(
    clean: Path, write_raster: WriteRaster
) -> None:
    rare = striped()
    rare[:10, 280:] = 4
    write_raster(clean / "SCLS_Alder_2.tif", rare)
    found = checked(clean)
    assert "senescent vegetation is labelled in 1 image only" in found.notes
    (doubt, *_) = found.looks[2].doubts
    assert doubt == "senescent vegetation: 200 px, too few to fill a tile of 50 x 50 px"


def test_labels_where_the_image_has_no_data(tmp_path: Path, write_raster: WriteRaster) -> None:
    pixels = painted(striped(), 0).astype(np.uint8) // 2 + 1
    pixels[:, :45] = 0
    write_raster(tmp_path / "Alder_1.tif", pixels, nodata=0)
    write_raster(tmp_path / "SCLS_Alder_1.tif", striped())
    (look,) = checked(tmp_path).looks
    assert "50.0 % of the labelled pixels have no data in the image" in look.doubts


def test_the_sample_is_bounded_seeded_and_alike_on_any_number_of_threads(clean: Path) -> None:
    one, four = checked(clean), checked(clean, threads=4)
    assert one.agreements == four.agreements
    for look in one.looks:
        assert {len(sample) for sample in look.colours.values()} == {SAMPLE_PX}
    (pair, *_) = pair_labels([clean])
    other = look_at_labels(pair, PUBLISHED_CLASSES, seed=99)
    assert not np.array_equal(other.colours[1], one.looks[0].colours[1])


def test_the_sample_is_drawn_evenly_from_all_strips(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    # More than one strip of 512 rows; the level tells the row.
    rows = np.repeat(np.arange(1200)[:, None], 40, axis=1)
    write_raster(tmp_path / "Alder_1.tif", rows.astype(np.uint16)[None].repeat(3, axis=0))
    write_raster(tmp_path / "SCLS_Alder_1.tif", np.ones((1200, 40), np.uint8))
    (look,) = checked(tmp_path).looks
    drawn = look.colours[1][:, 0]
    assert np.histogram(drawn, 4, (0, 1200))[0] == pytest.approx([500] * 4, abs=90)


def test_small_copies_of_image_and_labels_lie_over_each_other(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    codes = striped().repeat(7, axis=0).repeat(7, axis=1)
    write_raster(tmp_path / "Alder_1.tif", painted(codes, 0, "uint16"))
    write_raster(tmp_path / "SCLS_Alder_1.tif", codes)
    (look,) = checked(tmp_path).looks
    assert look.picture.dtype == np.uint8
    assert look.picture.shape[:2] == look.codes.shape
    assert max(look.codes.shape) <= 300
    mean = {code: look.picture[look.codes == code].mean() for code in (0, 1, 2, 3)}
    assert mean[0] < mean[1] < mean[2]


@pytest.mark.parametrize("shape", [(1, 900), (900, 1), (7, 4000)])
def test_narrow_strips_of_a_river(
    tmp_path: Path, write_raster: WriteRaster, shape: tuple[int, int]
) -> None:
    write_raster(tmp_path / "Alder_1.tif", np.full((3, *shape), 9, np.uint8))
    write_raster(tmp_path / "SCLS_Alder_1.tif", np.ones(shape, np.uint8))
    (look,) = checked(tmp_path).looks
    assert not look.faults
    assert look.picture.size
    assert look.picture.shape[:2] == look.codes.shape


def test_a_class_of_a_single_colour_and_scales_of_any_size() -> None:
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1.0, 1e6):
        one = np.full((50, 3), 2 * scale, np.float32)
        many = (rng.normal(5, 1, (50, 3)) * scale).astype(np.float32)
        found = colour_agreement({("a", 1): one, ("a", 2): many})
        assert found["a", 1].other_share == 0
        assert found["a", 2].other_share < 0.05
