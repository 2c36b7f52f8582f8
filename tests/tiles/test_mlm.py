from typing import Any

import numpy as np
import pystac
import pytest
from pystac.extensions.mlm import MLMExtension

from riverscape.labels import PUBLISHED_CLASSES
from riverscape.models import load_model
from riverscape.tiles.contract import ModelContract
from riverscape.tiles.mlm import model_item
from tests.stac_schemas import checked


def contract(**changed: Any) -> ModelContract:
    codes = PUBLISHED_CLASSES.codes
    content: dict[str, Any] = {
        "name": "two rivers", "classes": PUBLISHED_CLASSES.to_dict(), "tile_px": 40,
        "class_key": (0, *codes, 1), "bands": ("grey",), "scale": (1 / 127.5,), "offset": (-1.0,),
    }  # fmt: skip
    return ModelContract(**{**content, **changed})


def test_the_item_of_a_model_is_valid_and_pystac_reads_what_it_says() -> None:
    model = load_model("ste-marguerite")
    content = model_item(model.contract, model.sha256, "./network.onnx")
    assert len(checked(content)) == 4  # STAC itself and three extensions
    item = pystac.Item.from_dict(content, preserve_dict=True)
    described: Any = MLMExtension.ext(item)
    assert described.mlm_name == "ste-marguerite"
    assert described.framework == "ONNX"
    assert described.total_parameters == 114_309
    (wanted,), (answered,) = described.input, described.output
    assert wanted.bands == ["red", "green", "blue"]
    assert (wanted.input.shape, wanted.input.data_type) == ([-1, 3, 50, 50], "float32")
    names = [one.name for one in answered.classes]
    assert names[:2] == ["water", "dry_sediment"]
    assert content["assets"]["model"]["href"] == "./network.onnx"
    assert content["properties"]["license"] == "other"  # its licence is a sentence
    assert content["geometry"] is None


def test_shapes_are_what_the_network_takes_and_answers() -> None:
    model = load_model("ste-marguerite")
    properties = model_item(model.contract, "", "n.onnx")["properties"]
    shape = properties["mlm:input"][0]["input"]["shape"]
    answered = model.predict(np.zeros([2, *shape[1:]], np.uint8)).shape
    assert list(answered)[1:] == properties["mlm:output"][0]["result"]["shape"][1:]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"scale": (1 / 255,), "offset": (0.0,)},
        {"format_version": 2, "dtype": "uint16", "low": (100.0,), "high": (4100.0,)},
    ],
)
def test_scaling_gives_what_the_network_sees(changed: dict[str, Any]) -> None:
    made = contract(**changed)
    (scaling,) = model_item(made, "", "n.onnx")["properties"]["mlm:input"][0]["value_scaling"]
    low = made.low[0] if made.low else 0.0
    high = made.high[0] if made.high else 255.0
    pixels = np.linspace(low, high, 7)
    seen = (pixels - low) / (high - low) * 255 * made.scale[0] + made.offset[0]
    by_item = (pixels - scaling["minimum"]) / (scaling["maximum"] - scaling["minimum"])
    assert by_item == pytest.approx(seen, abs=1e-6)


def test_every_output_says_its_class_also_where_classes_share_or_lack_one() -> None:
    content = model_item(contract(), "", "n.onnx")
    assert checked(content)
    (output,) = content["properties"]["mlm:output"]
    classes = output["classification:classes"]
    assert [one["value"] for one in classes] == list(range(7))
    assert [one["name"] for one in classes][:2] == ["no_class", "water"]
    assert classes[6]["name"] == "water"
    # Version 1.1 of the extension, which the schema of models refers to, asks for it.
    assert all(one["description"] for one in classes)
    assert output["result"] == {
        "shape": [-1, 7], "dim_order": ["batch", "class"], "data_type": "float32",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["水", "2 rivers", "a", "rivière_", "two rivers (50 px)"])
def test_a_model_of_any_name_is_valid(name: str) -> None:
    content = model_item(contract(name=name), "", "n.onnx")
    assert checked(content)
    assert content["id"] == name


def test_a_licence_that_spdx_knows_is_the_items() -> None:
    assert model_item(contract(licence="MIT"), "", "n")["properties"]["license"] == "MIT"


def test_the_schema_refuses_what_is_wrong() -> None:
    content = model_item(contract(), "", "n.onnx")
    del content["assets"]["model"]["mlm:artifact_type"]
    with pytest.raises(pystac.STACValidationError):
        checked(content)
