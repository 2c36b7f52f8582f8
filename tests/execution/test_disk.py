"""Room on the disk: asked for before, and missing in the middle."""

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from riverscape.errors import OutputError
from riverscape.execution import Products
from riverscape.execution.disk import Room, check_room, colour_columns, room_for
from riverscape.execution.look import Look, look_at, sampled_valid_share
from riverscape.imagery import ImageSettings, open_raster
from riverscape.maps.geotiff import GeoTiff, write_geotiff
from riverscape.models import load_model
from riverscape.pixels.spectra import Spectra
from riverscape.settings import Settings

WriteRaster = Callable[..., Path]
Usage = namedtuple("Usage", "total used free")
SMALL = ("--window", "256", "--no-figures", "--quiet")


# Before


def leave_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**12, 0, free))


def test_too_little_room_is_said_with_both_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_free(monkeypatch, 1_200_000_000)
    out = tmp_path / "not" / "yet"
    with pytest.raises(OutputError) as caught:
        check_room(out, [Room(outputs=2_100_000_000, journal=1_000_000_000)], workers=1)
    assert str(caught.value) == (
        f"{out} needs about 3.1 GB, 1.2 GB are free on its disk; free some or choose another --out"
    )


def test_journals_go_as_images_are_finished_but_outputs_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [Room(100, 1000)] * 5
    for workers, needed in ((1, 1500), (2, 2500), (9, 5500)):
        leave_free(monkeypatch, needed)
        check_room(tmp_path, rooms, workers)
        leave_free(monkeypatch, needed - 1)
        with pytest.raises(OutputError):
            check_room(tmp_path, rooms, workers)
        check_room(tmp_path, rooms, workers, kept=1)


def test_room_is_asked_for_what_is_made_of_what_holds_data(tmp_path: Path) -> None:
    def room(
        valid: float, layers: tuple[str, ...] = (), side_px: int = 1000, size_px: int = 10_000
    ) -> Room:
        products = Products(tmp_path, "a", labelled=False, figures=False, layers=layers)
        return room_for(Look((size_px, size_px), "", 4, valid), products, 5, side_px)

    assert room(0.5).outputs < room(1).outputs < room(1, ("confidence",)).outputs
    assert room(1, ("confidence",)).outputs < room(1, ("probabilities",)).outputs
    assert room(0.5).journal < room(1).journal < room(1, ("uncertainty",)).journal
    # An image that is one window has no journal; what a large one's maps are put together from.
    assert 0 < room(1, side_px=10_000).journal < room(1).journal
    assert room(1, side_px=5000, size_px=5000).journal == 0


@pytest.mark.parametrize("bands", [3, 4, 6, 12])
def test_there_is_room_for_the_colours_of_many_bands(tmp_path: Path, bands: int) -> None:
    contract = load_model("ste-marguerite").contract.model_copy(
        update={"bands": tuple(f"b{number}" for number in range(bands))}
    )
    columns = colour_columns(Settings(), contract)
    assert columns == bands
    # A photograph's noise around a slope, in as many bands as there are.
    rows = np.indices((400, 400))[0][None] * 200 // 400
    noise = np.random.default_rng(0).normal(20, 6, (bands, 400, 400))
    levels = (rows + noise).clip(0, 255).astype(np.uint8)
    smooth = np.stack([cv2.medianBlur(band, 5) for band in levels])
    spectra = Spectra.of(smooth, Settings().pixels.bits)
    np.savez_compressed(
        tmp_path / "table.npz",
        rows=spectra.rows,
        counts=np.bincount(spectra.index.ravel())[:, None] * [[0, 0, 1, 0, 0]],
    )
    kept = (tmp_path / "table.npz").stat().st_size
    products = Products(tmp_path, "a", labelled=False, figures=False)
    room = room_for(Look((400, 400), "", bands, 1), products, 5, 100, columns)
    assert kept < room.journal


def test_the_estimate_is_enough_and_not_wildly_so(mosaic: Path, tmp_path: Path) -> None:
    from riverscape.execution import classify_survey
    from riverscape.labels import LabelledImage
    from riverscape.settings import Settings
    from riverscape.workflow import Resources

    look = look_at(mosaic, ImageSettings())
    room = room_for(look, Products(tmp_path, "a", labelled=False, figures=False), 5, 256)
    taken: list[int] = []

    def keep(products: Products) -> None:
        taken.append(sum(path.stat().st_size for path in products.journal.iterdir()))
        shutil.rmtree(products.journal)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Products, "remove_journal", keep)
        classify_survey(
            [LabelledImage(mosaic, None)], tmp_path, "ste-marguerite", Settings(), figures=False,
            resources=Resources(threads=1, max_ram_mb=600, window_px=256),
        )  # fmt: skip
    assert taken[0] < room.journal < 20 * taken[0]
    outputs = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert outputs < room.outputs < 20 * outputs


