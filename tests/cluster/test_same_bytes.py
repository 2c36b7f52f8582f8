"""Wherever the work is done, the same bytes come out."""

import json
import time
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.runs import MOSAIC, classify, contents, start

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

ONE_GB_KB = 1e9 / 1024


def test_photographs_on_processes_and_on_a_cluster(
    photographs: Path, maps_here: Path, cluster: Cluster, tmp_path: Path
) -> None:
    assert classify(photographs, tmp_path / "two", "--workers", "2") == (0, "")
    assert contents(tmp_path / "two") == contents(maps_here)
    # Relative names too: workers are in other folders.
    assert classify(photographs, tmp_path / "dask", "--dask", cluster.address) == (0, "")
    assert contents(tmp_path / "dask") == contents(maps_here)


def test_a_large_raster_by_blocks(
    mosaic: Path, mosaic_here: Path, cluster: Cluster, tmp_path: Path
) -> None:
    assert classify(mosaic, tmp_path / "two", *MOSAIC, "--workers", "2") == (0, "")
    assert contents(tmp_path / "two") == contents(mosaic_here)
    with start(mosaic, tmp_path / "dask", *MOSAIC, "--dask", cluster.address) as process:
        journal = tmp_path / "dask" / ".riverscape-mosaic"
        seen = set[str]()
        while process.poll() is None:
            seen |= {path.name for path in journal.glob("[a-z]*.pickle")}
            time.sleep(0.01)
        assert process.communicate() == ("", "")
    assert contents(tmp_path / "dask") == contents(mosaic_here)
    # It was shared out, not done by one worker, and nothing was done twice.
    assert seen == {"doubt.pickle", "agreement.pickle", "learned.pickle"}
    windows = json.loads((tmp_path / "dask" / "run.json").read_text())["images"]["mosaic"][
        "windows"
    ]
    assert windows["computed"] == windows["steps"]
    peaks = [_peak_kb(pid) for pid in cluster.workers()]
    assert len(peaks) == 2
    assert max(peaks) < ONE_GB_KB


@pytest.mark.parametrize(
    "chosen",
    [
        ("--pixel-classifier", "forest"),
        ("--pixel-classifier", "patch"),
    ],
    ids=" ".join,
)
def test_what_was_learned_is_handed_on_whatever_it_is(
    mosaic: Path, tmp_path: Path, chosen: tuple[str, str]
) -> None:
    assert classify(mosaic, tmp_path / "one", *chosen) == (0, "")
    assert classify(mosaic, tmp_path / "two", *chosen, "--workers", "2") == (0, "")
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_a_cluster_that_lives_as_long_as_the_run(
    photographs: Path, maps_here: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "cluster.yaml"
    recipe.write_text(
        "version: 1\nmodule: distributed\nclass: LocalCluster\n"
        "kwargs: {n_workers: 1, threads_per_worker: 1, dashboard_address: null}\n"
    )
    assert classify(photographs, tmp_path / "maps", "--dask", str(recipe)) == (0, "")
    assert contents(tmp_path / "maps") == contents(maps_here)


def _peak_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
