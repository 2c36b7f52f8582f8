from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from riverscape.errors import InputError, SurveyError
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage, pair_labels
from riverscape.labels.pairing import check_labels, find_label

WriteRaster = Callable[..., Path]


def touch(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def paired(pairs: list[LabelledImage]) -> dict[str, str | None]:
    return {Path(pair.image).name: pair.labels.name if pair.labels else None for pair in pairs}


def problems(
    sources: list[Path], labels: Path | None = None, required: bool = False
) -> tuple[str, ...]:
    with pytest.raises(SurveyError) as caught:
        pair_labels(sources, labels, required)
    return caught.value.problems


@pytest.mark.parametrize(
    "label",
    [
        "SCLS_River_0022.tif",
        "SCLS_River0022.tif",
        "SCLS_River_0022.TIF",
        "SCLS_River0022.Tiff",
        "SCLS_river_0022.tif",
    ],
)
@pytest.mark.parametrize("elsewhere", [True, False])
def test_both_spellings_beside_the_image_or_elsewhere(
    tmp_path: Path, label: str, elsewhere: bool
) -> None:
    survey, labels = tmp_path / "survey", tmp_path / "labels"
    touch(survey, "River_0022.jpg")
    touch(labels if elsewhere else survey, label)
    pairs = pair_labels([survey], labels if elsewhere else None, required=True)
    assert paired(pairs) == {"River_0022.jpg": label}


def test_labels_go_by_name_never_by_order(tmp_path: Path) -> None:
    touch(tmp_path, "B_2.jpg", "B_10.jpg", "A_1.png")
    touch(tmp_path, "SCLS_B10.tif", "SCLS_A1.tif", "SCLS_B_2.tif")
    assert paired(pair_labels([tmp_path])) == {
        "A_1.png": "SCLS_A1.tif",
        "B_10.jpg": "SCLS_B10.tif",
        "B_2.jpg": "SCLS_B_2.tif",
    }


def test_only_the_first_underscore_may_be_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "A_1_2.jpg", "SCLS_A12.tif")
    assert problems([tmp_path]) == (f"{tmp_path / 'SCLS_A12.tif'} has no image",)


@pytest.mark.parametrize("second", ["SCLS_River0022.tif", "SCLS_River_0022.tiff"])
def test_two_candidates_are_a_problem(tmp_path: Path, second: str) -> None:
    touch(tmp_path, "River_0022.jpg", "SCLS_River_0022.tif", second)
    (problem,) = problems([tmp_path])
    assert problem.startswith(f"{tmp_path / 'River_0022.jpg'} has 2 label rasters: ")
    assert "SCLS_River_0022.tif" in problem
    assert second in problem


def test_one_label_that_fits_two_images_is_a_problem(tmp_path: Path) -> None:
    touch(tmp_path, "River_0022.jpg", "River0022.jpg", "SCLS_River0022.tif")
    (problem,) = problems([tmp_path])
    assert "fits two images" in problem


def test_a_label_without_image_is_a_problem_of_a_survey(tmp_path: Path) -> None:
    touch(tmp_path, "A_1.jpg", "SCLS_A_1.tif", "SCLS_A_2.tif")
    assert problems([tmp_path]) == (f"{tmp_path / 'SCLS_A_2.tif'} has no image",)
    # Of a single image asked for, other labels in its folder are no concern.
    assert paired(pair_labels([tmp_path / "A_1.jpg"])) == {"A_1.jpg": "SCLS_A_1.tif"}


def test_a_label_elsewhere_without_image_is_a_problem_of_a_survey(tmp_path: Path) -> None:
    survey, labels = tmp_path / "survey", tmp_path / "labels"
    touch(survey, "A_1.jpg")
    touch(labels, "SCLS_A_1.tif", "SCLS_A_2.tif")
    assert problems([survey], labels) == (f"{labels / 'SCLS_A_2.tif'} has no image",)
    assert paired(pair_labels([survey / "A_1.jpg"], labels)) == {"A_1.jpg": "SCLS_A_1.tif"}


