"""Training as a user meets it: held-out images, epochs found, rivers left out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")

from riverscape.errors import InputError
from riverscape.labels import PUBLISHED_CLASSES, pair_labels
from riverscape.scenes import River, write_survey
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Epoch, Model, Oversight, TileSet, cut_tiles
from riverscape.workflow import cross_validate, folds_table, train, tune
from riverscape.workflow.held_out import examined, split_images

QUICK = make_settings(
    {
        "tile_set": {"stride_px": 25, "rare_stride_px": 12},
        "training": {"epochs": 2, "batches_per_epoch": 4, "batch_tiles": 16},
    }
)


def changed(**training: object) -> Settings:
    updated = QUICK.training.model_copy(update=training)
    return QUICK.model_copy(update={"training": updated})


@pytest.fixture(scope="module")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> TileSet:
    """Return the tiles of three synthetic rivers of two images each."""
    folder = tmp_path_factory.mktemp("rivers")
    for seed, name in enumerate(("Alder", "Birch", "Cress")):
        write_survey(folder, [River.from_name(name)], 2, height_px=220, width_px=300, seed=seed)
    pairs = pair_labels([folder], required=True)
    return cut_tiles(pairs, PUBLISHED_CLASSES, QUICK.tile_set)


def test_what_is_held_out_is_never_trained_on(rivers: TileSet) -> None:
    training = train(rivers, "quick", QUICK)
    stated = training.model.contract.training
    assert set(stated["images"]) | set(stated["validation_images"]) == {
        image.name for image in rivers.images
    }
    assert not set(stated["images"]) & set(stated["validation_images"])
    assert training.held_out is not None
    assert training.validation == training.held_out.images
    held = [image for image in rivers.images if image.name in training.validation]
    plain = QUICK.tile_set.model_copy(update={"rare_tiles": 1})
    expected = cut_tiles(held, PUBLISHED_CLASSES, plain)
    assert training.held_out.matrix.support == len(expected)
    for mistake in training.held_out.mistakes:
        assert mistake.image in training.validation


def test_whole_rivers_are_held_out_where_that_is_asked(rivers: TileSet) -> None:
    kept, out = split_images(rivers, changed(hold_out="river").training)
    assert {image.river for image in kept} & {image.river for image in out} == set()
    assert len({image.river for image in out}) == 1
    assert len(out) == 2


def test_a_split_leaves_every_class_to_training(rivers: TileSet) -> None:
    # Only one image knows the third class: no split may take it away from training.
    area = np.full((6, 5), 100)
    area[:, 2] = [0, 0, 0, 500, 0, 0]
    alone = replace(rivers, labelled_px=area)
    for seed in range(8):
        kept, _ = split_images(alone, changed(seed=seed).training)
        assert alone.images[3] in kept


def test_mistakes_show_what_the_image_shows(rivers: TileSet) -> None:
    probabilities = np.full((len(rivers), 5), 0.1, np.float32)
    probabilities[np.arange(len(rivers)), (rivers.classes + 1) % 5] = 0.6
    held = examined(rivers, probabilities)
    assert held.matrix.accuracy == 0
    assert held.mistakes
    for mistake in held.mistakes:
        row, col = mistake.tile_at
        shown = mistake.pixels[:, row : row + 50, col : col + 50]
        (place,) = (
            place
            for place in range(len(rivers))
            if rivers.images[rivers.sources[place]].name == mistake.image
            and tuple(rivers.corners[place]) == (mistake.row_px, mistake.col_px)
            and rivers.scheme.names[rivers.classes[place]] == mistake.labelled.name
        )
        assert np.array_equal(shown, rivers.pixels(np.array([place]))[0])


def test_epochs_are_found_and_then_trained_on_everything(rivers: TileSet) -> None:
    stages: dict[str, list[int]] = {}

    def note(stage: str, epoch: Epoch) -> None:
        stages.setdefault(stage, []).append(epoch.number)

    settings = changed(epochs="auto", max_epochs=4, patience=1)
    training = train(rivers, "auto", settings, oversight=Oversight(on_epoch=note))
    assert training.tuning is not None
    found = training.tuning.best.number
    assert stages["training"] == list(range(1, found + 1))
    assert len(stages["tuning"]) >= found
    stated = training.model.contract.training
    assert set(stated["images"]) == {image.name for image in rivers.images}
    assert stated["settings"]["training"]["epochs"] == found
    assert training.held_out is None
    assert training.validation == ()


def test_finding_epochs_needs_an_image_to_keep_out(rivers: TileSet) -> None:
    alone = rivers.of_images(rivers.images[:1])
    with pytest.raises(InputError, match="needs two images or more"):
        tune(alone, changed(epochs="auto"))
    with pytest.raises(InputError, match="needs two rivers or more"):
        tune(rivers.of_images(rivers.images[:2]), changed(epochs="auto", hold_out="river"))


def test_each_river_is_left_out_once(rivers: TileSet, tmp_path: Path) -> None:
    done: list[str] = []
    folds = cross_validate(
        rivers,
        "river",
        QUICK,
        oversight=Oversight(checkpoints=tmp_path),
        on_fold=lambda fold: done.append(fold.left_out),
    )
    assert done == [fold.left_out for fold in folds] == ["Alder", "Birch", "Cress"]
    plain = QUICK.tile_set.model_copy(update={"rare_tiles": 1})
    every = cut_tiles(rivers.images, PUBLISHED_CLASSES, plain)
    assert sum(fold.held_out.matrix.support for fold in folds) == len(every)
    for fold in folds:
        assert {name.split("_")[0] for name in fold.held_out.images} == {fold.left_out}
    table = folds_table(folds)
    assert list(table["left_out"]) == ["Alder", "Birch", "Cress", "mean"]
    assert table["f1_weighted"].iloc[3] == pytest.approx(table["f1_weighted"].iloc[:3].mean())
    assert len(list(tmp_path.glob("left-out-*.checkpoint"))) == 3


def test_leaving_one_out_needs_two(rivers: TileSet) -> None:
    with pytest.raises(InputError, match="leaving one river out needs two rivers or more"):
        cross_validate(rivers.of_images(rivers.images[:2]), "river", QUICK)


def test_a_model_goes_on_from_another(rivers: TileSet) -> None:
    base: Model = train(rivers, "base", QUICK).model
    on = train(rivers, "on", changed(learning_rate=1e-9), start_from=base).model
    tiles = rivers.pixels(np.arange(20))
    # Hardly having learned anything, it still answers as its start does.
    assert np.abs(base.predict(tiles) - on.predict(tiles)).max() < 0.2
    assert on.contract.training["settings"]["start_from"]["sha256"] == base.sha256


def test_river_classes_fold_back_to_classes(rivers: TileSet) -> None:
    split = QUICK.tile_set.model_copy(update={"split_classes_by_river": True})
    tiles = cut_tiles(rivers.images, PUBLISHED_CLASSES, split)
    model = train(tiles, "split", QUICK).model
    assert model.contract.class_key == (1, 2, 3, 4, 5) * 3
    answer = model.predict(rivers.pixels(np.arange(4)))
    assert answer.shape[:2] == (4, 5)
    assert np.allclose(answer.sum(axis=1), 1, atol=1e-4)
