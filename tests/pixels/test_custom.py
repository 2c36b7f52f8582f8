"""A classifier of the user's own, and what is said of one that cannot be used."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from riverscape.errors import SettingsError
from riverscape.pixels.balance import class_weights
from riverscape.pixels.classifiers import fit_colours, pixel_classifier
from riverscape.pixels.settings import Balance, PixelSettings
from riverscape.pixels.table import SpectralTable

_MODULE = "colours_of_our_own"
_OWN = """
    import numpy as np

    class Own:
        {init}
        def fit(self, colours, classes, sample_weight=None):
            {fit}
            self.classes_ = np.unique(classes)

        def predict_proba(self, colours):
            {answer}
            return np.tile([0.25, 0.75], (len(colours), 1))
"""


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Write a module with a class of the user's own and return its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source: str = _OWN, init: str = "", fit: str = "", answer: str = "") -> str:
        text = dedent(source).format(init=init, fit=fit, answer=answer)
        (tmp_path / f"{_MODULE}.py").write_text(text, encoding="utf-8")
        return f"{_MODULE}:Own"

    yield write
    sys.modules.pop(_MODULE, None)


def _table() -> SpectralTable:
    rows = np.array([[10, 20], [12, 20], [90, 80], [91, 85]], np.uint8)
    return SpectralTable(rows, np.array([[9, 0, 0], [7, 0, 0], [0, 0, 5], [1, 0, 8]]), 7)


def _learn(name: str) -> None:
    table = _table()
    pixel_classifier(name, 0).fit(table, class_weights(table.class_totals, "root"))


def _probabilities(name: str, balance: Balance) -> np.ndarray:
    table = _table()
    fitted = fit_colours(table, PixelSettings(classifier=name), balance)
    assert fitted is not None
    return fitted.probabilities(table.rows)


def test_a_class_of_scikit_learn_learns() -> None:
    found = _probabilities("sklearn.naive_bayes:GaussianNB", "root")
    assert found.argmax(axis=1).tolist() == [0, 0, 2, 2]
    assert np.all(found[:, 1] == 0)


def test_a_class_of_the_users_own_answers(write_module: Callable[..., str]) -> None:
    found = _probabilities(write_module(), "none")
    assert found.tolist() == [[0.25, 0, 0.75]] * 4


def test_the_seed_is_its_random_state(write_module: Callable[..., str]) -> None:
    init = "def __init__(self, random_state=None): self.random_state = random_state"
    name = write_module(init=init, fit="assert self.random_state == 17")
    table = _table()
    pixel_classifier(name, 17).fit(table, class_weights(table.class_totals, "none"))
    with pytest.raises(SettingsError, match="AssertionError"):
        _learn(name)


def test_one_class_needs_no_learning(write_module: Callable[..., str]) -> None:
    table = SpectralTable(np.array([[1], [2]], np.uint8), np.array([[0, 3], [0, 1]]), 7)
    classifier = pixel_classifier(write_module(fit="raise ValueError"), 0)
    fitted = classifier.fit(table, class_weights(table.class_totals, "none"))
    assert fitted.probabilities(table.rows).tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_module:Own", "there is no module no_such_module; install it or"),
        ("sklearn.no_such:Own", "there is no module sklearn.no_such; install it or"),
        ("sklearn.naive_bayes:Gausian", "sklearn.naive_bayes has no class Gausian"),
        ("sklearn.utils:resample", "has no class resample"),  # a function
        ("sklearn.naive_bayes:", "write module:Class"),
        (":GaussianNB", "write module:Class"),
        ("sklearn:naive_bayes:GaussianNB", "write module:Class"),
        (".naive_bayes:GaussianNB", "write module:Class"),
        ("sklearn.neighbors:KNeighborsClassifier", "its fit takes no sample_weight"),
        ("sklearn.linear_model:RidgeClassifier", "it has no predict_proba"),
        ("sklearn.ensemble:StackingClassifier", "cannot be built without arguments: TypeError"),
        ("sklearn.base:ClassifierMixin", "it has no predict_proba"),
    ],
)
def test_what_cannot_be_used_is_said_before_an_image_is_read(name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        pixel_classifier(name, 0)
    assert str(caught.value).startswith(f"pixel classifier {name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_package", f"module {_MODULE} cannot be imported: ModuleNotFoundError"),
        ("1 / 0", f"module {_MODULE} cannot be imported: ZeroDivisionError: division by zero"),
        ("def", f"module {_MODULE} cannot be imported: SyntaxError"),
    ],
)
def test_a_module_that_fails_is_told_from_one_that_is_missing(
    source: str, said: str, write_module: Callable[..., str]
) -> None:
    with pytest.raises(SettingsError, match=said):
        pixel_classifier(write_module(source), 0)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"fit": "raise ValueError('too\\nmany colours')"}, "ValueError: too many colours"),
        ({"fit": "self.classes_ = 1; return"}, "it cannot learn the colours of this image"),
        ({"fit": "return"}, "AttributeError: .*classes_"),
        (
            {"answer": "return colours[:, :1]"},
            r"predict_proba answers \(4, 1\) instead of \(4, 2\)",
        ),
        ({"answer": "raise RuntimeError('asleep')"}, "RuntimeError: asleep"),
        ({"answer": "return np.full((len(colours), 2), np.nan)"}, "answers are no probabilities"),
        ({"answer": "return np.tile([-1.0, 2.0], (len(colours), 1))"}, "are no probabilities"),
    ],
)
def test_a_fit_that_fails_is_one_line(
    parts: dict[str, str], said: str, write_module: Callable[..., str]
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        _learn(write_module(**parts))
    assert "\n" not in str(caught.value)
