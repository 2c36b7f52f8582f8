"""Exit status, usage and errors: what every verb has in common."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from riverscape import __version__
from riverscape.cli import main
from riverscape.errors import RiverscapeError, SettingsError

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["classify"],
        ["classify", "survey"],
        ["classify", "survey", "--out"],
        ["classify", "survey", "--out", "maps", "--bogus"],
        ["classify", "survey", "--out", "maps", "--bits", "9"],
        ["classify", "survey", "--out", "maps", "--bits", "many"],
        ["classify", "survey", "--out", "maps", "--workers", "0"],
        ["classify", "survey", "--out", "maps", "--overwrite", "--resume"],
        ["classify", "survey", "--out", "maps", "--scratch", "s3://rivers/scratch"],
        ["classify", "survey", "--out", "maps", "--progress", "loud"],
        ["assess", "maps"],
        ["train", "survey"],
        ["models", "bogus"],
        ["models", "show"],
        ["data", "fetch"],
    ],
)
def test_wrong_usage_ends_with_status_2_and_says_what_is_wrong(
    run: Run, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert re.search(r"\bError\b", err)
    assert "unforeseen" not in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["models"], ["data"]])
def test_no_words_show_the_help(run: Run, words: list[str]) -> None:
    status, out, err = run(*words)
    assert "unforeseen" not in err
    assert "Usage" in out + err
    assert status in (0, 2)


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], *([v, "--help"] for v in ("classify", "assess", "train", "demo"))]
)
def test_help_is_an_answer(run: Run, words: list[str]) -> None:
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert "Usage: " in out


def test_every_verb_shows_an_example_that_it_would_take(run: Run) -> None:
    for verb in ("classify", "assess", "train", "demo"):
        assert f"riverscape {verb} " in run(verb, "--help")[1]


def test_the_version(run: Run) -> None:
    assert run("--version") == (0, f"riverscape {__version__}\n", "")


def test_what_goes_wrong_is_one_line_with_status_1(run: Run, tmp_path: Path) -> None:
    status, out, err = run("classify", tmp_path / "none", "--out", tmp_path / "maps")
    assert (status, out) == (1, "")
    assert err == f"riverscape: {tmp_path / 'none'} does not exist\n"


def test_debug_shows_where_an_error_came_from(tmp_path: Path) -> None:
    words = ["classify", str(tmp_path / "none"), "--out", str(tmp_path / "maps")]
    for at in (0, 1, len(words)):
        with pytest.raises(RiverscapeError, match="does not exist"):
            main([*words[:at], "--debug", *words[at:]])


def test_an_unforeseen_error_is_one_line_too(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        message = "first line\nsecond line"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("riverscape.execution.classify_survey", break_down)
    words = ("classify", survey, "--out", tmp_path / "maps", "--quiet")
    expected = (
        "riverscape: unforeseen ZeroDivisionError: first line second line; "
        "add --debug to see where\n"
    )
    assert run(*words) == (1, "", expected)
    with pytest.raises(ZeroDivisionError):
        run(*words, "--debug")


def test_stopping_is_no_error_of_the_program(
    run: Run, survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("riverscape.execution.classify_survey", stop)
    status, _, err = run("classify", survey, "--out", tmp_path / "maps", "--quiet")
    assert (status, err.startswith("riverscape: stopped before the first image")) == (1, True)


def test_a_settings_file_with_an_unknown_key(run: Run, survey: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[pixels]\nclasifier = 'mlp'\n")
    words = ("classify", survey, "--out", tmp_path / "maps", "--config", config)
    status, out, err = run(*words)
    assert (status, out) == (1, "")
    assert err == (
        f"riverscape: {config}: unknown setting pixels.clasifier; did you mean classifier?\n"
    )
    with pytest.raises(SettingsError):
        run(*words, "--debug")
    assert not (tmp_path / "maps").exists()


def test_a_good_run_says_nothing_on_stderr(survey: Path, tmp_path: Path) -> None:
    words = ["classify", str(survey / "Alder_0001.jpg"), "--out", str(tmp_path), "--no-figures"]
    done = subprocess.run(
        [sys.executable, "-m", "riverscape", *words],
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 image classified" in done.stdout
