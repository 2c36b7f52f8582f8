"""How much a network loses on rivers that it has never seen, on eleven synthetic rivers.

    python experiments/rivers.py --write docs/backbones.md

Five rivers are trained on, with two photographs each. Scored are the tiles of one more
photograph of each of the five, and of one photograph of each of six other rivers, as in
Carbonneau et al. 2020, who had eleven real rivers, trained on five and lost 8 per cent of F1 on
the six others. Every backbone starts at random and sees as many tiles as any other: what
pretrained weights bring is not in these figures. Split: each river's classes are trained apart
and folded back.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pages import replace_table

from riverscape.assessment import ConfusionMatrix
from riverscape.labels import PUBLISHED_CLASSES, LabelledImage, pair_labels
from riverscape.scenes import Cover, River, write_survey
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Model, TileSet, cut_tiles
from riverscape.tiles.settings import NO_AUGMENTATION
from riverscape.workflow import train
from riverscape.workflow.held_out import examined

# None of the rivers of the demo, the tests, the benchmarks or the bundled model.
TRAINED = ("Adder", "Brook", "Colne", "Dart", "Exe")
OTHERS = ("Fal", "Gade", "Hodder", "Itchen", "Kennet", "Lugg")
BACKBONES = (
    "compact",
    "nasnet_mobile",
    "mobilenetv4_conv_small",
    "efficientnet_b0",
    "resnet18",
    "densenet121",
    "convnext_nano",
    "vit_small_patch16_dinov3",
)
COVER = Cover(forest=0.4, senescent=0.25, bars=0.8, road=True)


def photographs(folder: Path, names: tuple[str, ...], count: int, seed: int) -> list[LabelledImage]:
    """Write and return `count` photographs of each river."""
    rivers = [River.from_name(name) for name in names]
    write_survey(folder, rivers, count, height_px=700, width_px=1000, seed=seed, cover=COVER)
    return pair_labels([folder], required=True)


def settings_of(backbone: str, augmented: bool, split: bool, steps: int, seed: int) -> Settings:
    """Return equal settings for all but what is compared."""
    return make_settings(
        {
            "tile_set": {"split_classes_by_river": split},
            "network": {"backbone": backbone, "weights": "none"},
            "training": {
                "epochs": 2,
                "batches_per_epoch": steps // 2,
                "batch_tiles": 64,
                "validation_share": 0,
                "seed": seed,
                **({} if augmented else {"augmentation": NO_AUGMENTATION}),
            },
        }
    )


def f1(model: Model, tiles: TileSet) -> float:
    """Return the weighted F1 of tiles."""
    parts = np.array_split(np.arange(len(tiles)), len(tiles) // 128 + 1)
    answers = [model.predict(tiles.pixels(part))[:, :, 0, 0] for part in parts]
    matrix: ConfusionMatrix = examined(tiles, np.concatenate(answers)).matrix
    return matrix.f1_weighted


def rows(backbones: list[str], steps: int, seeds: int) -> Iterator[str]:
    """Train each backbone with and without augmentation; yield the table's lines."""
    yield "| backbone | classes | augmentation | F1 on the five | F1 on the six others | loss |"
    yield "|---|---|---|---|---|---|"
    with TemporaryDirectory() as name:
        folder = Path(name)
        known = photographs(folder / "train", TRAINED, 2, seed=101)
        same = photographs(folder / "same", TRAINED, 1, seed=202)
        others = photographs(folder / "others", OTHERS, 1, seed=303)
        plain = make_settings({"tile_set": {"stride_px": 50, "rare_tiles": 0}}).tile_set
        checks = [cut_tiles(images, PUBLISHED_CLASSES, plain) for images in (same, others)]
        for backbone in backbones:
            for split in (False, True) if backbone == "compact" else (False,):
                for augmented in (True, False):
                    started, found = time.perf_counter(), []
                    for seed in range(seeds if backbone == "compact" else 1):
                        settings = settings_of(backbone, augmented, split, steps, seed)
                        tiles = cut_tiles(
                            known, PUBLISHED_CLASSES, settings.tile_set, folder / f"tiles{split}"
                        )
                        model = train(tiles, backbone, settings).model
                        found.append([f1(model, check) for check in checks])
                    five, six = np.mean(found, axis=0)
                    kind = "by river" if split else "together"
                    light = "on" if augmented else "off"
                    spread = np.ptp(np.array(found)[:, 1]) / 2
                    error = f" ± {spread:.3f}" if len(found) > 1 else ""
                    yield (
                        f"| {backbone} | {kind} | {light} | {five:.3f} | {six:.3f}{error} "
                        f"| {five - six:.3f} |"
                    )
                    print(f"{time.perf_counter() - started:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backbones", nargs="*", default=list(BACKBONES))
    parser.add_argument("--steps", type=int, default=200, help="batches of 64 tiles")
    parser.add_argument("--seeds", type=int, default=3, help="repetitions of the compact network")
    parser.add_argument("--write", type=Path, help="the page whose table is replaced")
    chosen = parser.parse_args()
    lines = []
    for line in rows(chosen.backbones, chosen.steps, chosen.seeds):
        print(line, flush=True)
        lines.append(line)
    if chosen.write:
        replace_table(chosen.write, "rivers", lines)


if __name__ == "__main__":
    main()