def test_nothing_is_begun_without_room(
    run: Callable[..., tuple[int, str, str]], mosaic: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    leave_free(monkeypatch, 1000)
    status, said, errors = run("classify", mosaic, "--out", tmp_path / "maps", *SMALL)
    assert (status, said) == (1, "")
    assert "1 kB are free on its disk" in errors
    assert "what is done is kept" not in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize("shape", [(1, 1), (40, 900), (900, 40), (2000, 1500)])
def test_the_valid_share_is_seen_from_places_all_over_the_image(
    tmp_path: Path, write_raster: WriteRaster, shape: tuple[int, int]
) -> None:
    pixels = np.full((3, *shape), 9, np.uint8)
    pixels[:, : shape[0] // 3] = 0
    path = write_raster(tmp_path / "a.tif", pixels, nodata=0)
    with open_raster(path) as raster:
        share = sampled_valid_share(raster)
    assert share == pytest.approx((pixels[0] > 0).mean(), abs=0.08)


# In the middle


def mount(folder: Path, size: str) -> None:
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 4 MB."""
    folder = tmp_path / "disk"
    mount(folder, "4m")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """Fill a disk but for so many bytes; return the file that does."""
    path = disk / "filling"
    with path.open("wb") as file:
        file.write(b"x" * (shutil.disk_usage(disk).free - leave))
    return path


# Runs the program though the disk is known to be too small.
UNCHECKED = """
import sys
from riverscape.execution import survey_needs
survey_needs.check_room = lambda *_: None
from riverscape.maps import geotiff
if "--through-gdal" in sys.argv:
    sys.argv.remove("--through-gdal")
    geotiff.MOST_IN_MEMORY_PX = 0
if "--small-files" in sys.argv:
    sys.argv.remove("--small-files")
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
from riverscape.cli import main
sys.exit(main())
"""


def classify(image: Path, out: Path, *more: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", UNCHECKED, "classify", image, "--out", out, *SMALL, *more],
        capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def assert_stopped_by_the_disk(ended: tuple[int, str, str], reason: str) -> None:
    status, said, errors = ended
    assert (status, said) == (1, "")
    (line,) = errors.splitlines()
    assert reason in line
    assert line.endswith("; what is done is kept, --resume goes on from there")


def assert_resumed(image: Path, out: Path, unbroken: Path, *more: str) -> None:
    status, _, errors = classify(image, out, "--resume", *more)
    assert (status, errors) == (0, "")
    for path in unbroken.glob("*.tif"):
        assert (out / path.name).read_bytes() == path.read_bytes()
    windows = json.loads((out / "run.json").read_text())["images"]["mosaic"]["windows"]
    assert windows["computed"] - windows["steps"] <= 1
    assert not list(out.glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize("leave", [50_000, 250_000])
def test_a_disk_that_fills_up_stops_the_run_which_goes_on_afterwards(
    mosaic: Path, unbroken: Path, small_disk: Path, leave: int
) -> None:
    out = small_disk / "maps"
    out.mkdir()
    (out / "CLASS_CSC_earlier.tif").write_bytes(b"earlier")
    filling = fill(small_disk, leave)
    assert_stopped_by_the_disk(classify(mosaic, out), "No space left on device")
    assert (out / "CLASS_CSC_earlier.tif").read_bytes() == b"earlier"
    assert not list(out.glob("**/.partial-*"))
    filling.unlink()
    assert_resumed(mosaic, out, unbroken)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")
def test_a_file_that_may_not_grow_stops_the_run_likewise(
    mosaic: Path, unbroken: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    assert_stopped_by_the_disk(classify(mosaic, out, "--small-files"), "File too large")
    assert_resumed(mosaic, out, unbroken)


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--through-gdal",)])
def test_a_disk_that_is_full_when_maps_are_written_stops_the_run_too(
    mosaic: Path, unbroken: Path, small_disk: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    # All windows are done; an earlier map of the image stands.
    out = tmp_path / "maps"
    stopped = """
from riverscape.execution import image
def stop(*_): raise KeyboardInterrupt
image.write_maps = stop
from riverscape.cli import main
main()
"""
    subprocess.run(
        [sys.executable, "-c", stopped, "classify", mosaic, "--out", out, *SMALL],
        capture_output=True, check=False,
    )  # fmt: skip
    on_disk = small_disk / "maps"
    shutil.copytree(out, on_disk)
    (on_disk / "CLASS_CSC_mosaic.tif").write_bytes(b"earlier")
    filling = fill(small_disk, 13_000)
    ended = classify(mosaic, on_disk, "--resume", *more)
    assert_stopped_by_the_disk(ended, "cannot be written")
    assert (on_disk / "CLASS_CSC_mosaic.tif").read_bytes() == b"earlier"
    assert not list(on_disk.glob(".partial-*"))
    filling.unlink()
    assert_resumed(mosaic, on_disk, unbroken)


def test_gdal_does_not_pass_over_a_full_disk(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riverscape.maps.geotiff.MOST_IN_MEMORY_PX", 0)
    noise = np.random.default_rng(0).integers(0, 255, (1, 2048, 2048), np.uint8)
    kind, path = GeoTiff((2048, 2048), ["noise"], 255), small_disk / "noise.tif"
    path.write_bytes(b"earlier")
    for leave in (3_000_000, 500_000, 5_000, 0):
        filling = fill(small_disk, leave)
        with pytest.raises(OutputError, match=r"noise\.tif cannot be written"):
            write_geotiff(path, kind, noise)
        filling.unlink()
        assert path.read_bytes() == b"earlier"
        assert [entry.name for entry in small_disk.iterdir()] == ["noise.tif"]
