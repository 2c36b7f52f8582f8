"""Training on a survey: where the tiles, the checkpoints and all that is worth a look are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from riverscape.assessment import ConfusionMatrix
from riverscape.assessment.mistakes import Mistake, mistakes_table
from riverscape.execution.training_files import TrainingFiles
from riverscape.execution.training_record import TrainingRecord
from riverscape.labels import ClassScheme, LabelledImage
from riverscape.outputs import whole_file
from riverscape.progress import SILENT, Progress
from riverscape.settings import Settings
from riverscape.tiles import Epoch, Model, Oversight, TileSet, cut_tiles
from riverscape.tiles.survey_pixels import SurveyPixels
from riverscape.workflow import (
    Fold,
    HeldOut,
    Training,
    Tuning,
    available_threads,
    cross_validate,
    folds_table,
    train,
    tune,
)
from riverscape.workflow.cross_validation import Unit, total_matrix
from riverscape.workflow.held_out import MISTAKES

if TYPE_CHECKING:
    from riverscape.tiles.training import Team

__all__ = ["TrainingJob", "cross_validate_survey", "train_survey", "tune_survey"]

OnEpoch = Callable[[str, Epoch], None]


@dataclass(frozen=True)
class TrainingJob:
    """A survey to train on, and how.

    Attributes
    ----------
    log
        Called after each epoch, beside the record.
    """

    pairs: Sequence[LabelledImage]
    scheme: ClassScheme
    settings: Settings
    files: TrainingFiles
    team: "Team"
    start_from: Model | None = None
    progress: Progress = SILENT
    log: OnEpoch = lambda _stage, _epoch: None

    def tiles(self) -> TileSet:
        """Cut the tiles, or take those that are there; one process for all of a team."""
        if not self.team.leads:
            self.team.wait()
        images = [pair.image for pair in self.pairs]
        base = self.start_from.contract if self.start_from else None
        tiles = cut_tiles(
            self.pairs,
            self.scheme,
            self.settings.tile_set,
            self.files.tiles,
            self.progress if self.team.leads else SILENT,
            available_threads(),
            SurveyPixels.of(images, self.settings.image, base),
        )
        if self.team.leads:
            self.team.wait()
        return tiles

    def begin(self, tiles: TileSet) -> tuple[TrainingRecord, Oversight]:
        """Begin the record, and say who watches."""
        data = {"images": tiles.origin["images"]}
        record = TrainingRecord(self.files.record, self.settings, tiles, data)
        if self.team.leads:
            record.write()
            key = self.files.folder / "class_key.csv"
            _write_text(key, tiles.key.to_csv())

        def on_epoch(stage: str, epoch: Epoch) -> None:
            record.add(stage, epoch)
            self.log(stage, epoch)

        return record, Oversight(self.progress, on_epoch, self.files.checkpoints)


def train_survey(job: TrainingJob, tiles: TileSet, name: str) -> Training:
    """Train a model; leave the bundle and the folder of its record.

    Raises
    ------
    RiverscapeError
        As `workflow.train`; what was learned until then stays for a training that goes on.
    """
    record, oversight = job.begin(tiles)
    training = train(tiles, name, job.settings, job.start_from, oversight, job.team)
    if job.team.leads:
        if training.tuning is not None:
            _leave_tuning(job, training.tuning)
        _leave_curves(job, "curves", training.history, training.best)
        if training.held_out is not None:
            _leave_held_out(job, training.held_out)
        training.model.save(job.files.bundle, overwrite=True)
        tuned = training.tuning.held_out if training.tuning else None
        scores = _scores(training.held_out or tuned)
        record.finish(model=training.model.sha256, epoch_kept=training.best.number, **scores)
        job.files.clear()
    return training


def tune_survey(job: TrainingJob, tiles: TileSet) -> Tuning:
    """Find how many epochs serve best; leave the folder of the record alone."""
    record, oversight = job.begin(tiles)
    tuning = tune(tiles, job.settings, job.start_from, oversight, job.team)
    if job.team.leads:
        _leave_tuning(job, tuning)
        record.finish(epochs_found=tuning.best.number, **_scores(tuning.held_out))
        job.files.clear()
    return tuning


def cross_validate_survey(job: TrainingJob, tiles: TileSet, unit: Unit) -> pd.DataFrame:
    """Leave each river or image out in turn; leave the table of the folds and their mistakes."""
    record, oversight = job.begin(tiles)
    done: list[Fold] = []

    def on_fold(fold: Fold) -> None:
        done.append(fold)
        if job.team.leads:
            _write_text(job.files.folder / "folds.csv", folds_table(done).to_csv(index=False))

    folds = cross_validate(tiles, unit, job.settings, job.start_from, oversight, job.team, on_fold)
    table = folds_table(folds)
    if job.team.leads:
        mistakes = [mistake for fold in folds for mistake in fold.held_out.mistakes]
        mistakes.sort(key=lambda mistake: -mistake.certainty)
        mistakes = mistakes[:MISTAKES]
        _leave_scores(job, total_matrix(folds), mistakes, f"each {unit} left out once")
        record.finish(folds=table.to_dict("records"))
        job.files.clear()
    return table


def _leave_tuning(job: TrainingJob, tuning: Tuning) -> None:
    _leave_curves(job, "tuning_curves", tuning.history, tuning.best)
    _leave_held_out(job, tuning.held_out)


def _leave_curves(job: TrainingJob, name: str, history: Sequence[Epoch], best: Epoch) -> None:
    from riverscape.reports.curves import save_training_curves

    target = job.settings.training.target_accuracy
    save_training_curves(job.files.folder / f"{name}.png", history, best.number, target)


def _leave_held_out(job: TrainingJob, held_out: HeldOut) -> None:
    names = ", ".join(held_out.images[:3]) + (", ..." if len(held_out.images) > 3 else "")
    _leave_scores(job, held_out.matrix, held_out.mistakes, f"kept out of training: {names}")


def _leave_scores(
    job: TrainingJob, matrix: ConfusionMatrix, mistakes: Sequence[Mistake], title: str
) -> None:
    from riverscape.reports.confusion import save_confusion
    from riverscape.reports.mistakes import save_mistakes

    folder = job.files.folder
    save_confusion(folder / "confusion.png", matrix, title)
    save_mistakes(folder / "mistakes.png", mistakes, title)
    _write_text(folder / "mistakes.csv", mistakes_table(mistakes).to_csv(index=False))


def _scores(held_out: HeldOut | None) -> dict[str, Any]:
    if held_out is None:
        return {}
    matrix = held_out.matrix
    f1 = {score.name: score.f1 for score in matrix.classes if score.support}
    scores = {"images": held_out.images, "f1_weighted": matrix.f1_weighted, "f1": f1}
    return {"held_out": scores}


def _write_text(path: Path, text: str) -> None:
    with whole_file(path) as aside:
        aside.write_text(text, encoding="utf-8")
