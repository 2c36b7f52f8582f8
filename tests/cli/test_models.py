from collections.abc import Callable
from pathlib import Path

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.models import bundled_models

Run = Callable[..., tuple[int, str, str]]


def test_every_model_that_comes_along_is_listed(run: Run) -> None:
    status, out, err = run("models", "list")
    assert (status, err) == (0, "")
    assert [line.split(":")[0] for line in out.splitlines()] == bundled_models()


def test_a_model_says_what_it_expects(run: Run) -> None:
    status, out, err = run("models", "show", "ste-marguerite")
    assert (status, err) == (0, "")
    assert all(f"{c.code} {c.name}" in out for c in PUBLISHED_CLASSES)
    assert "50 px" in out
    assert "red, green, blue (uint8)" in out


def test_an_unknown_model_names_the_known(run: Run) -> None:
    status, out, err = run("models", "show", "bogus")
    assert (status, out) == (1, "")
    assert err.startswith("riverscape: no model called 'bogus': ")
    assert "ste-marguerite" in err
    assert err.count("\n") == 1


def test_a_folder_that_is_no_bundle(run: Run, tmp_path: Path) -> None:
    status, _, err = run("models", "show", tmp_path)
    assert status == 1
    assert err == (
        f"riverscape: {tmp_path} is no model bundle that can be used: it holds no model.json\n"
    )
