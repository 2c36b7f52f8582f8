import hashlib
import json
from pathlib import Path

import pytest

from riverscape.errors import OutputError
from riverscape.execution import RunRecord
from riverscape.imagery import file_sha256
from riverscape.models import load_model
from riverscape.settings import Settings, make_settings
from riverscape.tiles import Model


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
    RunRecord.begin(path, model, Settings()).add("a", {"notes": ["one"]})
    later = RunRecord.begin(path, model, Settings())
    later.resume()
    assert later.images == {"a": {"notes": ["one"]}}


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
