import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.transform import Affine

from riverscape.errors import InputError
from riverscape.imagery import Window, image_name, mosaic, open_raster

WriteRaster = Callable[..., Path]
Pixels = NDArray[np.uint8]

TILED = {"tiled": True, "blockxsize": 128, "blockysize": 128}
WINDOW = Window(300, 400, 100, 110)


@dataclass(frozen=True)
class Web:
    """A web server of a folder, and what it has been asked for."""

    folder: Path
    log: Path
    port: int

    def address(self, fate: str, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{fate}/{name}"

    def asked(self, name: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if name in line]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    log = folder / "requests.log"
    log.touch()
    program = [
        sys.executable,
        str(Path(__file__).with_name("web_server.py")),
        str(folder),
        str(log),
    ]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Web(folder, log, int(server.stdout.readline()))
        server.kill()


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (4, 640, 640), np.uint8)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user sets in the environment holds, else these tests would take minutes."""
    monkeypatch.setenv("GDAL_HTTP_LOW_SPEED_TIME", "1")
    monkeypatch.setenv("GDAL_HTTP_MAX_RETRY", "1")
    monkeypatch.setenv("GDAL_HTTP_RETRY_DELAY", "0.1")


@pytest.fixture
def image(
    web: Web, pixels: Pixels, write_raster: WriteRaster, request: pytest.FixtureRequest
) -> str:
    """Return the name of a tiled RGBA image that no other test reads: GDAL keeps what it read."""
    name = f"{request.node.name.split('[')[0]}_0001.tif"
    write_raster(web.folder / name, pixels, photometric="RGB", alpha="YES", **TILED)
    return name


def refusal(source: str) -> str:
    """Return what a user reads of an address that cannot be opened or read."""
    with pytest.raises(InputError) as caught, open_raster(source) as raster:
        raster.read()
    message = str(caught.value)
    assert message.startswith(source)
    assert "\n" not in message
    assert "<" not in message
    return message


def test_a_window_over_http_fetches_a_part_of_the_file(
    web: Web, pixels: Pixels, image: str
) -> None:
    with open_raster(web.address("files", image)) as raster:
        assert (raster.shape, raster.band_count) == ((640, 640), 3)
        found, valid = raster.read_with_valid(WINDOW)
    np.testing.assert_array_equal(found, pixels[:3, WINDOW.rows, WINDOW.cols])
    np.testing.assert_array_equal(valid, pixels[3, WINDOW.rows, WINDOW.cols] > 0)
    asked = web.asked(image)
    assert len(asked) < 8  # nothing was looked for beside it
    ranges = [line.split("bytes=")[1].split("-") for line in asked if "bytes=" in line]
    fetched = sum(int(last) - int(first) for first, last in ranges)
    assert fetched < pixels.size / 2


def test_an_image_of_a_server_is_the_same_until_it_changes(
    web: Web, pixels: Pixels, image: str, write_raster: WriteRaster
) -> None:
    def identity() -> str:
        with open_raster(web.address("files", image)) as raster:
            assert raster.size_bytes is None
            return raster.identity()

    first = identity()
    assert identity() == first
    write_raster(web.folder / image, pixels[:, ::-1], photometric="RGB", alpha="YES", **TILED)
    assert identity() != first


def test_an_image_that_is_not_there(web: Web) -> None:
    for _ in range(2):
        assert "is not there; check the address" in refusal(web.address("files", "none_404.tif"))


def test_an_image_that_may_not_be_read(web: Web) -> None:
    assert "may not be read without credentials" in refusal(web.address("denied", "a.tif"))


def test_a_server_with_a_fault(web: Web) -> None:
    assert "cannot be reached" in refusal(web.address("broken", "a.tif"))


def test_no_server_at_all() -> None:
    for _ in range(2):  # GDAL remembers only that there was nothing
        assert "cannot be reached" in refusal("http://127.0.0.1:9/a.tif")


def test_a_page_is_no_image(web: Web) -> None:
    (web.folder / "page.html").write_text("<h1>River</h1>")
    assert "is not an image that can be read" in refusal(web.address("files", "page.html"))


@pytest.mark.parametrize("fate", ["dying", "hanging"])
def test_a_server_that_breaks_off_is_an_error_and_no_wait(
    web: Web, image: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With threads, GDAL would hand zeros on in silence.
    monkeypatch.setenv("GDAL_NUM_THREADS", "ALL_CPUS")
    started = perf_counter()
    message = refusal(web.address(fate, image))
    assert "broke off; check the network and run again" in message
    assert perf_counter() - started < 20


def test_a_server_that_breaks_off_below_a_mosaic_is_an_error(
    web: Web, pixels: Pixels, tmp_path: Path, write_raster: WriteRaster
) -> None:
    tiles = []
    for side, left in (("left", 0), ("right", 640)):
        place = Affine(0.5, 0, 3e5 + left / 2, 0, -0.5, 5e6)
        write_raster(
            web.folder / f"{side}.tif", pixels, crs=CRS.from_epsg(32619), transform=place, **TILED
        )
        tiles.append(web.address("dying", f"{side}.tif"))
    vrt = mosaic(tiles, tmp_path / "all.vrt")
    with open_raster(vrt) as raster, pytest.raises(InputError, match="broke off"):
        raster.read()


@pytest.fixture
def _store(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let s3:// mean the local server."""
    monkeypatch.setenv("AWS_S3_ENDPOINT", f"127.0.0.1:{web.port}")
    monkeypatch.setenv("AWS_HTTPS", "NO")
    monkeypatch.setenv("AWS_VIRTUAL_HOSTING", "FALSE")


