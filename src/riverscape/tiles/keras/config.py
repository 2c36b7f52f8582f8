"""The description of a network in a Keras file, checked before anything is built from it.

A file of Keras may name any class of any Python module and even carry code. Here only classes are
let through that are named below, all of them Keras's own, and none that runs code, reads files or
is of no use to images. What Keras 2 wrote otherwise than Keras 3 reads it is brought into line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from riverscape.errors import ModelError

__all__ = ["Config", "checked_config", "is_channels_first"]

Config = dict[str, Any]

_MODELS = frozenset({"Functional", "Model", "Sequential"})
_LAYERS = """
    InputLayer Dense Activation Softmax ReLU LeakyReLU PReLU ELU Flatten Reshape Permute Identity
    Conv2D Conv2DTranspose DepthwiseConv2D SeparableConv2D ZeroPadding2D Cropping2D UpSampling2D
    MaxPooling2D AveragePooling2D GlobalMaxPooling2D GlobalAveragePooling2D
    BatchNormalization GroupNormalization UnitNormalization Normalization
    Rescaling Resizing CenterCrop Add Subtract Multiply Average Maximum Minimum Concatenate Dot
    Dropout SpatialDropout2D GaussianDropout GaussianNoise AlphaDropout ActivityRegularization
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness
""".split()
_INITIALISERS = """
    Zeros Ones Constant Identity IdentityInitializer Orthogonal OrthogonalInitializer RandomNormal
    RandomUniform TruncatedNormal VarianceScaling GlorotNormal GlorotUniform HeNormal HeUniform
    LecunNormal LecunUniform
