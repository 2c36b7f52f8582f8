import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

Run = Callable[..., tuple[int, str, str]]
WriteRaster = Callable[..., Path]


@pytest.fixture
def half_right(tmp_path: Path, write_raster: WriteRaster) -> tuple[Path, Path]:
    """Return a map and labels: 100 px of water, of which 60 are mapped as dry sediment."""
    labels = np.zeros((20, 10), np.uint8)
    labels[:10] = 1
    codes = np.ones((20, 10), np.uint8)
    codes[:6] = 2
    return (
        write_raster(tmp_path / "CLASS_CSC_Alder_0001.tif", codes, nodata=0),
        write_raster(tmp_path / "SCLS_Alder_0001.tif", labels),
    )


def test_a_map_is_scored_with_named_axes(run: Run, half_right: tuple[Path, Path]) -> None:
    class_map, labels = half_right
    status, out, err = run("assess", class_map, "--labels", labels)
    assert (status, err) == (0, "")
    assert "rows are the reference, columns the prediction" in out
    assert "reference \\ predicted" in out
    (row,) = re.findall(r"│water +│ +(\d+) │ +(\d+) │", out)
    assert row == ("40", "60")
    # F1 of water: precision 1, recall 0.4.
    assert re.search(r"^Alder_0001 +0\.5714 ", out, re.MULTILINE)
    assert "labelled pixels 100" in out


def test_a_folder_is_scored_map_by_map_and_as_a_whole(
    run: Run, maps: Path, survey: Path, tmp_path: Path
) -> None:
    status, out, err = run("assess", maps, "--labels", survey, "--out", tmp_path)
    assert (status, err) == (0, "")
    for name in ("Alder_0001", "Heron_0001"):
        written = pd.read_csv(tmp_path / f"SCORES_{name}.csv")
        pd.testing.assert_frame_equal(written, pd.read_csv(maps / f"CSC_{name}.csv"))
        score = written["f1_score"].iloc[-1]
        assert re.search(rf"^{name} +{score:.4f} ", out, re.MULTILINE)
    assert out.endswith(f"the report of the run is {maps / 'report.html'}\n")
    assert "labelled pixels 60,000" in out


def test_scores_that_stand_are_not_overwritten_unasked(
    run: Run, half_right: tuple[Path, Path], tmp_path: Path
) -> None:
    words = ("assess", half_right[0], "--labels", half_right[1], "--out", tmp_path)
    assert run(*words)[0] == 0
    status, _, err = run(*words)
    assert status == 1
    assert re.fullmatch(r"riverscape: .*SCORES_Alder_0001\.csv exists already; .*\n", err)
    assert run(*words, "--overwrite")[0] == 0


def test_labels_of_another_size_are_refused(
    run: Run, half_right: tuple[Path, Path], tmp_path: Path, write_raster: WriteRaster
) -> None:
    labels = write_raster(tmp_path / "other.tif", np.ones((21, 10), np.uint8))
    status, out, err = run("assess", half_right[0], "--labels", labels)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert f"{labels} has 10 x 21 px, its image has 10 x 20 px" in err


def test_labels_without_a_class_are_refused(
    run: Run, half_right: tuple[Path, Path], tmp_path: Path, write_raster: WriteRaster
) -> None:
    labels = write_raster(tmp_path / "empty.tif", np.zeros((20, 10), np.uint8))
    status, _, err = run("assess", half_right[0], "--labels", labels)
    assert status == 1
    assert "holds no labelled pixel" in err


