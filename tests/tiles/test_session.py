"""What a network computes on: a graphics card where there is one, else the processor."""

import logging
import pickle
from typing import Any

import onnxruntime
import pytest

from riverscape.models import load_model
from riverscape.settings import Settings, make_settings
from riverscape.tiles.bundle import INT8_FILE, NETWORK_FILE
from riverscape.tiles.session import computes_on, has_gpu, open_session, providers
from riverscape.workflow.device import note_device

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
MODEL = load_model("ste-marguerite")


class Session:
    """A network that was opened, on what it was asked to compute on."""

    def __init__(self, network: bytes, providers: list[Any], **_: Any) -> None:
        self.network = network
        self._providers = [one if isinstance(one, str) else one[0] for one in providers]

    def get_providers(self) -> list[str]:
        return self._providers


def with_card(monkeypatch: pytest.MonkeyPatch, session: type = Session) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)


def test_a_card_is_used_where_it_is_asked_for_and_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not has_gpu()
    assert providers("gpu") == providers("cpu") == [CPU]
    with_card(monkeypatch)
    assert providers("cpu") == [CPU]
    (first, options), last = providers("gpu")
    assert (first, last) == (CUDA, CPU)
    assert options["use_tf32"] == "0"
    assert computes_on(open_session(b"", "gpu")) == "gpu"
    assert computes_on(open_session(b"", "cpu")) == "cpu"


def test_a_card_that_cannot_be_used_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Session):
        def __init__(self, network: bytes, providers: list[Any], **more: Any) -> None:
            super().__init__(network, providers, **more)
            if CUDA in self._providers:
                message = "CUDA driver version is insufficient"
                raise RuntimeError(message)

    with_card(monkeypatch, Broken)
    assert computes_on(open_session(b"", "gpu")) == "cpu"


def test_a_model_on_a_card_computes_in_float_and_says_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = MODEL.on("gpu")
    assert INT8_FILE in MODEL.files
    assert INT8_FILE not in model.files
    assert model.files[NETWORK_FILE] == MODEL.files[NETWORK_FILE]
    assert model.on("gpu") is model
    assert pickle.loads(pickle.dumps(model)).device == "gpu"
    assert model.computes_on == "cpu"
    note_device(model)
    note_device(MODEL)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    caplog.clear()
    there = MODEL.on("gpu")
    there.__dict__["_session"] = Session(b"", [CUDA, CPU])
    assert there.computes_on == "gpu"
    note_device(there)
    assert not caplog.records


def test_records_of_runs_on_the_processor_are_what_they_were() -> None:
    on_gpu = make_settings({"tiles": {"device": "gpu"}})
    assert Settings().model_dump(mode="json")["tiles"] == {"stride_px": None}
    assert on_gpu.model_dump(mode="json")["tiles"] == {"stride_px": None, "device": "gpu"}
    assert make_settings(on_gpu.model_dump()) == on_gpu
    assert make_settings(Settings().model_dump()) == Settings()
