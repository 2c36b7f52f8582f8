"""CSC beside the traditional way: the comparison of Carbonneau et al. 2020, made again.

    python experiments/comparison.py --data sample/ --write docs/comparison.md

Maximum likelihood, a random forest and a multilayer perceptron learn the labels of some
photographs and map others by colour; CSC learns each photograph from the network's tiles. Three
parts: the published sample; the same in other light; and ten synthetic rivers, of which the
traditional classifiers never see the one that they map.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from light import CHANGES, write_changed
from pages import replace_table
from rivers import photographs

from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.pixels import CLASSIFIER_NAMES
from riverscape.tiles import Model
from riverscape.workflow import ComparedMap, Methods, compare, comparison_summary

PARTS = ("sample", "light", "rivers")
# Of those in light.py what a flight meets: colour of the light, exposure, and air.
LIGHTS = ("as it is", "exposure x 0.7", "warm cast", "cold cast", "haze", "saturation x 0.5")
# None of the rivers of the demo, the tests, the benchmarks, the other experiments or the bundled
# model.
RIVERS = (
    *("Avon", "Brathay", "Calder", "Derwent", "Eden"),
    *("Frome", "Greta", "Humber", "Irwell", "Leven"),
)
# Each beside its traditional self, and the default. The first part compares all there are.
FEW = ("logistic", "gaussian", "forest", "mlp")


def change_of(light: str) -> str:
    """Return the change of light.py that a short name means."""
    (change,) = (change for change in CHANGES if change.startswith(light))
    return change


def label_of(method: str, classifier: str) -> str:
    """Return a method's name and its classifier's as two cells."""
    return f"{method} | {'' if method == 'CNN map' else classifier}"


def score_lines(maps: Sequence[ComparedMap]) -> list[str]:
    """Return the table of mean, median and least F1, F1 of classes and seconds an image."""
    lines = [
        "| method | classifier | mean F1 | median F1 | least F1 | mean F1 of classes | seconds |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in comparison_summary(maps).to_dict("records"):
        scores = [f"{row[name]:.4f}" for name in ("f1_mean", "f1_median", "f1_least", "f1_macro")]
        cells = [label_of(row["method"], row["classifier"]), *scores, f"{row['seconds']:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def sample_lines(data: Path, model: Model, methods: Methods, images: int | None) -> list[str]:
    """Return the table of the sample: Train teaches, Validate is mapped."""
    train, validate = surveys(data, images)
    return score_lines(list(compare(validate, model, methods=methods, training=train)))


def light_lines(data: Path, model: Model, methods: Methods, images: int | None) -> list[str]:
    """Return mean F1 by method and light; what teaches keeps its own light."""
    train, validate = surveys(data, images)
    columns = []
    for light in LIGHTS:
        with TemporaryDirectory() as folder:
            changed = [
                LabelledImage(
                    write_changed(Path(pair.image), change_of(light), Path(folder)), pair.labels
                )
                for pair in validate
            ]
            maps = list(compare(changed, model, methods=methods, training=train))
        summary = comparison_summary(maps).to_dict("records")
        columns.append({(row["method"], row["classifier"]): row["f1_mean"] for row in summary})
        print(light, {" ".join(key): round(f1, 4) for key, f1 in columns[-1].items()}, flush=True)
    lines = [f"| method | classifier | {' | '.join(LIGHTS)} |", f"|---|---|{'---:|' * len(LIGHTS)}"]
    for key in columns[0]:
        scores = " | ".join(f"{column[key]:.4f}" for column in columns)
        lines.append(f"| {label_of(*key)} | {scores} |")
    return lines


def river_lines(model: Model, methods: Methods, rivers: int) -> list[str]:
    """Return the table of synthetic rivers, each left out of what teaches."""
    with TemporaryDirectory() as folder:
        pairs = photographs(Path(folder), RIVERS[:rivers], 2, seed=404)
        return score_lines(list(compare(pairs, model, methods=methods, hold_out="river")))


def surveys(data: Path, images: int | None) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Return the first images of Train and of Validate; all without a number."""
    train, validate = (pair_labels([data / name], required=True) for name in ("Train", "Validate"))
    return train[:images], validate[:images]


def names(text: str | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """Return names separated by commas."""
    return otherwise if text is None else tuple(text.split(","))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with Train and Validate")
    parser.add_argument("--model", default="ste-marguerite")
    parser.add_argument("--part", choices=PARTS, action="append", help="these parts alone")
    parser.add_argument("--traditional", help="names separated by commas; the three of the paper")
    parser.add_argument("--csc", help=f"the same for CSC; all for the sample, else {','.join(FEW)}")
    parser.add_argument("--images", type=int, help="so many of Train and of Validate at most")
    parser.add_argument("--rivers", type=int, default=len(RIVERS), help="so many rivers at most")
    parser.add_argument("--write", type=Path, help="the page whose tables are replaced")
    chosen = parser.parse_args()
    parts = chosen.part or PARTS
    if chosen.data is None and set(parts) != {"rivers"}:
        parser.error("--data is needed for the parts sample and light")
    model = load_model(chosen.model)
    traditional = names(chosen.traditional, Methods.traditional)
    every, few = (Methods(traditional, names(chosen.csc, all_)) for all_ in (CLASSIFIER_NAMES, FEW))
    for part in parts:
        if part == "sample":
            lines = sample_lines(chosen.data, model, every, chosen.images)
        elif part == "light":
            lines = light_lines(chosen.data, model, few, chosen.images)
        else:
            lines = river_lines(model, few, chosen.rivers)
        print("\n".join([f"\n{part}", *lines]), flush=True)
        if chosen.write:
            replace_table(chosen.write, part, lines)


if __name__ == "__main__":
    main()
