"""Training: what it learns, that it repeats itself, and that breaking it off loses nothing."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from riverscape.errors import InputError, OutputError, SettingsError
from riverscape.labels import ClassKey
from riverscape.tiles import Epoch, Oversight, TileSet
from riverscape.tiles.networks import CompactCNN
from riverscape.tiles.settings import TrainingSettings
from riverscape.tiles.trained import Trained
from riverscape.tiles.training import (
    Course,
    TrainingStoppedError,
    fit_network,
    tile_probabilities,
)
from riverscape.tiles.training.drawing import BalancedDrawing, EveryTile
from riverscape.tiles.training.tensorboard import tensorboard_log

from .conftest import QUICK

UNWATCHED = Oversight()
TINY = QUICK.model_copy(update={"epochs": 3, "batches_per_epoch": 4, "batch_tiles": 16})


def network(outputs: int = 5) -> CompactCNN:
    torch.manual_seed(0)
    return CompactCNN(3, outputs, 50)


def taught(
    tiles: TileSet, settings: TrainingSettings = TINY, oversight: Oversight = UNWATCHED
) -> Trained:
    return fit_network(network(), Course(tiles, tiles.of_images([]), settings), oversight)


def test_learns_classes_that_differ(tiles: TileSet) -> None:
    trained = fit_network(network(), Course(tiles, tiles, QUICK))
    assert trained.history[-1].validation_accuracy > 0.95
    assert trained.parameters < 500_000
    assert trained.history[-1].tiles_per_second > 0
    assert 0 <= trained.history[-1].waiting_share <= 1
    probabilities = tile_probabilities(trained.network, tiles)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert np.mean(probabilities.argmax(axis=1) == tiles.classes) > 0.95


def test_same_seed_same_network(tiles: TileSet) -> None:
    first, second = (taught(tiles).weights() for _ in "ab")
    other = taught(tiles, TINY.model_copy(update={"seed": 1})).weights()
    assert first == second
    assert first != other


def test_without_tiles_there_is_nothing_to_train(tiles: TileSet) -> None:
    with pytest.raises(InputError, match="no tile to train on"):
        taught(tiles.of_images([]))


def test_the_epoch_that_serves_best_is_kept(tiles: TileSet) -> None:
    settings = QUICK.model_copy(update={"learning_rate": 0.05, "epochs": 4})
    trained = fit_network(network(), Course(tiles, tiles, settings))
    losses = [epoch.validation_loss for epoch in trained.history]
    assert trained.best.validation_loss == min(losses)
    again = tile_probabilities(trained.network, tiles)
    own = again[np.arange(len(tiles)), tiles.classes]
    by_class = [-np.log(own[tiles.classes == position]).mean() for position in (0, 2)]
    assert np.mean(by_class) == pytest.approx(min(losses), rel=1e-3)


def test_images_stay_whole_when_tiles_are_chosen(tiles: TileSet) -> None:
    chosen = tiles.of_images(tiles.images[1:])
    assert chosen.images == tiles.images[1:]
    assert set(chosen.sources) == {0}
    assert chosen.labelled_px.shape == (1, 5)
    assert np.array_equal(chosen.pixels(np.arange(60)), tiles.store[1::2])


def stop_after(steps: int, how: int) -> Oversight:
    """Return an oversight that sends this process a signal after some steps."""

    class Sender:
        def __init__(self) -> None:
            self.left = steps

        def start(self, stage: str, total: int) -> None: ...
        def finish(self) -> None: ...
        def advance(self, _steps: int = 1, note: str = "") -> None:
            self.left -= bool(note)
            if self.left == 0:
                os.kill(os.getpid(), how)

    return Oversight(Sender())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("steps", [1, 4, 6, 11])
def test_a_training_that_is_stopped_goes_on_as_if_it_had_not(
    tiles: TileSet, tmp_path: Path, steps: int, how: int
) -> None:
    unbroken = taught(tiles)
    stopping = replace(stop_after(steps, how), checkpoints=tmp_path)
    before = signal.getsignal(how)
    with pytest.raises(TrainingStoppedError, match="training stopped in epoch"):
        taught(tiles, oversight=stopping)
    assert signal.getsignal(how) == before
    resumed = taught(tiles, oversight=Oversight(checkpoints=tmp_path))
    assert resumed.weights() == unbroken.weights()
    for one, other in zip(unbroken.history, resumed.history, strict=True):
        assert (one.number, one.loss, one.accuracy) == (other.number, other.loss, other.accuracy)


def test_a_training_that_is_done_is_not_done_again(tiles: TileSet, tmp_path: Path) -> None:
    done: list[int] = []
    oversight = Oversight(on_epoch=lambda _, e: done.append(e.number), checkpoints=tmp_path)
    first = taught(tiles, oversight=oversight)
    second = taught(tiles, oversight=oversight)
    assert done == [1, 2, 3]
    assert first.weights() == second.weights()


def test_a_checkpoint_of_another_training_is_refused(tiles: TileSet, tmp_path: Path) -> None:
    taught(tiles, oversight=Oversight(checkpoints=tmp_path))
    other = TINY.model_copy(update={"seed": 5})
    with pytest.raises(OutputError, match="other tiles or with other settings"):
        taught(tiles, other, Oversight(checkpoints=tmp_path))
    (checkpoint,) = tmp_path.iterdir()
    checkpoint.write_bytes(b"half a checkpoint")
    with pytest.raises(OutputError, match=r"\.checkpoint is damaged"):
        taught(tiles, oversight=Oversight(checkpoints=tmp_path))


class Narrow(CompactCNN):
    """A network for which a few tiles at once are too many, as on a small GPU."""

    most = 5

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        if self.training and len(pixels) > self.most:
            message = "CUDA out of memory. Tried to allocate 20.00 MiB"
            raise torch.OutOfMemoryError(message)
        return super().forward(pixels)


def test_where_memory_runs_out_batches_go_in_parts(
    tiles: TileSet, caplog: pytest.LogCaptureFixture
) -> None:
    torch.manual_seed(0)
    course = Course(tiles, tiles, QUICK)
    trained = fit_network(Narrow(3, 5, 50), course)
    halvings = [r.message for r in caplog.records if "out of memory" in r.message]
    assert halvings == [
        f"out of memory: batches of 32 tiles go in parts of {size}" for size in (16, 8, 4)
    ]
    assert trained.history[-1].validation_accuracy > 0.9


def test_where_not_even_one_tile_fits_it_says_so(tiles: TileSet) -> None:
    hopeless = Narrow(3, 5, 50)
    hopeless.most = 0
    with pytest.raises(SettingsError, match="not memory enough on this device; lower --batch"):
        fit_network(hopeless, Course(tiles, tiles, TINY))


def test_half_precision_learns_too(tiles: TileSet) -> None:
    settings = QUICK.model_copy(update={"precision": "bf16"})
    trained = fit_network(network(), Course(tiles, tiles, settings))
    assert trained.history[-1].validation_accuracy > 0.9
    weights = next(iter(network().parameters()))
    assert weights.dtype == torch.float32


def test_a_device_that_is_not_here_is_refused() -> None:
    from riverscape.tiles.training import join_team

    with (
        pytest.raises(SettingsError, match="no device cuda:99 to train on here"),
        join_team("cuda:99"),
    ):
        pass


def test_patience_ends_a_training_that_brings_nothing_more(tiles: TileSet) -> None:
    still = QUICK.model_copy(
        update={"epochs": "auto", "max_epochs": 12, "patience": 2, "learning_rate": 1e-9}
    )
    trained = fit_network(network(), Course(tiles, tiles, still))
    assert len(trained.history) < 12
    last = trained.history[-1].number
    assert last - trained.best.number == 2


def test_a_target_reached_ends_a_training(tiles: TileSet) -> None:
    settings = QUICK.model_copy(
        update={"epochs": "auto", "max_epochs": 30, "target_accuracy": 0.9, "patience": 30}
    )
    trained = fit_network(network(), Course(tiles, tiles, settings))
    assert trained.history[-1].validation_accuracy >= 0.9
    assert all(epoch.validation_accuracy < 0.9 for epoch in trained.history[:-1])


@dataclass
class Uneven:
    """A tile set of 300 tiles in three images, most of one class and image."""

    tiles: TileSet

    @classmethod
    def of(cls, tiles: TileSet) -> "Uneven":
        rng = np.random.default_rng(0)
        classes = rng.choice([0, 2, 3], 300, p=[0.8, 0.15, 0.05])
        sources = rng.choice([0, 1], 300, p=[0.7, 0.3])
        area = np.array([[900, 0, 100, 20, 0]] * 2)
        return cls(
            replace(
                tiles,
                chosen=np.zeros(300, np.intp),
                classes=classes,
                sources=sources,
                corners=np.zeros((300, 2), np.int32),
                labelled_px=area,
            )
        )


def test_drawing_is_even_over_images_and_nearly_over_classes(tiles: TileSet) -> None:
    uneven = Uneven.of(tiles).tiles
    settings = QUICK.model_copy(update={"batch_tiles": 6000, "class_balance": 0.6})
    drawn = BalancedDrawing(uneven, settings).batch(0)
    shares = np.bincount(uneven.classes[drawn], minlength=4)[[0, 2, 3]] / len(drawn)
    expected = np.array([900, 100, 20]) ** 0.4
    assert np.allclose(shares, expected / expected.sum(), atol=0.03)
    for position in (0, 2, 3):
        of_class = drawn[uneven.classes[drawn] == position]
        assert np.mean(uneven.sources[of_class]) == pytest.approx(0.5, abs=0.06)


def test_local_classes_share_what_their_class_has(tiles: TileSet) -> None:
    """Ten rivers of water and a sandbar in one: the sandbar keeps its share when rivers split."""
    names = [f"River{number}_1.jpg" for number in range(10)]
    images = tuple(replace(tiles.images[0], image=Path(name)) for name in names)
    area = np.zeros((10, 5), np.int64)
    area[:, 0], area[0, 1] = 1000, 1000
    together = replace(
        tiles,
        chosen=np.zeros(11, np.intp),
        classes=np.array([0] * 10 + [1]),
        sources=np.array([*range(10), 0]),
        corners=np.zeros((11, 2), np.int32),
        labelled_px=area,
        images=images,
    )
    key = ClassKey.by_river(tiles.scheme, [image.river for image in images])
    settings = QUICK.model_copy(update={"batch_tiles": 8000, "class_balance": 0.6})
    shares = [
        np.mean(one.classes[BalancedDrawing(one, settings).batch(0)] == 1)
        for one in (together, replace(together, key=key))
    ]
    expected = 1 / (1 + 10**0.4)
    assert shares == pytest.approx([expected, expected], abs=0.02)


def test_a_training_that_diverges_says_so(tiles: TileSet) -> None:
    wild = QUICK.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(SettingsError, match="diverged in epoch 1; lower --learning-rate"):
        taught(tiles, wild)


def test_drawing_follows_from_seed_and_step_alone(tiles: TileSet) -> None:
    uneven = Uneven.of(tiles).tiles
    for kind in (BalancedDrawing, EveryTile):
        drawing: Any = kind(uneven, QUICK)
        later = drawing.batch(7)
        assert np.array_equal(kind(uneven, QUICK).batch(7), later)
        assert not np.array_equal(drawing.batch(8)[: len(later)], later[: len(drawing.batch(8))])


def test_an_epoch_of_all_holds_every_tile_once(tiles: TileSet) -> None:
    drawing = EveryTile(tiles, QUICK)
    for epoch in range(2):
        first = epoch * drawing.batches_per_epoch
        seen = [drawing.batch(first + place) for place in range(drawing.batches_per_epoch)]
        assert sorted(np.concatenate(seen)) == list(range(len(tiles)))


def test_local_classes_are_folded_where_they_are_checked(tiles: TileSet) -> None:
    rivers = replace(
        tiles,
        images=(tiles.images[0], replace(tiles.images[1], image=Path("Birch_2.jpg"))),
        key=ClassKey.by_river(tiles.scheme, ["Alder", "Birch"], unlabelled=True),
    )
    stranger = replace(
        tiles,
        key=rivers.key,
        images=tuple(replace(i, image=Path("Nile.jpg")) for i in tiles.images),
    )
    settings = QUICK.model_copy(update={"epochs": 3})
    trained = fit_network(network(11), Course(rivers, stranger, settings))
    # The river that is checked is none of those taught: only folded classes can be right.
    assert trained.history[-1].validation_accuracy > 0.9
    assert tile_probabilities(trained.network, stranger).shape == (120, 5)


def test_epochs_go_to_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra `tensorboard`")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = tensorboard_log(tmp_path)
    for number in (1, 2):
        log("left out: Ouelle", Epoch(number, 0.5 / number, 0.9, float("nan"), 0.8, 1.0))
    (run,) = tmp_path.iterdir()
    events = EventAccumulator(str(run)).Reload()
    assert [event.value for event in events.Scalars("loss")] == [0.5, 0.25]
    assert "validation_loss" not in events.Tags()["scalars"]


TEAM = """
import sys
import numpy as np
from pathlib import Path
import torch
from riverscape.tiles.networks import CompactCNN
from riverscape.tiles.training import Course, fit_network, join_team
from tests.tiles.conftest import QUICK, plain_tiles

tiles = plain_tiles()
with join_team("cpu") as team:
    torch.manual_seed(0)
    settings = QUICK.model_copy(update={"epochs": 5})
    trained = fit_network(CompactCNN(3, 5, 50), Course(tiles, tiles, settings), team=team)
    assert team.size == 2
    Path(sys.argv[1], str(team.rank)).write_bytes(trained.weights())
    assert trained.history[-1].validation_accuracy > 0.9, trained.history
"""


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path: Path) -> None:
    script = tmp_path / "team.py"
    script.write_text(TEAM)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
            *("--standalone", "--local-addr", "127.0.0.1", str(script), str(tmp_path)),
        ],
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()


def test_signals_outside_the_main_thread_are_left_alone(tiles: TileSet) -> None:
    found: list[Trained] = []
    thread = threading.Thread(target=lambda: found.append(taught(tiles)))
    thread.start()
    thread.join()
    assert len(found[0].history) == 3
