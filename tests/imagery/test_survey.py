from pathlib import Path

import pytest

from riverscape.errors import SurveyError
from riverscape.imagery import find_images, image_name, river_name


def touch(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in names]
    for path in paths:
        path.touch()
    return paths


def problems(*sources: Path) -> tuple[str, ...]:
    with pytest.raises(SurveyError) as caught:
        find_images(sources)
    return caught.value.problems


def test_images_of_a_folder_come_by_name_in_any_case_of_suffix(tmp_path: Path) -> None:
    names = ("c.JPG", "a.jpeg", "e.TiF", "b.png", "d.tiff")
    touch(tmp_path, *names)
    assert [Path(image).name for image in find_images([tmp_path])] == sorted(names)


def test_what_is_no_image_of_the_survey_is_left_out(tmp_path: Path) -> None:
    (image,) = touch(tmp_path, "River_0001.jpg")
    touch(tmp_path, "SCLS_River_0001.tif", ".hidden.jpg", "._River_0001.jpg", "notes.txt")
    touch(tmp_path, ".partial-1-CLASS_CSC_River_0001.tif", "CLASS_CSC_River_0001.tif.aux.xml")
    for product in ("CLASS_CSC_", "CLASS_CNN_", "CONF_"):
        touch(tmp_path, f"{product}River_0001.tif")
    touch(tmp_path, "FIGURE_River_0001.png", "CSC_River_0001.csv", "run.json")
    (tmp_path / "folder.jpg").mkdir()
    assert find_images([tmp_path]) == [image]


@pytest.mark.parametrize("name", ["CONF_0001.jpg", "FIGURE_0001.jpg", "CLASS_CSC_0001.png"])
def test_a_photograph_that_no_run_could_have_made_is_an_image(tmp_path: Path, name: str) -> None:
    # riverscape writes CLASS_*.tif, CONF_*.tif and FIGURE_*.png only.
    images = touch(tmp_path, name)
    assert find_images([tmp_path]) == images


def test_files_and_folders_keep_the_order_they_are_given_in(tmp_path: Path) -> None:
    later = touch(tmp_path / "z", "a.jpg", "b.jpg")
    (first,) = touch(tmp_path / "a", "c.jpg")
    assert find_images([tmp_path / "z", first]) == [*later, first]
    assert find_images([first, tmp_path / "z"]) == [first, *later]


def test_a_folder_below_a_folder_is_another_survey(tmp_path: Path) -> None:
    (image,) = touch(tmp_path, "a.jpg")
    touch(tmp_path / "below", "b.jpg")
    assert find_images([tmp_path]) == [image]


def test_an_image_named_twice_is_one_image(tmp_path: Path) -> None:
    images = touch(tmp_path, "a.jpg", "b.jpg")
    assert find_images([tmp_path, tmp_path / "b.jpg"]) == images


@pytest.mark.parametrize("other", ["a.png", "A.tif"])
def test_two_images_of_one_name_would_write_the_same_maps(tmp_path: Path, other: str) -> None:
    touch(tmp_path, "a.jpg", other)
    (problem,) = problems(tmp_path)
    assert "share a name" in problem
    assert "a.jpg" in problem
    assert other in problem


def test_two_images_of_one_name_in_two_folders(tmp_path: Path) -> None:
    touch(tmp_path / "x", "a.jpg")
    touch(tmp_path / "y", "a.jpg")
    assert len(problems(tmp_path / "x", tmp_path / "y")) == 1


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt")
    assert problems(tmp_path) == (
        f"{tmp_path} holds no image (.img .jp2 .jpeg .jpg .png .tif .tiff .vrt .webp)",
    )


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    missing, (text,) = tmp_path / "none", touch(tmp_path, "notes.txt")
    touch(tmp_path / "survey", "a.jpg", "a.png")
    found = problems(missing, text, tmp_path / "survey")
    assert found[0] == f"{missing} does not exist"
    assert found[1].startswith(f"{text} is not an image")
    assert "share a name" in found[2]


def test_names_of_images_and_rivers() -> None:
    path = Path("survey/St.Marg_31162_b.jpg")
    assert (image_name(path), river_name(path)) == ("St.Marg_31162_b", "St.Marg")
    assert river_name(Path("Ouelle.jpg")) == "Ouelle"
