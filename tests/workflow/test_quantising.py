"""A model in 8 bits: what it costs is measured on images that it was not calibrated by."""

from pathlib import Path

import numpy as np
import pytest

from riverscape.errors import InputError
from riverscape.imagery import open_raster
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.scenes import River, write_survey
from riverscape.tiles import Model
from riverscape.workflow import Quantisation, assess, classify, quantise


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledImage]:
    folder = tmp_path_factory.mktemp("rivers")
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    write_survey(folder, rivers, 2, height_px=240, width_px=320, seed=5)
    return pair_labels([folder], required=True)


@pytest.fixture(scope="module")
def done(pairs: list[LabelledImage]) -> Quantisation:
    return quantise(load_model("ste-marguerite"), pairs, threads=1)


def test_no_image_is_on_both_sides(done: Quantisation, pairs: list[LabelledImage]) -> None:
    sides = [*done.calibrated, *done.compared]
    assert sorted(sides) == sorted(pair.name for pair in pairs)
    assert len(done.calibrated) == len(done.compared) == 2


def test_it_maps_nearly_as_well(done: Quantisation) -> None:
    assert done.mean.f1_float > 0.8
    assert abs(done.mean.f1_int8 - done.mean.f1_float) < 0.02
    assert done.speed_up > 0


def test_the_scores_are_those_that_classifying_gives(
    done: Quantisation, pairs: list[LabelledImage]
) -> None:
    for pair in pairs:
        if pair.name in done.compared:
            for model, expected in (
                (load_model("ste-marguerite").in_float(), done.compared[pair.name].f1_float),
                (done.model, done.compared[pair.name].f1_int8),
            ):
                result = classify(pair.image, model)
                assert assess(result.cnn, pair.label_raster).f1_weighted == expected


def test_the_contract_says_what_it_is_and_what_was_measured(done: Quantisation) -> None:
    source, contract = load_model("ste-marguerite").in_float(), done.model.contract
    assert (contract.name, contract.scores) == (source.contract.name, source.contract.scores)
    quantised = dict(contract.backbone["quantised"])
    scores = quantised.pop("weighted F1 of the CNN map, on the other images")
    assert quantised == {
        "to": "int8",
        "from": source.sha256,
        "calibration_images": list(done.calibrated),
    }
    assert set(scores) == {*done.compared, "mean"}
    assert scores["mean"]["int8"] == round(done.mean.f1_int8, 4)
    assert scores["mean"]["float"] == round(done.mean.f1_float, 4)
    assert set(done.model.files) == {*source.files, "network-int8.onnx"}
    assert done.model.in_float().sha256 == source.sha256


def test_the_same_images_give_the_same_bundle(
    done: Quantisation, pairs: list[LabelledImage]
) -> None:
    assert quantise(load_model("ste-marguerite"), pairs, threads=2).model.sha256 == (
        done.model.sha256
    )


def test_a_single_image_cannot_do_both(pairs: list[LabelledImage]) -> None:
    with pytest.raises(InputError, match="two images or more are needed"):
        quantise(load_model("ste-marguerite"), pairs[:1])


def test_calibrating_again_begins_with_the_network_itself(
    done: Quantisation, pairs: list[LabelledImage]
) -> None:
    assert quantise(done.model, pairs, threads=1).model.sha256 == done.model.sha256


def test_it_answers_in_8_bits(done: Quantisation, pairs: list[LabelledImage]) -> None:
    with open_raster(pairs[0].image) as raster:
        pixels = raster.read()[None]
    apart = np.abs(done.model.predict(pixels) - done.model.in_float().predict(pixels))
    assert 0 < apart.mean() < 0.02


def test_a_model_in_float_leaves_no_8_bits_behind(done: Quantisation, tmp_path: Path) -> None:
    path = done.model.save(tmp_path / "model")
    done.model.in_float().save(path, overwrite=True)
    assert Model.load(path).sha256 == done.model.in_float().sha256
    assert not (path / "network-int8.onnx").exists()


def test_the_bundle_comes_back_whole(done: Quantisation, tmp_path: Path) -> None:
    again = Model.load(done.model.save(tmp_path / "int8"))
    assert again.sha256 == done.model.sha256
