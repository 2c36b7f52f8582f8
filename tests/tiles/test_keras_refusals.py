"""What is no model of Keras that is safe and fit to import: refused in one line."""

import sys
import types
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import pytest

from riverscape.errors import InputError, MissingExtraError, ModelError
from riverscape.labels import PUBLISHED_CLASSES, ClassKey, LocalClass
from riverscape.tiles.keras.importing import import_keras

if any(find_spec(package) is None for package in ("keras", "torch", "onnx")):
    pytest.skip("Keras is not installed", allow_module_level=True)

from riverscape.tiles.keras.network import keras_on_pytorch

from .small_keras import edit, save, sequential

KEY = ClassKey.of_scheme(PUBLISHED_CLASSES)

# Keras, of the way in which it makes arrays of its variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Config = dict[str, Any]


def first_layer(config: Config) -> Config:
    layer: Config = config["config"]["layers"][1]
    return layer


def put(**changes: Any) -> Callable[[Config], None]:
    return lambda config: first_layer(config).update(changes)


def put_inside(**changes: Any) -> Callable[[Config], None]:
    return lambda config: first_layer(config)["config"].update(changes)


CODE = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "eval"}
REFUSED = [
    (put(class_name="Lambda", config={"function": ["4wEAAAA=", None, None]}), "a Lambda, which r"),
    (put_inside(kernel_initializer=CODE), "__lambda__, which runs code"),
    (put_inside(activation=FUNCTION), "function, which runs code"),
    (put_inside(activation="evil"), "the activation evil, none of Keras's own"),
    (put(class_name="TFOpLambda"), "TFOpLambda, which runs code"),
    (put(module="os", class_name="system"), r"os\.system, which is none of"),
    (put(module="builtins", class_name="Conv2D"), r"builtins\.Conv2D, which is none of"),
    (put(module="evil", class_name="Conv2D"), r"evil\.Conv2D, which is none of"),
    (put(module=["keras.layers"]), "which is none of"),
    (put(module="keras.utils", class_name="get_file"), r"keras\.utils\.get_file, which is none"),
    (put(class_name=["Conv2D"]), "which is none of"),
    (put(registered_name="evil>Layer"), "evil>Layer, which is none of"),
    (put(class_name="StringLookup", config={"vocabulary": "/etc/passwd"}), "StringLookup, which"),
    (put(class_name="TFSMLayer", config={"filepath": "evil"}), "TFSMLayer, which is none of"),
    (put(class_name="TorchModuleWrapper"), "TorchModuleWrapper, which is none of"),
    (put_inside(kernel_initializer={"class_name": "evil", "config": {}}), "evil, which is none"),
    (put_inside(dtype={"class_name": "__typespec__", "config": []}), "__typespec__, which is n"),
    (lambda _: {"class_name": "Evil", "config": {}}, "Evil, which is none of"),
    (lambda config: [config], "describes no Sequential or Functional model"),
    (
        lambda _: {"class_name": "Sequential", "config": {"layers": [1]}},
        "describes no network that makes sense",
    ),
    (
        lambda _: {"class_name": "Sequential", "config": None},
        "describes no network that makes sense",
    ),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_anything_but_keras_s_own_layers_is_refused(
    change: Callable[[Config], Any],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    path = save(sequential(), tmp_path / "river.h5")
    monkeypatch.setattr(
        "keras.models.load_model", lambda *_, **__: pytest.fail("Keras was handed the file")
    )
    for file in (edit(path, change), archived(path, tmp_path / "river.keras")):
        with pytest.raises(ModelError, match=reason) as error:
            import_keras(file, KEY)
        assert str(file) in str(error.value)
        assert "\n" not in str(error.value)
    assert not (tmp_path / "ran").exists()
    assert "evil" not in sys.modules


def archived(hdf5: Path, path: Path) -> Path:
    """Return a .keras file of the description in an .h5 file."""
    with h5py.File(hdf5) as file, zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", file.attrs["model_config"])
        archive.writestr("model.weights.h5", hdf5.read_bytes())
    return path


def test_what_is_no_model_of_keras_is_refused(tmp_path: Path) -> None:
    whole = save(sequential(), tmp_path / "whole.h5")
    weights = tmp_path / "only.weights.h5"
    sequential().save_weights(weights)
    text, hdf5, archive = (tmp_path / name for name in ("notes.txt", "other.h5", "other.zip"))
    text.write_text("hello")
    with h5py.File(hdf5, "w") as file:
        file["numbers"] = [1, 2]
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("notes.txt", "hello")
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole.read_bytes()[:20000])
    garbled = edit(save(sequential(), tmp_path / "garbled.h5"), lambda _: None)
    with h5py.File(garbled, "r+") as file:
        file.attrs["model_config"] = "{"
    for path, reason in (
        (tmp_path / "missing.h5", "no such file"),
        (tmp_path, "is a folder, perhaps a SavedModel"),
        (text, "is no HDF5 file"),
        (hdf5, "is an HDF5 file, but no model of Keras"),
        (archive, r"no \.keras file: it lacks config\.json, model\.weights\.h5"),
        (weights, r"holds weights without their network; let Keras save the whole model"),
        (cut, "is damaged"),
        (garbled, "is damaged: what it says of its network is no JSON"),
    ):
        with pytest.raises(ModelError, match=reason) as error:
            import_keras(path, KEY)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)


