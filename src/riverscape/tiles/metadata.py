"""What a network in ONNX says of itself to other software."""

import json

from riverscape.tiles.contract import ModelContract

__all__ = ["with_metadata"]

_FACTS = (
    "name", "description", "classes", "class_key", "tile_px", "network_stride_px", "bands",
    "dtype", "low", "high", "scale", "offset", "licence", "citation",
)  # fmt: skip

# onnx.proto: ModelProto.metadata_props, and key and value of a StringStringEntryProto; all are
# of protobuf's wire type 2, a length and as many bytes.
_PROPERTY, _KEY, _VALUE = 14, 1, 2


def with_metadata(network: bytes, contract: ModelContract) -> bytes:
    """Return a network, the content of an ONNX file, with what the contract says as metadata.

    Names and texts stand as they are, everything else as JSON; what the contract leaves open is
    left out. Nothing of the network changes.

    Examples
    --------
    >>> from riverscape.models import load_model
    >>> from riverscape.tiles.session import open_session
    >>> model = load_model("ste-marguerite")
    >>> session = open_session(with_metadata(model.files["network.onnx"], model.contract))
    >>> facts = session.get_modelmeta().custom_metadata_map
    >>> facts["name"], facts["bands"], json.loads(facts["classes"])[0]["colour"]
    ('ste-marguerite', '["red", "green", "blue"]', '#3fb4ff')
    """
    facts = contract.model_dump(include=set(_FACTS))
    facts["classes"] = contract.scheme.to_dict()["classes"]
    texts = {
        key: facts[key] if isinstance(facts[key], str) else json.dumps(facts[key])
        for key in _FACTS
        if facts.get(key) not in (None, "")
    }
    # The encodings of two parts of a protobuf message, one after the other, are the encoding of
    # both together; so nobody needs the onnx package for this.
    return network + b"".join(
        _field(_PROPERTY, _field(_KEY, key.encode()) + _field(_VALUE, text.encode()))
        for key, text in texts.items()
    )


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Encode a whole number seven bits at a time, the lowest first.

    Examples
    --------
    >>> _varint(300).hex()
    'ac02'
    """
    low = []
    while number > 127:
        low.append(number & 127 | 128)
        number >>= 7
    return bytes([*low, number])
