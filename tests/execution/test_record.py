import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverscape.errors import OutputError
from riverscape.execution import RunRecord
from riverscape.imagery import file_sha256
from riverscape.models import load_model
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Model

ENTRY: dict[str, Any] = {
    "image": "survey/a.jpg",
    "shape": [20, 30],
    "pixels": {"water": 600},
    "square_metres": {},
    "notes": ["one"],
    "seconds": {"total": 0.5},
}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def test_a_record_is_whole_after_each_image(tmp_path: Path, model: Model) -> None:
    record = RunRecord.begin(tmp_path / "run.json", model, Settings())
    record.add("b", {"notes": []})
    record.fail("a", "damaged")
    content = json.loads((tmp_path / "run.json").read_text())
    assert content["images"] == {"b": {"notes": []}}
    assert content["failures"] == {"a": "damaged"}
    assert content["model"] == {"name": model.contract.name, "sha256": model.sha256}
    assert content["settings"]["pixels"] == Settings().pixels.model_dump(mode="json")
    assert content["packages"]["rasterio"]


def test_a_run_of_the_same_settings_is_taken_up(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "run.json"
    RunRecord.begin(path, model, Settings()).add("a", ENTRY)
    later = RunRecord.begin(path, model, Settings())
    later.resume()
    assert later.images == {"a": ENTRY}


NAMES = st.text(st.characters(), min_size=1) | st.text('[]{}"\\ \t\n1e.-+,:', min_size=1)


@given(names=st.lists(NAMES, unique=True), image=NAMES, counts=st.lists(st.integers()))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    model: Model,
    names: list[str],
    image: str,
    counts: list[int],
) -> None:
    path = tmp_path_factory.mktemp("record") / "run.json"
    record = RunRecord.begin(path, model, Settings())
    rows = [counts, counts, []]
    record.images = {name: {"image": image, "notes": [image], "rows": rows} for name in names}
    record.failures = {image: image}
    record.write()
    content = json.loads(path.read_text())
    assert content["images"] == record.images
    assert content["failures"] == record.failures
    assert content["settings"] == record.head["settings"]


def test_a_row_of_a_matrix_takes_one_line(tmp_path: Path, model: Model) -> None:
    record = RunRecord.begin(tmp_path / "run.json", model, Settings())
    record.add("a", {"confusion": {"CSC": [[1, 2, 3], [4, 5, 6]]}})
    assert "\n          [1, 2, 3],\n" in record.path.read_text()


def test_a_run_that_goes_on_began_when_it_began(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "run.json"
    first = RunRecord.begin(path, model, Settings())
    first.head["started"] = "2024-05-01T10:00:00+00:00"
    first.add("a", ENTRY)
    later, others = (RunRecord.begin(path, model, Settings()) for _ in range(2))
    later.resume()
    others.keep_others(["b"])
    assert later.head["started"] == others.head["started"] == first.head["started"]
    anew = RunRecord.begin(path, model, Settings())
    anew.keep_others(["a"])
    assert anew.head["started"] != first.head["started"]


@pytest.mark.parametrize("lacking", ["shape", "pixels", "seconds", "notes"])
def test_an_image_that_no_report_can_be_made_of_is_not_done(
    tmp_path: Path, model: Model, lacking: str
) -> None:
    path = tmp_path / "run.json"
    earlier = RunRecord.begin(path, model, Settings())
    earlier.add("a", {key: value for key, value in ENTRY.items() if key != lacking})
    earlier.add("b", ENTRY)
    later, others = (RunRecord.begin(path, model, Settings()) for _ in range(2))
    later.resume()
    others.keep_others(["c"])
    assert list(later.images) == list(others.images) == ["b"]


def test_failures_are_not_taken_up(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "run.json"
    RunRecord.begin(path, model, Settings()).fail("a", "damaged")
    later = RunRecord.begin(path, model, Settings())
    later.resume()
    assert later.failures == {}


def test_nothing_to_take_up_is_no_fault(tmp_path: Path, model: Model) -> None:
    record = RunRecord.begin(tmp_path / "run.json", model, Settings())
    record.resume()
    assert record.images == {}


def test_other_settings_or_another_model_are_refused(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "run.json"
    RunRecord.begin(path, model, Settings()).add("Alder_0001", {})
    other = RunRecord.begin(path, model, make_settings({"pixels": {"bits": 4}}))
    with pytest.raises(OutputError, match="another model or other settings"):
        other.resume()
    renamed = Model(model.contract.model_copy(update={"name": "other"}), model.files)
    with pytest.raises(OutputError, match="another model or other settings"):
        RunRecord.begin(path, renamed, Settings()).resume()


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"model": 1, "settings": 2}'])
def test_a_damaged_record_is_refused(tmp_path: Path, model: Model, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(OutputError, match=r"run\.json is (damaged|of a run with another)"):
        RunRecord.begin(path, model, Settings()).resume()


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    path.write_bytes(bytes(range(256)) * 5000)
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_maps_of_another_version_are_refused(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "run.json"
    older = RunRecord.begin(path, model, Settings())
    older.head["riverscape"] = "0.0.9"
    older.add("Alder_0001", {})
    with pytest.raises(OutputError, match=r"of a run with riverscape 0\.0\.9, this is"):
        RunRecord.begin(path, model, Settings()).resume()