def test_a_network_that_does_not_classify_tiles_is_refused(tmp_path: Path) -> None:
    keras = keras_on_pytorch()
    layers = keras.layers
    one, two = layers.Input((8, 8, 3)), layers.Input((8, 8, 3))
    flat = layers.Flatten()(one)
    answer, softmax = layers.Dense(5, activation="softmax"), layers.Softmax()
    three = layers.Input((3,))
    models = {
        "has 2 inputs": keras.Model([one, two], answer(layers.Flatten()(layers.Add()([one, two])))),
        "has 2 outputs": keras.Model(one, [answer(flat), flat]),
        "ends in no softmax (Dense, sigmoid)": keras.Model(
            one, layers.Dense(5, activation="sigmoid")(flat)
        ),
        "ends in no softmax (Flatten)": keras.Model(one, flat),
        "takes (None, 8), which is no image": keras.Sequential(
            [layers.Input((8,)), layers.Softmax()]
        ),
        "takes tiles of 8 x 9 px; they must be square": keras.Sequential(
            [layers.Input((8, 9, 3)), layers.Flatten(), layers.Softmax()]
        ),
        "does not say how many bands": keras.Sequential(
            [layers.Input((8, 8, None)), layers.GlobalAveragePooling2D(), layers.Softmax()]
        ),
        "uses its last layer more than once": keras.Model(
            three, softmax(layers.Add()([three, softmax(three)]))
        ),
        "answers (None, 8, 8, 5), not one score for each": keras.Sequential(
            [layers.Input((8, 8, 3)), layers.Conv2D(5, 1, activation="softmax")]
        ),
    }
    for number, (reason, model) in enumerate(models.items()):
        path = save(model, tmp_path / f"river{number}.keras")
        with pytest.raises(ModelError) as error:
            import_keras(path, KEY)
        assert f"{path} {reason}" in str(error.value)
        assert "\n" not in str(error.value)


def test_a_key_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = save(sequential(outputs=6), tmp_path / "river.h5")
    with pytest.raises(InputError, match="has 6 outputs, the class key 5 local classes"):
        import_keras(path, KEY)
    stranger = ClassKey((*KEY.classes, LocalClass(6, 9)))
    with pytest.raises(InputError, match=r"folds to the code\(s\) 9, the classes are 1 water"):
        import_keras(path, stranger)
    lacking = ClassKey(KEY.classes[:4])
    with pytest.raises(InputError, match="no local class of the class key is folded to 5 paved"):
        import_keras(path, lacking)
    with pytest.raises(InputError, match="leave nothing of the pixels"):
        import_keras(path, KEY, scale=0)


def test_weights_in_another_order_are_not_taken_for_each_other(tmp_path: Path) -> None:
    path = save(sequential(), tmp_path / "river.h5")
    with h5py.File(path, "r+") as file:
        layer = next(
            group for name, group in file["model_weights"].items() if name.startswith("batch_")
        )
        layer.attrs["weight_names"] = layer.attrs["weight_names"][::-1]
    with pytest.raises(ModelError, match=r"it has .*moving_variance where .* has .*gamma"):
        import_keras(path, KEY)


def test_weights_are_not_read_from_other_files(tmp_path: Path) -> None:
    other = save(sequential(), tmp_path / "other.h5")
    path = save(sequential(), tmp_path / "river.h5")
    with h5py.File(path, "r+") as file:
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink(other.name, "/model_weights")
    with pytest.raises(ModelError, match="is refused: model_weights is a link"):
        import_keras(path, KEY)


def test_keras_on_something_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(sequential(), tmp_path / "river.h5")
    config = types.SimpleNamespace(backend=lambda: "tensorflow")
    monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(config=config, __spec__=1))
    with pytest.raises(ModelError, match="Keras runs on tensorflow in this process"):
        import_keras(path, KEY)


def test_without_keras_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riverscape.tiles.keras.importing.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "riverscape\[keras\]"'):
        import_keras("river.h5", KEY)
