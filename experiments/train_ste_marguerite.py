"""Train the bundled model `ste-marguerite` again, and say what it reaches.

    python experiments/train_ste_marguerite.py --data sample/

The data are the published sample of the method; `riverscape data fetch --out sample/` brings
them. The model is trained on the ten photographs of Train and on synthetic scenes, which hold
the two classes that Train lacks. The four photographs of Validate are scored, never trained on.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from riverscape.assessment import ConfusionMatrix, leave_one_out
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage, pair_labels
from riverscape.scenes import Cover, River, write_survey
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Model, TileSet, cut_tiles
from riverscape.workflow import Fold, assess, classify, folds_table, quantise, train
from riverscape.workflow.held_out import examined, plain_tiles

BUNDLE = Path(__file__).parents[1] / "src" / "riverscape" / "models" / "ste-marguerite"
# None of the rivers of the demo, the tests or the benchmarks.
RIVERS = ("Perch", "Bream", "Quill", "Umber", "Eel", "Oak", "Cedar", "Grayling")
# Everything is trained on, so no epoch is chosen by validation: the last is kept.
SETTINGS = make_settings({"training": {"validation_share": 0}})
FACTS: dict[str, Any] = {
    "description": "five land-cover classes of forested gravel-bed rivers, RGB at about 10 cm",
    "licence": "MIT; trained on photographs and labels that are MIT, (c) 2019 James Dietrich",
    "citation": (
        "Carbonneau, Dugdale, Breckon, Dietrich, Fonstad, Miyamoto, Woodget (2020), Adopting "
        "deep learning methods for airborne RGB fluvial scene classification, Remote Sensing of "
        "Environment 251, 112107, doi:10.1016/j.rse.2020.112107"
    ),
}


def tiles_of(train_folder: Path, scenes: Path) -> tuple[TileSet, list[LabelledImage]]:
    """Return the tiles of real and synthetic images, and which images are real."""
    rivers = [River.from_name(name) for name in RIVERS]
    cover = Cover(forest=0.45, senescent=0.25, bars=0.9, road=True)
    write_survey(scenes, rivers, 1, height_px=1000, width_px=1500, seed=11, cover=cover)
    real = pair_labels([train_folder], required=True)
    synthetic = pair_labels([scenes], required=True)
    return cut_tiles([*real, *synthetic], PUBLISHED_CLASSES, SETTINGS.tile_set), real


def score(model: Model, images: list[LabelledImage]) -> dict[str, dict[str, ConfusionMatrix]]:
    """Return the confusion matrices of each image's CNN map and CSC map."""
    scores = {}
    for image in images:
        result = classify(image.image, model, Settings())
        scores[image.name] = {
            "CNN": assess(result.cnn, image.label_raster),
            "CSC": assess(result.csc, image.label_raster),
        }
    return scores


def show(title: str, scores: dict[str, dict[str, ConfusionMatrix]]) -> dict[str, Any]:
    """Print the scores of each image and their mean; return them for the record."""
    print(f"\n{title}\n{'image':14} {'CNN':>7} {'CSC':>7}  F1 of each class in the CSC map")
    record = {}
    for name, maps in scores.items():
        classes = {s.name: round(s.f1, 4) for s in maps["CSC"].classes if s.support}
        f1 = {kind: round(matrix.f1_weighted, 4) for kind, matrix in maps.items()}
        record[name] = {**f1, "CSC classes": classes}
        print(f"{name:14} {f1['CNN']:7.4f} {f1['CSC']:7.4f}  {classes}")
    means = {
        kind: round(float(np.mean([maps[kind].f1_weighted for maps in scores.values()])), 4)
        for kind in ("CNN", "CSC")
    }
    print(f"{'mean':14} {means['CNN']:7.4f} {means['CSC']:7.4f}", flush=True)
    return {**record, "mean": means}


def cross_validate(tiles: TileSet, real: list[LabelledImage], epochs: int) -> None:
    """Leave each real photograph out in turn; the synthetic scenes always take part."""
    settings = make_settings({"training": {"validation_share": 0, "epochs": epochs}})
    scores: dict[str, dict[str, ConfusionMatrix]] = {}
    folds = []
    for kept, left in leave_one_out(real):
        others = [image for image in tiles.images if image not in real]
        model = train(tiles.of_images([*kept, *others]), "fold", settings).model
        scores |= score(model, [left])
        show(f"left out: {left.name}", {left.name: scores[left.name]})
        held = plain_tiles(tiles, [left], settings.tile_set)
        parts = np.array_split(np.arange(len(held)), len(held) // 256 + 1)
        answers = [model.predict(held.pixels(part))[:, :, 0, 0] for part in parts]
        examination = examined(held, np.concatenate(answers))
        folds.append(Fold(left.name, epochs, examination))
        print(folds_table(folds).to_string(), flush=True)
    show("leave one image out, Train, labels sparse", scores)


def save_with_scores(model: Model, data: Path, out: Path) -> None:
    """Score a model on the Validate photographs and write its bundle with the scores."""
    validate = pair_labels([data / "Validate"], required=True)
    record = show("Validate, labels dense, never trained on", score(model, validate))
    contract = model.contract.model_copy(update={"scores": {"weighted F1 on Validate": record}})
    Model(contract, model.files).save(out, overwrite=True)
    print(f"\nbundle in {out}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with Train and Validate")
    parser.add_argument("--out", type=Path, default=BUNDLE, help="where the bundle goes")
    parser.add_argument("--cross-validate", action="store_true", help="leave one image out")
    parser.add_argument("--score", action="store_true", help="score the bundle as it stands")
    parser.add_argument("--epochs", type=int, default=8, help="of --cross-validate")
    chosen = parser.parse_args()
    if chosen.score:
        save_with_scores(Model.load(chosen.out), chosen.data, chosen.out)
        return
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        tiles, real = tiles_of(chosen.data / "Train", Path(folder))
        print(f"{len(tiles)} tiles in {time.perf_counter() - started:.0f} s: {tiles.counts()}")
        if chosen.cross_validate:
            cross_validate(tiles, real, chosen.epochs)
            return
        started = time.perf_counter()
        model = train(tiles, "ste-marguerite", SETTINGS, **FACTS).model
        print(f"trained in {time.perf_counter() - started:.0f} s")
    model = quantise(model, pair_labels([chosen.data / "Train"], required=True)).model
    save_with_scores(model, chosen.data, chosen.out)


if __name__ == "__main__":
    main()
