"""The worker outside QGIS: what it gets, what is heard of it, and how it ends."""

import json
import os
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from riverscape import __version__
from riverscape.scenes import River, write_survey

Plugin = Callable[[str], ModuleType]
Make = Callable[[str], Any]


@pytest.fixture
def worker(plugin: Plugin) -> Any:
    return plugin("riverscape_qgis.worker")


@pytest.fixture
def make(worker: Any, tmp_path: Path) -> Make:
    """Return a worker that is a script of a few lines."""

    def make(code: str) -> Any:
        script = tmp_path / "stand_in.py"
        script.write_text("import json, os, sys, time\n" + textwrap.dedent(code))
        return worker.Worker([sys.executable, str(script)])

    return make


def is_gone(pid: int) -> bool:
    """Whether a process is gone: one that nobody has asked after it ended is."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


FROM_QGIS = {
    "PYTHONHOME": "/qgis/python",
    "PYTHONPATH": "/qgis/python/plugins",
    "PROJ_LIB": "/qgis/share/proj",
    "PROJ_DATA": "/qgis/share/proj",
    "GDAL_DATA": "/qgis/share/gdal",
    "GDAL_DRIVER_PATH": "/qgis/lib/gdalplugins",
    "QGIS_PREFIX_PATH": "/qgis",
    "QT_PLUGIN_PATH": "/qgis/plugins",
    "LD_LIBRARY_PATH": "/qgis/lib",
    "LD_PRELOAD": "",
    "DYLD_LIBRARY_PATH": "/qgis/lib",
    "OSGEO4W_ROOT": "/qgis",
    "VIRTUAL_ENV": "/somewhere",
    "SSL_CERT_FILE": "/qgis/bin/curl-ca-bundle.crt",
    "CURL_CA_BUNDLE": "/qgis/bin/curl-ca-bundle.crt",
    "OPENSSL_ENGINES": "/qgis/lib/engines-3",
}


def test_nothing_of_qgis_leaks_into_the_worker(
    make: Make, ears: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FROM_QGIS.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("PATH", "/qgis/bin:/usr/bin:/bin")
    monkeypatch.setenv("RIVER", "Ste-Marguerite")
    told = make("print(json.dumps(dict(os.environ)))").run([], ears(), tmp_path)
    environ = json.loads(told)
    assert not set(FROM_QGIS) & set(environ)
    assert not [name for name, text in environ.items() if text.startswith("/qgis")]
    # What is the user's own stays.
    assert environ["RIVER"] == "Ste-Marguerite"
    assert environ["PATH"] == "/usr/bin:/bin"


def test_a_company_s_own_certificates_stay(plugin: Plugin) -> None:
    clean_environment = plugin("riverscape_qgis.clean_environment").clean_environment
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        own = {name: "/etc/ssl/company.pem", "OSGEO4W_ROOT": "/qgis"}
        assert clean_environment(own)[name] == "/etc/ssl/company.pem"


def test_a_file_of_the_same_name_among_the_images_is_not_what_runs(
    worker: Any, ears: Any, tmp_path: Path
) -> None:
    (tmp_path / "riverscape.py").write_text("print('riverscape 9')")
    python = worker.Worker(worker.program_at(Path(sys.executable)))
    assert python.run(["--version"], ears(), tmp_path) == f"riverscape {__version__}\n"


def test_progress_and_log_reach_the_user_and_results_come_back(
    make: Make, ears: Any, tmp_path: Path
) -> None:
    stand_in = make(
        """
        def tell(done, note=""):
            left = None if not done else 90.0 * (4 - done)
            line = {"stage": "classifying", "done": done, "total": 4, "seconds_left": left,
                    "note": note}
            print(json.dumps(line), file=sys.stderr)
        tell(0); tell(1, "Alder_0001"); tell(4)
        print("warning: Alder_0001.jpg has no georeference", file=sys.stderr)
        print("note: two rivers: Ålder, Heron", file=sys.stderr)
        print("{not json", file=sys.stderr)
        print("maps in é/", *sys.argv[1:])
        """
    )
    heard = ears()
    words = ["classify", "a b.tif", "--progress", "json"]
    assert stand_in.run(words, heard, tmp_path) == "maps in é/ classify a b.tif --progress json\n"
    assert heard.of("progress") == [0, 25, 100]
    assert heard.of("text") == ["classifying"]  # the rest came too soon to be read
    assert heard.of("warning") == ["Alder_0001.jpg has no georeference"]
    assert heard.of("info") == ["note: two rivers: Ålder, Heron", "{not json"]
    assert heard.of("command") == ["riverscape classify 'a b.tif'"]


def test_a_worker_that_talks_a_lot_does_not_block(make: Make, ears: Any, tmp_path: Path) -> None:
    code = "for _ in range(20000): print('x' * 70); print('y' * 70, file=sys.stderr)"
    heard = ears()
    assert len(make(code).run([], heard, tmp_path)) == 20_000 * 71
    assert len(heard.of("info")) == 20_000


STUBBORN = """
    import signal, subprocess
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    open(".partial-77-CLASS_CSC_Alder.tif", "w").close()
    os.makedirs("maps/.partial-77-model")
    print("pids", os.getpid(), child.pid, file=sys.stderr)
    time.sleep(60)
