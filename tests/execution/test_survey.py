import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rio_cogeo import cog_validate

from riverscape import errors
from riverscape.errors import (
    InputError,
    MissingExtraError,
    OutputError,
    RiverscapeError,
    SurveyError,
)
from riverscape.execution import classify_survey
from riverscape.execution.image import work_px
from riverscape.imagery import ImageSettings, Raster
from riverscape.labels import LabelledImage, pair_labels
from riverscape.progress import Silent
from riverscape.settings import Settings, make_settings
from riverscape.workflow import ImageMaps, Resources, map_image

MODEL = "ste-marguerite"
# A forest, because its trees are drawn at random.
FOREST = make_settings({"pixels": {"classifier": "forest", "seed": 5}})


def contents(folder: Path) -> dict[str, bytes]:
    """Return what a run left, without what tells of time and place."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.suffix in (".tif", ".csv", ".xml")
    }


@pytest.fixture(scope="module")
def by_one(survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the maps of the tiny survey, made by one worker."""
    out = tmp_path_factory.mktemp("one")
    run = classify_survey(pair_labels([survey]), out, MODEL, FOREST, figures=False, workers=1)
    assert sorted(run.results) == ["Alder_0001", "Heron_0001"]
    return out


def test_two_workers_write_the_same_bytes_as_one(
    survey: Path, by_one: Path, tmp_path: Path
) -> None:
    run = classify_survey(pair_labels([survey]), tmp_path, MODEL, FOREST, figures=False, workers=2)
    assert not run.failures
    assert len(contents(tmp_path)) == 12
    assert contents(tmp_path) == contents(by_one)


@pytest.mark.parametrize("max_ram_mb", [400, 4000])
def test_memory_that_cannot_be_kept_to_is_told_before(
    survey: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, max_ram_mb: int
) -> None:
    resources = Resources(threads=1, max_ram_mb=max_ram_mb)
    classify_survey(pair_labels([survey]), tmp_path, MODEL, FOREST, figures=False,
                    resources=resources)  # fmt: skip
    told = [said for said in caplog.messages if "MB of memory however small" in said]
    assert len(told) == (1 if max_ram_mb == 400 else 0)


def test_every_raster_is_optimised_for_the_cloud(survey: Path, tmp_path: Path) -> None:
    every = {"layers": {"confidence": True, "probabilities": True, "uncertainty": True}}
    classify_survey(pair_labels([survey]), tmp_path, MODEL, make_settings(every), figures=False)
    rasters = sorted(tmp_path.glob("*.tif"))
    assert len(rasters) == 10
    assert all(
        cog_validate(raster, strict=True, quiet=True) == (True, [], []) for raster in rasters
    )


def test_each_image_alone_writes_the_same_bytes(survey: Path, by_one: Path, tmp_path: Path) -> None:
    for pair in reversed(pair_labels([survey])):
        classify_survey([pair], tmp_path, MODEL, FOREST, figures=False, overwrite=True)
    assert contents(tmp_path) == contents(by_one)


def test_an_image_that_fails_in_a_worker_does_not_stop_the_others(
    survey: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "Broken_0001.jpg"
    broken.write_bytes((survey / "Alder_0001.jpg").read_bytes()[:2000])
    pairs = [LabelledImage(broken, None), LabelledImage(survey / "Heron_0001.jpg", None)]
    out = tmp_path / "maps"
    run = classify_survey(pairs, out, MODEL, Settings(), figures=False, workers=2)
    assert list(run.results) == ["Heron_0001"]
    assert list(run.failures) == ["Broken_0001"]
    assert "Broken_0001.jpg is damaged" in run.failures["Broken_0001"]


def test_errors_survive_the_way_back_from_a_worker() -> None:
    made: list[RiverscapeError] = [
        SurveyError("survey", ["a.jpg: damaged", "b.jpg: damaged"]),
        MissingExtraError("training a model", "train"),
    ]
    known = [getattr(errors, name) for name in errors.__all__]
    made += [kind("what") for kind in known if kind not in (SurveyError, MissingExtraError)]
    for error in made:
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), str(back)) == (type(error), str(error))