def test_a_blank_label_raster_among_others_counts_for_nothing(
    run: Run, maps: Path, survey: Path, tmp_path: Path, write_raster: WriteRaster
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    shutil.copy(survey / "SCLS_Heron_0001.tif", labels)
    alone = json.loads(run("assess", maps / "CLASS_CSC_Heron_0001.tif", "--labels",
                           labels / "SCLS_Heron_0001.tif", "--json")[1])  # fmt: skip
    write_raster(labels / "SCLS_Alder_0001.tif", np.zeros((150, 200), np.uint8))
    status, out, _ = run("assess", maps, "--labels", labels, "--json")
    content = json.loads(out)
    assert (status, content["all"]) == (0, alone["all"])
    blank, _ = content["images"]
    assert (blank["name"], blank["scores"]["support"]) == ("Alder_0001", 0)
    assert blank["scores"]["f1_weighted"] is None
    write_raster(labels / "SCLS_Heron_0001.tif", np.zeros((150, 200), np.uint8))
    status, _, err = run("assess", maps, "--labels", labels)
    assert (status, f"{labels} holds no labelled pixel" in err) == (1, True)


def test_every_map_without_labels_is_listed(
    run: Run, maps: Path, survey: Path, tmp_path: Path
) -> None:
    shutil.copytree(maps, tmp_path / "maps")
    shutil.copy(maps / "CLASS_CSC_Alder_0001.tif", tmp_path / "maps" / "CLASS_CSC_Birch_1.tif")
    shutil.copy(maps / "CLASS_CSC_Alder_0001.tif", tmp_path / "maps" / "CLASS_CSC_Cedar_1.tif")
    status, out, err = run("assess", tmp_path / "maps", "--labels", survey)
    assert (status, out) == (1, "")
    assert "2 problems" in err
    assert "expected SCLS_Birch_1.tif" in err
    assert "expected SCLS_Cedar_1.tif" in err


def test_one_label_raster_for_two_maps_is_refused(run: Run, maps: Path, survey: Path) -> None:
    labels = survey / "SCLS_Alder_0001.tif"
    status, _, err = run("assess", maps, "--labels", labels)
    assert status == 1
    assert f"{labels} is one label raster for 2 maps" in err


@pytest.mark.parametrize("what", ["none.tif", "."])
def test_no_map_is_said(run: Run, tmp_path: Path, survey: Path, what: str) -> None:
    status, _, err = run("assess", tmp_path / what, "--labels", survey)
    assert status == 1
    assert (
        "does not exist" in err
        or "no map CLASS_CSC_*.tif in the folder" in err
        or ("has no label raster" in err)
    )


def test_classes_of_ones_own(run: Run, half_right: tuple[Path, Path], tmp_path: Path) -> None:
    classes = tmp_path / "classes.json"
    classes.write_text(
        '{"classes": [{"code": 1, "name": "wet", "colour": "#0000ff"},'
        ' {"code": 2, "name": "dry [bare]", "colour": "#ffff00"}]}'
    )
    words = ("assess", half_right[0], "--labels", half_right[1], "--classes", classes)
    status, out, _ = run(*words)
    assert status == 0
    assert "water" not in out
    assert "dry [bare]" in out


def test_many_classes_are_shown_in_full(
    run: Run, half_right: tuple[Path, Path], tmp_path: Path
) -> None:
    names = [f"a rather long class name {number}" for number in range(1, 13)]
    entries = ", ".join(
        f'{{"code": {code}, "name": "{name}", "colour": "#0000ff"}}'
        for code, name in enumerate(names, 1)
    )
    classes = tmp_path / "classes.json"
    classes.write_text(f'{{"classes": [{entries}]}}')
    words = ("assess", half_right[0], "--labels", half_right[1], "--classes", classes)
    status, out, _ = run(*words)
    assert status == 0
    (header,) = [
        line for line in out.splitlines() if "predicted" in line and "reference \\" in line
    ]
    assert all(name in header for name in names)


def test_programs_get_one_json_object(run: Run, maps: Path, survey: Path, tmp_path: Path) -> None:
    status, out, err = run("assess", maps, "--labels", survey, "--out", tmp_path, "--json")
    assert (status, err) == (0, "")
    content = json.loads(out)
    assert [image["name"] for image in content["images"]] == ["Alder_0001", "Heron_0001"]
    for image in content["images"]:
        table = pd.read_csv(image["file"])
        assert image["scores"]["f1_weighted"] == pytest.approx(table["f1_score"].iloc[-1], abs=1e-6)
        assert [found["class"] for found in image["classes"]] == list(table["class"])[:-1]
    counts = np.array(content["confusion"]["counts"])
    names = content["confusion"]["classes"]
    assert counts.shape == (len(names), len(names) + 1)
    assert counts.sum() == content["all"]["scores"]["support"] == 60_000


def test_json_names_no_file_where_none_is_written(run: Run, half_right: tuple[Path, Path]) -> None:
    status, out, _ = run("assess", half_right[0], "--labels", half_right[1], "--json")
    (image,) = json.loads(out)["images"]
    assert (status, image["file"]) == (0, None)
    assert image["scores"]["f1_weighted"] == pytest.approx(0.5714, abs=1e-4)


def test_quiet_says_nothing_but_what_goes_wrong(
    run: Run, half_right: tuple[Path, Path], tmp_path: Path
) -> None:
    words = ("assess", half_right[0], "--labels", half_right[1], "--out", tmp_path, "--quiet")
    assert run(*words) == (0, "", "")
    assert (tmp_path / "SCORES_Alder_0001.csv").is_file()
    status, out, err = run(*words)
    assert (status, out, len(err.splitlines())) == (1, "", 1)