""".split()
_REGULARISERS = "L1 L2 L1L2 OrthogonalRegularizer".split()
_CONSTRAINTS = "MaxNorm MinMaxNorm NonNeg UnitNorm RadialConstraint".split()
_ACTIVATIONS = frozenset(
    """
    linear relu relu6 leaky_relu elu selu celu gelu silu swish mish sigmoid hard_sigmoid
    hard_silu hard_swish softmax log_softmax softplus softsign tanh hard_tanh exponential
    """.split()
)
# Each class, and the modules that the versions of Keras know it by.
_HOMES: dict[str, set[str | None]] = {}
for _names, _modules in (
    (_LAYERS, ("keras.layers",)),
    (_INITIALISERS, ("keras.initializers",)),
    (_REGULARISERS, ("keras.regularizers",)),
    (_CONSTRAINTS, ("keras.constraints",)),
    (
        _MODELS,
        (
            *("keras", "keras.models", "keras.engine.functional", "keras.src.engine.functional"),
            *("keras.src.models.functional", "keras.src.models.sequential"),
        ),
    ),
    (("__keras_tensor__",), ()),
):
    for _name in _names:
        _HOMES.setdefault(_name, {None}).update(_modules)
_RUNS_CODE = frozenset({"Lambda", "__lambda__", "function", "TFOpLambda", "SlicingOpLambda"})
_TUPLES = frozenset({"__tuple__", "TensorShape"})
_POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy", "Policy"})


def checked_config(config: Any, path: Path) -> Config:  # noqa: ANN401
    """Return a network's description as Keras 3 reads it, with nothing in it that runs code.

    Its last softmax is taken off: it answers scores, as all networks of riverscape do, and what
    exports them puts a softmax on.

    Parameters
    ----------
    config
        What is read from the file's JSON.
    path
        What messages name the file.

    Raises
    ------
    ModelError
        If it holds anything but Keras's own layers, has more than one input or output, or does
        not end in a softmax.
    """
    try:
        cleaned = _cleaned(config, path, "the model")
        if not isinstance(cleaned, dict) or cleaned.get("class_name") not in _MODELS:
            message = f"{path} is refused: it describes no Sequential or Functional model of Keras"
            raise ModelError(message)
        _check_ends(cleaned, path)
        _take_off_softmax(cleaned, path)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        message = f"{path} describes no network that makes sense"
        raise ModelError(message) from error
    result: Config = cleaned
    return result


def is_channels_first(config: Any) -> bool:  # noqa: ANN401
    """Return whether the images have their bands before rows and columns."""
    if isinstance(config, dict):
        first = config.get("data_format") == "channels_first"
        return first or any(is_channels_first(value) for value in config.values())
    return isinstance(config, list) and any(is_channels_first(value) for value in config)


def _check_ends(model: Config, path: Path) -> None:
    for kind in ("input", "output"):
        ends = model["config"].get(f"{kind}_layers")
        count = len(list(_references(ends))) if ends is not None else 1
        if count != 1:
            message = f"{path} has {count} {kind}s; a model of tiles has one image and one answer"
            raise ModelError(message)


def _take_off_softmax(model: Config, path: Path) -> None:
    """Leave the scores, as all networks of riverscape answer; the export puts a softmax on."""
    last = model
    while last["class_name"] in _MODELS:
        layers, ends = last["config"]["layers"], last["config"].get("output_layers")
        if ends is not None:
            layers = [layer for layer in layers if layer["name"] == ends[0]]
        last = layers[-1]
        if len(last.get("inbound_nodes", ())) > 1:  # elsewhere its softmax would be missed
            message = f"{path} uses its last layer more than once, which cannot be imported"
            raise ModelError(message)
    name, inner = last["class_name"], last["config"]
    activation = inner.get("activation")
    if isinstance(activation, dict):
        activation = activation["class_name"].lower()
    if name == "Softmax":
        last["class_name"] = "Activation"
        last["config"] = {key: inner[key] for key in ("name", "dtype") if key in inner}
        for call in last.get("inbound_nodes", ()):
            if isinstance(call, dict):
                call["kwargs"] = {}  # a mask, which no other activation takes
    elif activation != "softmax":
        how = ", ".join(str(part) for part in (name, activation) if part)
        message = f"{path} ends in no softmax ({how}): it answers no probabilities of classes"
        raise ModelError(message)
    last["config"]["activation"] = "linear"


def _cleaned(value: Any, path: Path, where: str) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_cleaned(item, path, where) for item in value]
    if not isinstance(value, dict):
        return value
    name = str(value.get("class_name", ""))
    if name in _TUPLES:
        return _cleaned(value.get("items"), path, where)
    if name in _POLICIES:
        return "float32"  # weights are saved so, whatever the policy computes in
    inner = value.get("config")
    if isinstance(inner, dict) and isinstance(inner.get("name"), str):
        where = f"layer {inner['name']}"
    if "class_name" in value:
        _check_class(value, path, where)
    _check_activation(value.get("activation"), path, where)
    # How it was trained is not needed, and names classes of its own.
    cleaned = {
        key: _cleaned(item, path, where) for key, item in value.items() if key != "compile_config"
    }
    return _in_line_with_keras_3(cleaned) if "class_name" in cleaned else cleaned


def _check_class(value: Config, path: Path, where: str) -> None:
    name, module = str(value["class_name"]), value.get("module")
    registered = value.get("registered_name")
    if name in _RUNS_CODE:
        message = f"{path} is refused: {where} is a {name}, which runs code that the file carries"
        raise ModelError(message)
    homes: set[str | None] = _HOMES.get(name, set())
    known = (module is None or isinstance(module, str)) and module in homes
    if not known or registered not in (None, name):
        named = f"{module}.{name}" if module else f"{registered or name}"
        message = (
            f"{path} is refused: {where} is a {named}, which is none of the layers of Keras's "
            "own that riverscape imports"
        )
        raise ModelError(" ".join(message.split()))


def _check_activation(activation: Any, path: Path, where: str) -> None:  # noqa: ANN401
    if isinstance(activation, str) and activation not in _ACTIVATIONS:
        message = f"{path} is refused: {where} has the activation {activation}, none of Keras's own"
        raise ModelError(" ".join(message.split()))


def _in_line_with_keras_3(described: Config) -> Config:
    """Return the description of a layer or model, in which Keras 2 may have put things apart."""
    name, inner = described["class_name"], described.get("config")
    if name == "Sequential" and isinstance(inner, list):  # before Keras 2.2.3
        inner = {"name": "sequential", "layers": inner}
    if not isinstance(inner, dict):
        return described
    if name in ("DepthwiseConv2D", "Conv2DTranspose") and inner.get("groups") == 1:
        inner = {key: value for key, value in inner.items() if key != "groups"}
    if name in _MODELS:
        inner = dict(inner)
        for key in ("input_layers", "output_layers"):
            ends = list(_references(inner.get(key)))
            if len(ends) == 1:  # else a model within a model hands on a list
                inner[key] = ends[0]
        _renumber(inner)
        if "module" in described and name == "Functional":
            described = {**described, "module": "keras.src.models.functional"}
    return {**described, "config": inner}


def _renumber(model: Config) -> None:
    """Count the calls of a model within a model from 0: Keras 2 counts its own making as 0."""
    for layer in model.get("layers", ()):
        if layer.get("class_name") not in _MODELS:
            continue
        calls = len(layer.get("inbound_nodes") or ())
        mine = [
            reference
            for user in (*model["layers"], {"inbound_nodes": model.get("output_layers")})
            for reference in _references(user.get("inbound_nodes"))
            if reference[0] == layer.get("name")
        ]
        if calls and any(reference[1] >= calls for reference in mine):
            for reference in mine:
                reference[1] -= 1


def _references(value: Any) -> Iterator[list[Any]]:  # noqa: ANN401
    """Yield all references ``[layer, call, tensor, ...]`` in a part of a description."""
    if isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
            yield value
        else:
            for item in value:
                yield from _references(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item)