"""


def test_cancel_ends_all_that_was_started_within_two_seconds(
    worker: Any, make: Make, ears: Any, tmp_path: Path
) -> None:
    older = tmp_path / ".partial-12-of-another-run.tif"
    older.touch()
    os.utime(older, (0, 0))
    heard = ears(cancel_at="pids")
    stand_in = make(STUBBORN)
    canceled_at: list[float] = []

    def is_canceled() -> bool:
        if heard.canceled:
            canceled_at.append(time.monotonic())
        return bool(heard.canceled)

    heard.isCanceled = is_canceled
    with pytest.raises(worker.WorkerCanceled):
        stand_in.run([], heard, tmp_path)
    assert time.monotonic() - canceled_at[0] < 2.0
    pids = [int(word) for word in heard.of("info")[0].split()[1:]]
    assert all(is_gone(pid) for pid in pids)
    assert sorted(path.name for path in tmp_path.rglob(".partial-*")) == [older.name]


def test_what_a_worker_leaves_running_is_ended_too(make: Make, ears: Any, tmp_path: Path) -> None:
    code = """
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print(child.pid)
    """
    began = time.monotonic()
    pid = int(make(code).run([], ears(), tmp_path))
    assert is_gone(pid)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.exit('riverscape: a.tif does not exist')", "a.tif does not exist"),
        (
            "sys.exit('note: so far\\nriverscape: maps: 2 problems\\n  a: bad\\n  b: bad')",
            "maps: 2 problems; a: bad; b: bad",
        ),
        (
            "print('killing', file=sys.stderr); os.kill(os.getpid(), 9)",
            "riverscape was ended from outside before it was done (signal 9: killing), perhaps "
            "because memory ran out: close other programs and run it again",
        ),
        (
            "print('Usage: riverscape', '╭─ Error ───╮', '│ No such option: --mask │',"
            " '╰───╯', sep='\\n', file=sys.stderr); sys.exit(2)",
            "riverscape does not understand what the plugin asked: No such option: --mask",
        ),
    ],
)
def test_what_goes_wrong_is_one_clear_line(
    worker: Any, make: Make, ears: Any, tmp_path: Path, code: str, reason: str
) -> None:
    with pytest.raises(worker.WorkerError) as caught:
        make(code).run([], ears(), tmp_path)
    assert str(caught.value) == reason


def test_a_worker_that_is_not_there(worker: Any, ears: Any, tmp_path: Path) -> None:
    gone = worker.Worker([str(tmp_path / "riverscape")])
    reason = "cannot be started .No such file or directory.: see Settings › Options › riverscape"
    for attempt in (gone.version, gone.check, lambda: gone.run(["plan"], ears(), tmp_path)):
        with pytest.raises(worker.WorkerError, match=reason):
            attempt()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("print('riverscape 0.0.9')", "riverscape 0.0.9 at .* is too old .* which needs 0.1"),
        ("print('riverscape 0.2.0')", "riverscape 0.2.0 at .* is too new .* update the plugin"),
        ("print('Python 3.12.1')", "is no riverscape: choose another"),
        ("sys.exit('No module named riverscape')", r"is no riverscape that works \(No module na"),
    ],
)
def test_a_worker_that_does_not_fit(worker: Any, make: Make, answer: str, reason: str) -> None:
    with pytest.raises(worker.WorkerError, match=reason):
        make(answer).check()


def test_the_riverscape_beside_this_plugin_fits(plugin: Plugin, worker: Any) -> None:
    ours = worker.Worker(worker.program_at(Path(sys.executable)))
    ours.check()
    assert ours.version() == __version__ == plugin("riverscape_qgis.versions").plugin_version()
    with pytest.raises(worker.WorkerError, match=r"^no model called 'bogus'"):
        ours.ask(["models", "show", "bogus"])


def test_a_worker_that_is_replaced_is_asked_anew(worker: Any, tmp_path: Path) -> None:
    program = tmp_path / "riverscape"
    for at, version in ((1, "0.1.0"), (2, "0.1.1")):
        program.write_text(f"#!{sys.executable}\nprint('riverscape {version}')")
        program.chmod(0o755)
        os.utime(program, (at, at))
        assert worker.Worker([str(program)]).version() == version


def test_the_variable_names_the_worker(
    worker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(worker.VARIABLE, sys.executable)
    assert worker.Worker.found().program == [sys.executable, "-m", "riverscape"]
    program = tmp_path / "env" / "bin" / "riverscape"
    monkeypatch.setenv(worker.VARIABLE, str(tmp_path / "env"))
    with pytest.raises(worker.WorkerError, match=r"no riverscape at .*env, which RIVERSC"):
        worker.Worker.found()
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    assert worker.Worker.found().program == [str(program)]


@pytest.fixture(scope="module")
def big_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an image that takes long enough to be cancelled in."""
    folder = tmp_path_factory.mktemp("survey")
    write_survey(folder, [River.from_name("Alder")], 1, height_px=2400, width_px=3200, seed=1)
    return next(folder.glob("Alder*.jpg"))


