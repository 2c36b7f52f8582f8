"""A training that is broken off, by whatever, goes on as if it had not been."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import TRAIN_CONFIG

pytest.importorskip("torch", reason="training needs the extra `train`")

LONG = TRAIN_CONFIG.replace("epochs = 1", "epochs = 40")


def started(labelled: Path, out: Path, config: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "riverscape", "train", str(labelled), "--out", str(out)),
            *("--config", str(config), *words),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def epochs_done(out: Path) -> int:
    try:
        record = json.loads((out.parent / f"{out.name}_training" / "train.json").read_text())
    except (OSError, ValueError):
        return 0
    return len(record.get("epochs", {}).get("training", []))


def wait_for_epochs(process: "subprocess.Popen[str]", out: Path, epochs: int) -> None:
    deadline = time.monotonic() + 240
    while epochs_done(out) < epochs:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_a_training_that_was_killed_goes_on_to_the_same_weights(
    labelled: Path, tmp_path: Path
) -> None:
    config = tmp_path / "long.toml"
    config.write_text(LONG)
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    process = started(labelled, broken, config)
    wait_for_epochs(process, broken, 5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # Killed, it leaves no bundle, and a second go without --resume is refused.
    assert not broken.exists()
    refused_again = started(labelled, broken, config)
    _, err = refused_again.communicate()
    assert refused_again.returncode == 1
    assert "--resume to go on" in err

    process = started(labelled, broken, config, "--resume")
    wait_for_epochs(process, broken, 12)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "stopped in epoch" in err
    assert "--resume" in err

    # Another beginning would be another training.
    process = started(labelled, broken, config, "--resume", "--from", "ste-marguerite")
    _, err = process.communicate()
    assert process.returncode == 1
    assert "other tiles or with other settings" in err

    for out, words in ((broken, ["--resume"]), (unbroken, [])):
        process = started(labelled, out, config, *words)
        _, err = process.communicate()
        assert process.returncode == 0, err
    weights = "weights.safetensors"
    assert (broken / weights).read_bytes() == (unbroken / weights).read_bytes()
    assert (broken / "network.onnx").read_bytes() == (unbroken / "network.onnx").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_what_is_killed_while_tiles_are_cut_can_go_on(
    labelled: Path, config: Path, tmp_path: Path, how: signal.Signals
) -> None:
    out, record = tmp_path / "model", tmp_path / "model_training" / "train.json"
    process = started(labelled, out, config, "--progress", "json")
    assert process.stderr is not None
    while "reading files" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(how)
    process.communicate()
    assert process.returncode != 0
    if how is signal.SIGTERM:
        assert not record.parent.exists() or record.is_file()
    process = started(labelled, out, config, "--resume")
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert (out / "model.json").is_file()
