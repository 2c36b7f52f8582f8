import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.models import bundled_models
from riverscape.tiles import backbones
from riverscape.tiles.backbones import BACKBONES

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


def test_programs_read_what_a_model_expects(run: Run) -> None:
    status, out, err = run("models", "show", "ste-marguerite", "--json")
    assert (status, err) == (0, "")
    contract = json.loads(out)
    assert contract["bands"] == ["red", "green", "blue"]
    assert [one["name"] for one in contract["classes"]["classes"]] == list(PUBLISHED_CLASSES.names)


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


def test_onnx_for_others_says_what_it_is_and_needs_no_pytorch(tmp_path: Path) -> None:
    code = (
        "from riverscape.cli import main; import sys; "
        "status = main(['models', 'export', 'ste-marguerite', '--onnx', 'network.onnx']); "
        "sys.exit(status or any(name in sys.modules for name in ('torch', 'onnx')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ONNX in network.onnx\n", "")
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    facts = session.get_modelmeta().custom_metadata_map
    assert facts["name"] == "ste-marguerite"
    assert json.loads(facts["class_key"]) == [1, 2, 3, 4, 5]
    assert json.loads(facts["tile_px"]) == 50


def test_torchscript_is_written_and_replaced_only_when_asked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "network.pt"
    words = ("models", "export", "ste-marguerite", "--torchscript", file)
    assert run(*words) == (0, f"TorchScript in {file}\n", "")
    assert file.stat().st_size > 400_000
    status, _, err = run(*words)
    assert (status, err.count("\n")) == (1, 1)
    assert "exists already; add --overwrite" in err
    assert run(*words, "--overwrite")[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["network.pt"]


def test_a_model_in_8_bits_is_measured_and_classifies(
    run: Run, survey: Path, tmp_path: Path
) -> None:
    out = tmp_path / "int8"
    words = ("models", "export", "ste-marguerite", "--int8", out, "--calibrate", survey)
    status, told, err = run(*words, "--progress", "json")
    assert status == 0
    assert [json.loads(line)["stage"] for line in err.splitlines()][-1] == "measuring"
    lines = told.splitlines()
    assert lines[0].split() == "CNN map of F1 float F1 int8 seconds float seconds int8".split()
    f1_float, f1_int8 = map(float, lines[2].split()[1:3])
    assert lines[2].startswith("mean")
    assert abs(f1_float - f1_int8) < 0.05
    assert "times as fast on this machine" in lines[3]
    assert lines[4].endswith("not fit to judge the int8 model")
    assert lines[5] == f"model in {out}"
    status, told, err = run(
        "classify", survey, "--model", out, "--out", tmp_path / "maps", "--no-figures"
    )
    assert (status, err) == (0, "")
    assert "2 images classified" in told
    # What other software gets is the network itself, and it can be trained further.
    assert run("models", "export", out, "--onnx", tmp_path / "network.onnx")[0] == 0
    assert run("models", "export", out, "--torchscript", tmp_path / "network.pt")[0] == 0


def test_labels_are_needed_to_measure(run: Run, survey: Path, tmp_path: Path) -> None:
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for path in survey.glob("*.jpg"):
        (photographs / path.name).write_bytes(path.read_bytes())
    out = tmp_path / "int8"
    words = ("models", "export", "ste-marguerite", "--int8", out, "--calibrate", photographs)
    status, _, err = run(*words)
    assert status == 1
    assert "has no label raster" in err
    assert not out.exists()
    assert run(*words, "--labels", survey)[0] == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "say what to write"),
        (("--int8", "out"), "--int8 needs --calibrate"),
        (("--onnx", "a.onnx", "--calibrate", "survey"), "go with --int8"),
        (("--onnx", "a.onnx", "--labels", "survey"), "go with --int8"),
        (("--onnx", "a", "--torchscript", "a"), "a path each"),
    ],
)
def test_wrong_usage_of_export(run: Run, words: tuple[str, ...], reason: str) -> None:
    status, out, err = run("models", "export", "ste-marguerite", *words)
    assert (status, out) == (2, "")
    assert reason in err


def test_backbones_are_listed_to_choose_from(run: Run) -> None:
    status, out, err = run("models", "list", "--backbones")
    assert (status, err) == (0, "")
    listed = {line.split()[0]: line for line in out.splitlines()}
    assert {one.name for one in BACKBONES} <= set(listed)
    assert "0.1 M" in listed["compact"]
    assert "none" in listed["compact"]
    assert "27.8 M" in listed["convnext_tiny"]
    assert "apache-2.0" in listed["convnext_tiny"]
    assert "--backbones 'convnext*'" in out


def test_backbones_are_listed_by_pattern(run: Run) -> None:
    status, out, err = run("models", "list", "--backbones", "test_vit*")
    assert (status, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[1][:4] == ["test_vit", "0.3", "M", "r160_in1k"]
    assert lines[-1] == f"backbones that match test_vit*: {len(lines) - 2}".split()


def test_a_pattern_for_models_points_to_backbones(run: Run) -> None:
    status, out, err = run("models", "list", "convnext*")
    assert (status, out) == (2, "")
    assert "add --backbones" in err


def test_without_timm_our_backbones_are_listed_with_a_hint(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbones, "find_spec", lambda _: None)
    status, out, err = run("models", "list", "--backbones")
    assert status == 1
    assert "nasnet_mobile" in out
    assert err == (
        "riverscape: training a model needs more packages; install them with: "
        'pip install "riverscape[train]"\n'
    )
    status, _, err = run("models", "list", "--backbones", "resnet*")
    assert (status, err.count("\n")) == (1, 1)
    assert 'pip install "riverscape[train]"' in err
