"""The published photographs: what the bundled model reaches on them, and what it may cost."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from riverscape.imagery import open_raster
from riverscape.labels import PUBLISHED_CLASSES, pair_labels
from riverscape.models import load_model
from riverscape.pixels import Spectra, SpectralTable, extract_features, pixel_classifier
from riverscape.tiles import PredictionSettings, label_tiles
from riverscape.workflow import assess, classify

SAMPLE = Path(
    os.environ.get(
        "RIVERSCAPE_SAMPLE",
        Path(__file__).parents[2] / "shared" / "data" / "deep-riverscapes-sample",
    )
)
pytestmark = [
    pytest.mark.sample,
    pytest.mark.skipif(
        not (SAMPLE / "Validate").is_dir(),
        reason=f"the sample photographs are not at {SAMPLE}; riverscape data fetch brings them, "
        "RIVERSCAPE_SAMPLE names another folder",
    ),
]


def test_bundled_model_with_defaults_on_the_validate_photographs() -> None:
    cnn, csc = [], []
    for pair in pair_labels([SAMPLE / "Validate"], required=True):
        result = classify(pair.image)
        cnn.append(assess(result.cnn, pair.label_raster).f1_weighted)
        csc.append(assess(result.csc, pair.label_raster).f1_weighted)
    assert len(csc) >= 4
    assert np.mean(cnn) >= 0.982
    assert np.mean(csc) >= 0.993


@pytest.mark.parametrize("change", ["haze", "JPEG, quality 40", "half the colour"])
def test_other_light_hardly_matters(change: str, tmp_path: Path) -> None:
    """What the bundled model minds most (docs/light.md), on one photograph."""
    pair = pair_labels([SAMPLE / "Validate"], required=True)[-1]
    with open_raster(pair.image) as raster:
        pixels = np.moveaxis(raster.read(), 0, 2) / np.float32(255)
    if change == "haze":
        pixels = pixels * 0.5 + 0.3
    elif change == "half the colour":
        pixels = (pixels + pixels.mean(axis=2, keepdims=True)) / 2
    path = tmp_path / ("changed.jpg" if "JPEG" in change else "changed.png")
    Image.fromarray((pixels * 255 + 0.5).astype(np.uint8)).save(path, quality=40, compress_level=1)
    f1 = [
        assess(classify(image).csc, pair.label_raster).f1_weighted for image in (pair.image, path)
    ]
    assert f1[0] - f1[1] <= 0.01


def test_the_sample_pairs_by_its_own_spelling() -> None:
    pairs = pair_labels([SAMPLE / "Train"], required=True)
    assert len(pairs) == 10
    assert {pair.river for pair in pairs} == {"StMarg"}
    for pair in pairs:
        assert pair.label_raster.name == f"SCLS_{pair.name.replace('_', '')}.tif"


@pytest.mark.parametrize("name", ["kde", "gaussian"])
def test_the_table_of_a_photograph_is_exact(name: str) -> None:
    """At 8 bits: the same map from the table as from the list of all 5.9 million pixels."""
    image = next(pair.image for pair in pair_labels([SAMPLE / "Validate"]))
    with open_raster(image) as raster:
        pixels = raster.read()
    tile_map = label_tiles(pixels, load_model(), PredictionSettings())
    filtered = extract_features(pixels, ["median:5"])
    positions = PUBLISHED_CLASSES.positions[tile_map.codes()]
    spectra = Spectra.of(filtered, bits=8)
    table = spectra.tabulate(positions, 5)
    listed = SpectralTable(
        np.ascontiguousarray(filtered.reshape(3, -1).T),
        np.eye(5, dtype=np.int64)[positions.ravel()],
        8,
    )
    assert 20 * len(table.rows) < len(listed.rows)
    maps = [
        pixel_classifier(name, 0).fit(source, np.ones(5)).probabilities(spectra.rows).argmax(axis=1)
        for source in (table, listed)
    ]
    assert maps[0][spectra.index].tobytes() == maps[1][spectra.index].tobytes()


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is asked of Linux")
def test_peak_memory_of_one_photograph(tmp_path: Path) -> None:
    image = next(pair.image for pair in pair_labels([SAMPLE / "Validate"]))
    program = (
        "import sys\n"
        "from riverscape.cli import main\n"
        "status = main(sys.argv[1:])\n"
        "assert status == 0 and 'torch' not in sys.modules\n"
        # The peak of this process alone: what getrusage tells includes that of its parent.
        "print(*[line for line in open('/proc/self/status') if line.startswith('VmHWM')])\n"
    )
    arguments = ["classify", str(image), "--out", str(tmp_path), "--no-figures", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True
    )
    peak_kib = int(done.stdout.split()[-2])
    assert peak_kib <= 700 * 1000**2 / 1024
