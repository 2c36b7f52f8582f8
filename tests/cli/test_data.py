"""`riverscape data fetch`, from a server of our own on this machine."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from riverscape import samples

Run = Callable[..., tuple[int, str, str]]

FILES = {"Train/A_1.jpg": b"a photograph", "Validate/SCLS_A1.tif": b"its labels"}


class Mirror:
    """A server of files; `asked` lists what was asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.asked = files, list[str]()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/data/")
                mirror.asked.append(name)
                content = mirror.files.get(name)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/data"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    registry = tmp_path / "samples.txt"
    lines = [f"{name} sha256:{hashlib.sha256(data).hexdigest()}" for name, data in FILES.items()]
    registry.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(samples, "_REGISTRY", registry)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # Failed downloads are tried again after a while; nobody needs to wait for that here.
    monkeypatch.setattr(time, "sleep", lambda _: None)
    mirror = Mirror(dict(FILES))
    yield mirror
    mirror.close()


def fetched(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_data_are_fetched_once(run: Run, mirror: Mirror, tmp_path: Path, slash: str) -> None:
    out = tmp_path / "sample"
    words = ("data", "fetch", "--out", out, "--source", mirror.address + slash, "-q")
    assert run(*words) == (0, f"2 files in {out}\n", "")
    assert fetched(out) == FILES
    assert sorted(mirror.asked) == sorted(FILES)
    assert run(*words)[0] == 0
    assert len(mirror.asked) == len(FILES)


def test_a_file_that_is_damaged_here_is_fetched_again(
    run: Run, mirror: Mirror, tmp_path: Path
) -> None:
    out = tmp_path / "sample"
    words = ("data", "fetch", "--out", out, "--source", mirror.address, "-q")
    run(*words)
    (out / "Train/A_1.jpg").write_bytes(b"damaged")
    mirror.asked.clear()
    assert run(*words)[0] == 0
    assert mirror.asked == ["Train/A_1.jpg"]
    assert fetched(out) == FILES


def test_another_file_than_was_published_is_refused(
    run: Run, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files["Validate/SCLS_A1.tif"] = b"something else"
    out = tmp_path / "sample"
    status, said, err = run("data", "fetch", "--out", out, "--source", mirror.address, "-q")
    assert (status, said) == (1, "")
    assert err == (
        f"riverscape: Validate/SCLS_A1.tif from {mirror.address} is not the file that was "
        "published\n"
    )
    # What was fetched before stays, and nothing half stands beside it.
    assert fetched(out) == {"Train/A_1.jpg": FILES["Train/A_1.jpg"]}


def test_a_file_that_is_not_there_is_named(run: Run, mirror: Mirror, tmp_path: Path) -> None:
    del mirror.files["Train/A_1.jpg"]
    words = ("data", "fetch", "--out", tmp_path / "sample", "--source", mirror.address, "-q")
    status, _, err = run(*words)
    assert status == 1
    assert re.fullmatch(r"riverscape: Train/A_1\.jpg cannot be fetched from .*404.*\n", err)
    mirror.files.update(FILES)
    assert run(*words)[0] == 0


def test_no_connection_is_one_clear_line(run: Run, mirror: Mirror, tmp_path: Path) -> None:
    mirror.close()
    status, _, err = run(
        "data", "fetch", "--out", tmp_path / "sample", "--source", mirror.address, "-q"
    )
    assert status == 1
    assert re.fullmatch(
        r"riverscape: Train/A_1\.jpg cannot be fetched from http://127\.0\.0\.1.*; "
        r"call again to go on, or name a mirror with --source\n",
        err,
    )


@pytest.mark.usefixtures("mirror")
def test_an_address_that_is_none_is_not_called_a_wrong_file(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "mirror"
    status, _, err = run("data", "fetch", "--out", tmp_path / "sample", "--source", source, "-q")
    assert status == 1
    assert err.count("\n") == 1
    assert "is not the file that was published" not in err
    assert str(source) in err


def test_progress_names_each_file(run: Run, mirror: Mirror, tmp_path: Path) -> None:
    words = ("data", "fetch", "--out", tmp_path / "sample", "--source", mirror.address)
    status, _, err = run(*words, "--progress", "json")
    assert status == 0
    assert [name for name in FILES if f'"note": "{name}"' in err] == list(FILES)


def test_the_published_registry_names_images_with_their_labels() -> None:
    lines = Path(samples.__file__).with_name("samples.txt").read_text().splitlines()
    names = [line.split()[0] for line in lines]
    assert all(re.fullmatch(r"\S+ sha256:[0-9a-f]{64}", line) for line in lines)
    assert len(names) == len(set(names)) == 40
    assert sum(name.endswith(".jpg") for name in names) == 20