@pytest.mark.usefixtures("_store")
def test_a_bucket_is_read_like_a_folder(
    pixels: Pixels, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    with open_raster(f"s3://bucket/{image}") as raster:
        assert raster.size_bytes is None
        np.testing.assert_array_equal(raster.read(WINDOW), pixels[:3, WINDOW.rows, WINDOW.cols])
        # The store says nothing of when it changed: a block of pixels must do.
        assert raster.identity() == raster.identity()
        assert raster.identity() != raster.select([0]).identity()
    assert "is not there" in refusal("s3://bucket/none_404.tif")
    assert "may not be read" in refusal(f"s3://denied/{image}")


@pytest.mark.usefixtures("_store")
def test_a_bucket_without_credentials_says_which_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    message = refusal("s3://bucket/a.tif")
    assert "AWS_ACCESS_KEY_ID" in message
    assert "AWS_NO_SIGN_REQUEST=YES" in message


def test_tiles_of_a_server_make_a_mosaic(
    web: Web, pixels: Pixels, tmp_path: Path, write_raster: WriteRaster
) -> None:
    tiles = []
    for side, left in (("west", 0), ("east", 320)):
        place = Affine(0.5, 0, 3e5 + left / 2, 0, -0.5, 5e6)
        half = pixels[:3, :, left : left + 320]
        write_raster(web.folder / f"{side}.tif", half, crs=CRS.from_epsg(32619), transform=place)
        tiles.append(web.address("files", f"{side}.tif"))
    with open_raster(mosaic(tiles, tmp_path / "all.vrt")) as raster:
        np.testing.assert_array_equal(raster.read(WINDOW), pixels[:3, WINDOW.rows, WINDOW.cols])


def test_an_image_in_an_archive_is_an_address(
    tmp_path: Path, pixels: Pixels, write_raster: WriteRaster
) -> None:
    import zipfile

    path = write_raster(tmp_path / "a.tif", pixels[:3])
    with zipfile.ZipFile(tmp_path / "survey.zip", "w") as archive:
        archive.write(path, "Alder_0001.tif")
    address = f"/vsizip/{tmp_path}/survey.zip/Alder_0001.tif"
    assert image_name(address) == "Alder_0001"
    with open_raster(address) as raster:
        np.testing.assert_array_equal(raster.read(WINDOW), pixels[:3, WINDOW.rows, WINDOW.cols])
        before = raster.identity()
    os.utime(tmp_path / "survey.zip", ns=(1, 1))
    with open_raster(address) as raster:
        assert raster.identity() != before