def test_an_image_without_label_is_a_problem_only_where_one_is_required(tmp_path: Path) -> None:
    touch(tmp_path, "A_1.jpg", "A_2.jpg", "SCLS_A_1.tif")
    assert paired(pair_labels([tmp_path])) == {"A_1.jpg": "SCLS_A_1.tif", "A_2.jpg": None}
    assert problems([tmp_path], required=True) == (
        f"{tmp_path / 'A_2.jpg'} has no label raster: expected SCLS_A_2.tif beside it or in "
        "--labels",
    )


def test_a_label_raster_given_for_one_image_may_have_any_name(tmp_path: Path) -> None:
    touch(tmp_path, "A_1.jpg", "ground truth.tif")
    pairs = pair_labels([tmp_path / "A_1.jpg"], tmp_path / "ground truth.tif", required=True)
    assert paired(pairs) == {"A_1.jpg": "ground truth.tif"}


def test_a_label_raster_given_for_two_images_is_a_problem(tmp_path: Path) -> None:
    touch(tmp_path / "survey", "A_1.jpg", "A_2.jpg")
    touch(tmp_path, "SCLS_A_1.tif")
    (problem,) = problems([tmp_path / "survey"], tmp_path / "SCLS_A_1.tif")
    assert "is one label raster for 2 images; give a folder" in problem


def test_labels_that_do_not_exist_are_a_problem(tmp_path: Path) -> None:
    touch(tmp_path, "A_1.jpg")
    (problem,) = problems([tmp_path], tmp_path / "none")
    assert problem == f"the labels {tmp_path / 'none'} do not exist"


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    touch(tmp_path, "A_1.jpg", "A_2.jpg", "SCLS_A_2.tif", "SCLS_A2.tif", "SCLS_A_3.tif")
    found = problems([tmp_path], required=True)
    assert len(found) == 3
    assert {problem.split(": ")[0].removeprefix(f"{tmp_path}/") for problem in found} == {
        "A_1.jpg has no label raster",
        "A_2.jpg has 2 label rasters",
        "SCLS_A_3.tif has no image",
    }


def test_a_labelled_image_knows_its_names() -> None:
    pair = LabelledImage(Path("survey/StMarg_31162.jpg"), None)
    assert (pair.name, pair.river) == ("StMarg_31162", "StMarg")
    with pytest.raises(InputError, match=r"expected SCLS_StMarg_31162\.tif"):
        _ = pair.label_raster


def test_the_label_of_a_name_is_found_in_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "SCLS_A1.TIF", "SCLS_B_1.tif", "SCLS_B1.tif")
    assert find_label("A_1", tmp_path).name == "SCLS_A1.TIF"
    with pytest.raises(InputError, match="B_1 has 2 label rasters"):
        find_label("B_1", tmp_path)
    with pytest.raises(InputError, match=r"C_1 has no label raster in .*expected SCLS_C_1\.tif"):
        find_label("C_1", tmp_path)
    with pytest.raises(InputError, match="do not exist"):
        find_label("A_1", tmp_path / "none")


def test_every_image_and_label_that_cannot_be_used_is_listed(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    pixels, codes = np.zeros((3, 20, 30), np.uint8), np.ones((20, 30), np.uint8)
    for name in ("A_1", "A_2", "A_3"):
        write_raster(tmp_path / f"{name}.png", pixels)
    write_raster(tmp_path / "SCLS_A_1.tif", codes)
    write_raster(tmp_path / "SCLS_A_2.tif", codes[:-1])
    write_raster(tmp_path / "SCLS_A_3.tif", codes * 9)
    (tmp_path / "A_4.png").write_text("text")
    pairs = pair_labels([tmp_path])
    with pytest.raises(SurveyError) as caught:
        check_labels(pairs, PUBLISHED_CLASSES, "survey")
    found = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 3
    assert "SCLS_A_1" not in found
    for named in ("SCLS_A_2.tif has 30 x 19 px", "SCLS_A_3.tif holds codes", "A_4.png is not"):
        assert named in found


def test_a_label_that_is_no_tiff_is_a_problem_and_not_skipped(tmp_path: Path) -> None:
    (tmp_path / "Alder_0001.jpg").touch()
    (tmp_path / "SCLS_Alder_0001.png").touch()
    with pytest.raises(SurveyError, match=r"SCLS_Alder_0001\.png is no \.tif"):
        pair_labels([tmp_path])