def test_a_full_disk_stops_the_run(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        message = "CLASS_CNN_Alder_0001.tif cannot be written: No space left on device"
        raise OutputError(message)

    monkeypatch.setattr("riverscape.execution.image.write_maps", full)
    with pytest.raises(OutputError, match="No space left"):
        classify_survey(pair_labels([survey]), tmp_path, MODEL, Settings(), figures=False)


def test_an_unforeseen_error_in_one_image_does_not_stop_the_others(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_for_alder(raster: Raster, *rest: Any, **more: Any) -> ImageMaps:
        if Path(raster.path).stem.startswith("Alder"):
            message = "inputs are of odd shape"
            raise ValueError(message)
        return map_image(raster, *rest, **more)

    monkeypatch.setattr("riverscape.execution.image.map_image", fail_for_alder)
    run = classify_survey(pair_labels([survey]), tmp_path, MODEL, Settings(), figures=False)
    assert list(run.results) == ["Heron_0001"]
    assert "ValueError: inputs are of odd shape" in run.failures["Alder_0001"]


def test_progress_counts_the_images_that_are_left_to_do(
    survey: Path, by_one: Path, tmp_path: Path
) -> None:
    heard: list[object] = []

    class Listener:
        def start(self, stage: str, total: int) -> None:
            heard.append((stage, total))

        def advance(self, steps: int = 1, note: str = "") -> None:
            heard.append((steps, note))

        def finish(self) -> None:
            heard.append("finished")

    out = tmp_path / "maps"
    shutil.copytree(by_one, out)
    (out / "CSC_Heron_0001.csv").unlink()
    run = classify_survey(
        pair_labels([survey]), out, MODEL, FOREST, figures=False, resume=True, progress=Listener()
    )
    assert run.skipped == ["Alder_0001"]
    size_px = 150 * 200
    assert heard[0] == ("classifying", work_px((150, 200)))
    steps = [step for step in heard[1:-1] if isinstance(step, tuple)]
    assert [step for step in steps if step[0]] == [
        (size_px, "Heron_0001"),
        (size_px, "Heron_0001"),
        (size_px // 10, "Heron_0001, writing maps"),
    ]
    assert heard[-1] == "finished"
    assert contents(out) == contents(by_one)


def test_resuming_where_nothing_was_begun_replaces_nothing(survey: Path, tmp_path: Path) -> None:
    precious = tmp_path / "CLASS_CSC_Alder_0001.tif"
    precious.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        classify_survey(
            pair_labels([survey]), tmp_path, MODEL, Settings(), figures=False, resume=True
        )
    assert precious.read_text() == "mine"


def test_an_image_that_fails_keeps_no_older_map(survey: Path, tmp_path: Path) -> None:
    image = tmp_path / "Alder_0001.jpg"
    shutil.copy(survey / image.name, image)
    out = tmp_path / "maps"
    pairs = [LabelledImage(image, None)]
    classify_survey(pairs, out, MODEL, Settings(), figures=False)
    image.write_bytes(image.read_bytes()[:3000])
    run = classify_survey(pairs, out, MODEL, Settings(), figures=False, overwrite=True)
    assert list(run.failures) == ["Alder_0001"]
    assert list(out.iterdir()) == []


def test_the_record_keeps_the_other_images_of_the_folder(survey: Path, tmp_path: Path) -> None:
    pairs = pair_labels([survey])
    classify_survey(pairs, tmp_path, MODEL, Settings(), figures=False)
    run = classify_survey(pairs[:1], tmp_path, MODEL, Settings(), figures=False, overwrite=True)
    assert sorted(json.loads(run.record.read_text())["images"]) == ["Alder_0001", "Heron_0001"]
    other = make_settings({"pixels": {"bits": 6}})
    run = classify_survey(pairs[:1], tmp_path, MODEL, other, figures=False, overwrite=True)
    assert sorted(json.loads(run.record.read_text())["images"]) == ["Alder_0001"]


def test_the_bar_is_taken_down_when_a_run_ends_early(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watch(Silent):
        ended = False

        def finish(self) -> None:
            self.ended = True

    def interrupted(*_: Any, **__: Any) -> ImageMaps:
        raise KeyboardInterrupt

    monkeypatch.setattr("riverscape.execution.image.map_image", interrupted)
    watch = Watch()
    with pytest.raises(KeyboardInterrupt):
        classify_survey(pair_labels([survey]), tmp_path, MODEL, Settings(), progress=watch)
    assert watch.ended


def test_an_image_that_could_be_opened_only_later_does_not_stop_the_run(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riverscape.execution import look as module
    from riverscape.execution.look import Look, look_at

    looked: list[str] = []

    def fail_once(source: Path, settings: ImageSettings) -> Look:
        looked.append(source.stem)
        if looked.count(source.stem) == 1 and source.stem == "Alder_0001":
            message = f"{source} cannot be reached"
            raise InputError(message)
        return look_at(source, settings)

    monkeypatch.setattr(module, "look_at", fail_once)
    run = classify_survey(pair_labels([survey]), tmp_path, MODEL, Settings(), figures=False)
    assert (sorted(run.results), run.failures) == (["Alder_0001", "Heron_0001"], {})
    again = classify_survey(
        pair_labels([survey]), tmp_path, MODEL, Settings(), figures=False, resume=True
    )
    assert again.skipped == ["Alder_0001", "Heron_0001"]


def test_an_image_that_is_read_otherwise_than_before_is_made_anew(
    tmp_path: Path, write_raster: Callable[..., Path], photograph: NDArray[np.uint8]
) -> None:
    image = write_raster(tmp_path / "Alder_0001.png", photograph)
    pairs, out = [LabelledImage(image, None)], tmp_path / "maps"
    classify_survey(pairs, out, MODEL, Settings(), figures=False)
    before = (out / "CLASS_CSC_Alder_0001.tif").read_bytes()
    beside = tmp_path / "Alder_0001.png.aux.xml"
    beside.write_text("<PAMDataset></PAMDataset>")
    run = classify_survey(pairs, out, MODEL, Settings(), figures=False, resume=True)
    assert run.skipped == ["Alder_0001"]
    band = '<PAMRasterBand band="{}"><NoDataValue>{}</NoDataValue></PAMRasterBand>'
    bands = (band.format(1 + place, photograph[place, 9, 9]) for place in range(3))
    beside.write_text(f"<PAMDataset>{''.join(bands)}</PAMDataset>")
    run = classify_survey(pairs, out, MODEL, Settings(), figures=False, resume=True)
    assert list(run.results) == ["Alder_0001"]
    assert (out / "CLASS_CSC_Alder_0001.tif").read_bytes() != before


def test_an_image_whose_mask_has_changed_is_made_anew(
    tmp_path: Path, write_raster: Callable[..., Path], photograph: NDArray[np.uint8]
) -> None:
    image = write_raster(tmp_path / "Alder_0001.tif", photograph)
    mask = np.full(photograph.shape[1:], 255, np.uint8)
    pairs, out = [LabelledImage(image, None)], tmp_path / "maps"
    for masked in (20, 50):
        mask[:masked] = 0
        write_raster(tmp_path / "mask.tif", mask).replace(tmp_path / "Alder_0001.tif.msk")
        run = classify_survey(pairs, out, MODEL, Settings(), figures=False, resume=True)
        assert list(run.results) == ["Alder_0001"]
