"""CSC beside classifiers that the labels of other images teach."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from riverscape.errors import InputError, SettingsError
from riverscape.imagery import open_raster
from riverscape.labels import LabelledImage, pair_labels
from riverscape.models import load_model
from riverscape.scenes import Cover, River, write_survey
from riverscape.settings import Settings, make_settings
from riverscape.workflow import (
    ComparedMap,
    Methods,
    assess,
    classify,
    compare,
    comparison_summary,
    comparison_table,
)

WriteRaster = Callable[..., Path]
Counts = dict[tuple[str, str, str], list[list[int]]]

TRADITIONAL = Methods(traditional=("gaussian", "forest"), csc=())
QUICK = Methods(traditional=("gaussian",), csc=("kde", "gaussian"))
# Pixels as they are: what stands beside a pixel has no say, so images may be put side by side.
PLAIN = make_settings({"pixels": {"features": ("bands",)}})


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledImage]:
    """Return two photographs of each of two rivers."""
    folder = tmp_path_factory.mktemp("rivers")
    rivers = [River.from_name(name) for name in ("Alder", "Heron")]
    cover = Cover(forest=0.4, senescent=0.25, bars=0.8)
    write_survey(folder, rivers, 2, height_px=160, width_px=220, seed=5, cover=cover)
    return pair_labels([folder], required=True)


def counts(maps: Sequence[ComparedMap]) -> Counts:
    return {(one.pair.name, one.method, one.classifier): one.matrix.counts.tolist() for one in maps}


def counted(
    pairs: Sequence[LabelledImage],
    training: Sequence[LabelledImage] | None = None,
    settings: Settings = PLAIN,
) -> Counts:
    found = list(compare(pairs, settings=settings, methods=TRADITIONAL, training=training))
    assert len(found) == 2 * len(pairs)
    return counts(found)


def relabelled(
    pairs: Sequence[LabelledImage],
    changed: str,
    folder: Path,
    change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
) -> list[LabelledImage]:
    """Return the survey anew, with other labels of one image."""
    for pair in pairs:
        shutil.copy(pair.image, folder)
        labels = folder / pair.label_raster.name
        shutil.copy(pair.label_raster, labels)
        if pair.name == changed:
            with rasterio.open(labels, "r+") as file:
                file.write(change(file.read()))
    return pair_labels([folder], required=True)


def side_by_side(pairs: Sequence[LabelledImage], folder: Path, write: WriteRaster) -> LabelledImage:
    """Return one image of several, one beside the other."""
    images, labels = [], []
    for pair in pairs:
        with open_raster(pair.image) as image, open_raster(pair.label_raster) as codes:
            images.append(image.read())
            labels.append(codes.read()[0])
    return LabelledImage(
        write(folder / "Both_0001.png", np.concatenate(images, axis=2)),
        write(folder / "SCLS_Both_0001.tif", np.concatenate(labels, axis=1)),
    )


def test_tables_of_images_teach_what_all_their_pixels_would(
    pairs: list[LabelledImage], tmp_path: Path, write_raster: WriteRaster
) -> None:
    tests, training = pairs[:1], pairs[1:]
    whole = side_by_side(training, tmp_path, write_raster)
    assert counted(tests, training) == counted(tests, [whole])


def test_who_is_left_out_is_mapped_as_if_the_others_were_all_there_is(
    pairs: list[LabelledImage],
) -> None:
    each = counted(pairs, settings=Settings())
    for pair in pairs:
        others = [other for other in pairs if other is not pair]
        expected = counted([pair], others, Settings())
        assert expected.items() <= each.items()


def test_an_image_s_own_labels_never_reach_its_classifier(
    pairs: list[LabelledImage], tmp_path: Path
) -> None:
    swap = np.array([0, 2, 1, 4, 3, 5], np.uint8)
    before = counted(pairs)
    after = counted(relabelled(pairs, "Alder_0001", tmp_path, lambda codes: swap[codes]))
    for (name, method, classifier), matrix in before.items():
        changed = after[name, method, classifier]
        if name == "Alder_0001":
            # Mapped the same: only the rows, which stand for the labels, change places.
            assert np.array_equal(np.array(changed)[swap[1:] - 1], matrix)
        else:
            assert changed != matrix


def test_the_labels_of_a_whole_river_are_left_out(
    pairs: list[LabelledImage], tmp_path: Path
) -> None:
    swap = np.array([0, 2, 1, 4, 3, 5], np.uint8)
    changed = relabelled(pairs, "Alder_0001", tmp_path, lambda codes: swap[codes])
    found = [
        counts(list(compare(images, methods=TRADITIONAL, hold_out="river")))
        for images in (pairs, changed)
    ]
    for key, matrix in found[0].items():
        if key[0] == "Alder_0002":
            assert found[1][key] == matrix
        elif key[0].startswith("Heron"):
            assert found[1][key] != matrix
    heron, alder = pairs[2:], pairs[:2]
    assert counted(heron, alder, Settings()).items() <= found[0].items()


def test_only_classes_that_taught_are_answered(pairs: list[LabelledImage], tmp_path: Path) -> None:
    def two_alone(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.where(np.isin(codes, (2, 4)), codes, 0).astype(np.uint8)

    training = relabelled(pairs[2:3], "Heron_0001", tmp_path, two_alone)
    for matrix in counted(pairs[:1], training).values():
        assert set(np.flatnonzero(np.sum(matrix, axis=0))) <= {1, 3}


def test_where_an_image_holds_no_data_it_neither_teaches_nor_is_mapped(
    tmp_path: Path, write_raster: WriteRaster, photograph: NDArray[np.uint8]
) -> None:
    codes = np.ones((150, 200), np.uint8)
    codes[:, 100:] = 2
    masked = photograph.copy()
    masked[:, 100:150] = 0  # rows without data, whose labels are wrong
    wrong = codes.copy()
    wrong[100:] = 5
    training = LabelledImage(
        write_raster(tmp_path / "Heron_0001.tif", masked, nodata=0),
        write_raster(tmp_path / "SCLS_Heron_0001.tif", wrong),
    )
    test = LabelledImage(
        write_raster(tmp_path / "Alder_0001.tif", masked, nodata=0),
        write_raster(tmp_path / "SCLS_Alder_0001.tif", codes),
    )
    other = photograph.copy()
    other[0, 0, 0] ^= 1  # not the same file
    whole = LabelledImage(write_raster(tmp_path / "Birch_0001.tif", other), test.labels)
    for matrix in counted([whole], [training]).values():
        assert not np.array(matrix)[:, 4].any()
    methods = Methods(traditional=("gaussian",), csc=())
    (found,) = compare([test], methods=methods, training=[whole])
    assert found.matrix.counts[:, -1].tolist() == [5000, 5000, 0, 0, 0]


def test_csc_and_the_cnn_map_are_those_that_classifying_gives(pairs: list[LabelledImage]) -> None:
    found = {(one.method, one.classifier): one for one in compare(pairs[:2], methods=QUICK)}
    assert list(found) == [
        ("traditional", "gaussian"),
        ("CNN map", "ste-marguerite"),
        ("CSC", "kde"),
        ("CSC", "gaussian"),
    ]
    for name in QUICK.csc:
        settings = make_settings({"pixels": {"classifier": name}})
        result = classify(pairs[1].image, load_model("ste-marguerite"), settings)
        expected = assess(result.csc, pairs[1].label_raster)
        assert found["CSC", name].matrix.counts.tolist() == expected.counts.tolist()
    cnn = assess(result.cnn, pairs[1].label_raster)
    assert found["CNN map", "ste-marguerite"].matrix.counts.tolist() == cnn.counts.tolist()


def test_time_to_fit_is_part_of_the_time_and_is_shared(pairs: list[LabelledImage]) -> None:
    found = list(compare(pairs[:2], methods=QUICK, training=pairs[2:]))
    for one in found:
        assert 0 <= one.fit_seconds <= one.seconds
    first, second = (one for one in found if one.method == "traditional")
    assert first.fit_seconds == second.fit_seconds > 0


def test_the_table_has_a_row_for_each_map_and_class(pairs: list[LabelledImage]) -> None:
    found = list(compare(pairs, methods=QUICK))
    table = comparison_table(found)
    keys = ["image", "method", "classifier", "class"]
    assert not table.duplicated(keys).any()
    assert len(table) == sum(len(one.matrix.scores()) for one in found)
    assert set(table["river"]) == {"Alder", "Heron"}
    for one in found:
        of_map = table[
            (table["image"] == one.pair.name)
            & (table["method"] == one.method)
            & (table["classifier"] == one.classifier)
        ].set_index("class")
        assert of_map["f1_score"]["ALL"] == one.matrix.f1_weighted
        assert of_map["support"]["ALL"] == one.matrix.support


def test_the_summary_is_that_of_the_table(pairs: list[LabelledImage]) -> None:
    found = list(compare(pairs, methods=QUICK))
    whole = comparison_table(found).query("`class` == 'ALL'")
    by_method = whole.groupby(["method", "classifier"])["f1_score"]
    summary = comparison_summary(found).set_index(["method", "classifier"])
    assert summary["images"].tolist() == [4] * 4
    for column, expected in (
        ("f1_mean", by_method.mean()),
        ("f1_median", by_method.median()),
        ("f1_least", by_method.min()),
    ):
        assert summary[column].to_dict() == pytest.approx(expected.to_dict())
    assert comparison_summary([]).empty
    assert list(comparison_table([]).columns) == list(comparison_table(found).columns)


class Steps:
    """Progress that is written down."""

    def __init__(self) -> None:
        self.stages: list[list[object]] = []
        self.running = False

    def start(self, stage: str, total: int) -> None:
        assert not self.running
        self.running = True
        self.stages.append([stage, total, 0])

    def advance(self, steps: int = 1, note: str = "") -> None:
        assert note
        self.stages[-1][2] = int(str(self.stages[-1][2])) + steps

    def finish(self) -> None:
        self.running = False


def test_each_image_s_table_is_made_once_whatever_is_left_out(pairs: list[LabelledImage]) -> None:
    steps = Steps()
    list(compare(pairs, methods=QUICK, progress=steps))
    assert steps.stages == [["reading labels", 4, 4], ["comparing", 12, 12]]
    assert not steps.running


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (Methods(traditional=("patch",)), "patch cannot learn from other images"),
        (Methods(traditional=("forrest",)), "no pixel classifier is called 'forrest'"),
        (Methods(csc=("kd",)), "no pixel classifier is called 'kd'"),
    ],
)
def test_wrong_names_are_said_before_any_image_is_read(
    methods: Methods, message: str, tmp_path: Path
) -> None:
    absent = [LabelledImage(tmp_path / f"Alder_{n}.jpg", tmp_path / f"{n}.tif") for n in (1, 2)]
    with pytest.raises(SettingsError, match=message):
        compare(absent, methods=methods)


def test_an_image_without_labels_is_refused(pairs: list[LabelledImage]) -> None:
    bare = [pairs[0], LabelledImage(pairs[1].image, None)]
    for tests, training in ((bare, None), (pairs[2:], bare)):
        with pytest.raises(InputError, match=r"Alder_0002.jpg has no label raster: expected"):
            compare(tests, training=training)


def test_an_image_whose_labels_are_empty_is_refused(
    pairs: list[LabelledImage], tmp_path: Path
) -> None:
    empty = relabelled(pairs, "Heron_0002", tmp_path, np.zeros_like)
    with pytest.raises(InputError, match=r"SCLS_Heron_0002.tif holds no labelled pixel"):
        list(compare(empty, methods=TRADITIONAL))


def test_what_is_learned_from_is_not_tested_on(pairs: list[LabelledImage], tmp_path: Path) -> None:
    copy = Path(shutil.copy(pairs[1].image, tmp_path / "Renamed_0001.jpg"))
    training = [*pairs[2:], LabelledImage(copy, pairs[1].labels)]
    with pytest.raises(InputError, match=r"Alder_0002.jpg is among the images to learn from"):
        compare(pairs[:2], training=training)


def test_leaving_one_out_needs_two(pairs: list[LabelledImage]) -> None:
    with pytest.raises(InputError, match="needs two images or more; here is 1"):
        compare(pairs[:1])
    with pytest.raises(InputError, match="needs two rivers or more; here is 1"):
        compare(pairs[:2], hold_out="river")
    with pytest.raises(InputError, match="no image to learn from"):
        compare(pairs[:2], training=[])
    # CSC alone needs no other image.
    assert len(list(compare(pairs[:1], methods=Methods(traditional=(), csc=("kde",))))) == 2


def test_bands_go_by_the_model_s_names_on_both_sides(pairs: list[LabelledImage]) -> None:
    settings = make_settings({"pixels": {"features": ("median:2", "nd:green:red")}})
    methods = Methods(traditional=("gaussian",), csc=("gaussian",))
    found = list(compare(pairs[:2], settings=settings, methods=methods))
    assert {one.method for one in found} == {"traditional", "CNN map", "CSC"}