def classify(image: Path, out: Path) -> list[str]:
    words = ["classify", str(image), "--out", str(out), "--window", "600", "--no-figures"]
    return [*words, "--progress", "json"]


@pytest.mark.slow
def test_a_real_run_is_cancelled_within_two_seconds_and_leaves_nothing(
    worker: Any, ears: Any, tmp_path: Path, big_image: Path
) -> None:
    ours = worker.Worker(worker.program_at(Path(sys.executable)))
    heard, out = ears(), tmp_path / "maps"
    canceled_at: list[float] = []

    def is_canceled() -> bool:
        # Once it is at work: the first maps are being written.
        if not canceled_at and any(out.glob(".*")):
            canceled_at.append(time.monotonic())
        return bool(canceled_at)

    heard.isCanceled = is_canceled
    with pytest.raises(worker.WorkerCanceled):
        ours.run(classify(big_image, out), heard, tmp_path)
    assert time.monotonic() - canceled_at[0] < 2.0
    assert not [path for path in out.rglob("*") if path.suffix == ".tif"]
    assert not list(tmp_path.rglob(".partial-*"))


@pytest.mark.slow
def test_a_real_run_that_is_killed_is_one_clear_line(
    worker: Any, ears: Any, tmp_path: Path, big_image: Path
) -> None:
    ours = worker.Worker(worker.program_at(Path(sys.executable)))
    out = tmp_path / "maps"

    def kill() -> None:
        while not any(out.glob(".*")):
            time.sleep(0.01)
        for child in psutil.Process().children(recursive=True):
            child.kill()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with pytest.raises(worker.WorkerError) as caught:
        ours.run(classify(big_image, out), ears(), tmp_path)
    assert "was ended from outside before it was done (signal 9" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob(".partial-*"))
    assert not [path for path in out.rglob("*") if path.suffix == ".tif"]
