"""Networks that compute in 8 bits."""

import numpy as np
import onnx
import pytest

from riverscape.errors import ModelError
from riverscape.models import load_model
from riverscape.tiles import Model, ModelContract
from riverscape.tiles.quantisation import calibration_windows, quantised_onnx


def _windows(model: Model, pixels: np.ndarray) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [calibration_windows(pixels, model.contract, 8, rng) for _ in "ab"]


@pytest.fixture(scope="module")
def int8(photograph: np.ndarray) -> Model:
    model = load_model("ste-marguerite")
    network = quantised_onnx(model.files["network.onnx"], _windows(model, photograph))
    return Model.build(model.contract, {"network.onnx": network})


def test_it_answers_nearly_as_before(int8: Model, photograph: np.ndarray) -> None:
    before = load_model("ste-marguerite").in_float().predict(photograph[None])
    after = int8.predict(photograph[None])
    assert after.shape == before.shape
    assert np.abs(after - before).mean() < 0.01
    assert not np.array_equal(after, before)


def test_every_convolution_but_the_first_computes_in_8_bits(int8: Model) -> None:
    network = onnx.load_model_from_string(int8.files["network.onnx"])
    made_by = {output: node for node in network.graph.node for output in node.output}
    convolutions = [node for node in network.graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 8
    assert {made_by[name].op_type for name in convolutions[0].input if name in made_by} == {"Sub"}
    for node in convolutions[1:]:
        assert {made_by[name].op_type for name in node.input} == {"DequantizeLinear"}
    size = len(load_model("ste-marguerite").files["network.onnx"])
    assert len(int8.files["network.onnx"]) < size / 2


def test_the_same_windows_give_the_same_network(
    int8: Model, photograph: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    model = load_model("ste-marguerite")
    again = quantised_onnx(model.files["network.onnx"], _windows(model, photograph))
    assert again == int8.files["network.onnx"]
    assert capfd.readouterr() == ("", "")


def test_windows_of_different_sizes_go_together(photograph: np.ndarray) -> None:
    model = load_model("ste-marguerite")
    windows = [*_windows(model, photograph), *_windows(model, photograph[:, :60, :70])]
    assert {window.shape[2:] for window in windows} == {(100, 100), (60, 70)}
    assert quantised_onnx(model.files["network.onnx"], windows)


def test_windows_are_of_the_image_and_scaled(model: Model) -> None:
    rows, cols = np.mgrid[:80, :120]
    pixels = np.stack([rows, cols, rows + cols]).astype(np.uint8)
    single = model.contract.model_copy(update={"network_stride_px": None})
    for contract, side_px in ((model.contract, (80, 100)), (single, (50, 50))):
        windows = calibration_windows(pixels, contract, 5, np.random.default_rng(1)) * 255
        assert windows.shape == (5, 3, *side_px)
        assert np.allclose(windows[:, 2], windows[:, 0] + windows[:, 1], atol=1e-3)
        assert np.allclose(np.diff(windows[:, 1], axis=2), 1, atol=1e-3)
        assert windows.max() <= 79 + 119


def test_an_image_smaller_than_a_tile_is_mirrored(model: Model) -> None:
    contract: ModelContract = model.contract
    windows = calibration_windows(
        np.ones((3, 20, 30), np.uint8), contract, 2, np.random.default_rng(0)
    )
    assert windows.shape == (2, 3, 50, 50)
    assert np.allclose(windows, 1 / 255)


def test_what_cannot_be_quantised_is_told_in_a_line(model: Model) -> None:
    wrong = [np.zeros((1, 4, 50, 50), np.float32)]
    with pytest.raises(ModelError, match="ONNX Runtime cannot quantise this network") as error:
        quantised_onnx(model.files["network.onnx"], wrong)
    assert "\n" not in str(error.value)
