"""The maps of an image do not depend on the windows that it is worked on by."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riverscape.imagery import Window, ahead, open_raster
from riverscape.journal import FolderJournal, MemoryJournal
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.models import load_model
from riverscape.pixels import Question, SpectralTable, colour_learning
from riverscape.pixels.colours import TableSum
from riverscape.settings import make_settings
from riverscape.workflow import Resources, labelling, map_image
from riverscape.workflow.crew import Taught
from riverscape.workflow.image_views import ImageViews, answer_step, step_of
from riverscape.workflow.labelling import label_windows, labelling_windows
from riverscape.workflow.scanning import scan_windows

from ..multiband import quick_model, write_twins
from . import images
from .images import Counting, holes_of, mapped, small_units, write

# What works around a pixel or a block, each alone: (settings of pixels, of teaching, of tiles).
_RULES: dict[str, dict[str, dict[str, Any]]] = {
    "default": {},
    "forest, guided": {"pixels": {"classifier": "forest", "smoothing": "guided"}},
    "kde, not smoothed": {"pixels": {"classifier": "kde", "smoothing": "none"}},
    "patch": {"pixels": {"classifier": "patch"}},
    "patch of 15, guided": {
        "pixels": {"classifier": "patch", "patch_px": 15, "smoothing": "guided"}
    },
    "gaussian of many features": {
        "pixels": {"classifier": "gaussian", "features": ["median", "texture", "lab", "nd:1:2"]}
    },
    "no context": {"pixels": {"classifier": "kde", "context": False}},
    "wide smoothing": {"pixels": {"classifier": "kde", "smoothing_px": 25}},
    "a feature wider than tiles overlap": {
        "pixels": {"classifier": "gaussian", "features": ["mean:40"], "smoothing": "none"}
    },
    "despeckled": {"pixels": {"classifier": "kde", "smoothing": "none", "despeckle_px": 40}},
    "borders and a share": {
        "pixels": {"classifier": "kde"},
        "teaching": {"tile_border_px": 2, "class_border_px": 5, "share": 0.7},
    },
    "modal filter": {"pixels": {"classifier": "kde"}, "teaching": {"modal_tiles": 2}},
    "nothing is sure": {"pixels": {"classifier": "kde"}, "teaching": {"threshold": 1.0}},
    "believes all, never overrules": {
        "pixels": {"classifier": "kde"},
        "teaching": {"least_px": 0, "overrule": False},
    },
    "tiles side by side": {"pixels": {"classifier": "kde"}, "tiles": {"stride_px": 50}},
    "dense tiles": {"pixels": {"classifier": "kde"}, "tiles": {"stride_px": 10}},
    "tiles one by one": {"pixels": {"classifier": "kde"}, "tiles": {"stride_px": 23}},
}
_KDE = {"pixels": {"classifier": "kde"}}
_HOLES = ("right half", "upper left", "around", "middle", "slant", "dust", "but one")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("windows")


@pytest.fixture
def _small() -> Iterator[None]:
    with small_units():
        yield


@pytest.mark.usefixtures("_small")
class TestSmallImages:
    """With small runs of tiles and small strips, so that a small image has many windows."""

    @pytest.mark.parametrize("rules", _RULES)
    @pytest.mark.parametrize("holes", ["none", "upper left"])
    def test_whatever_looks_around_sees_over_the_seams(
        self, rules: str, holes: str, folder: Path
    ) -> None:
        path, content = write(folder, (197, 223), holes), _RULES[rules]
        whole = mapped(path, content)
        by_windows = mapped(path, content, side_px=90, threads=2)
        assert len(whole.windows) == 2 < len(by_windows.windows)  # in two passes
        assert not whole.differences(by_windows)

    @pytest.mark.parametrize("holes", _HOLES)
    @pytest.mark.parametrize("by_rows", [False, True])
    def test_holes_wherever_windows_cut_them(self, holes: str, by_rows: bool, folder: Path) -> None:
        path = write(folder, (281, 263), holes, by_rows)
        whole = mapped(path, _KDE)
        for side_px in (64, 150):
            by_windows = mapped(path, _KDE, side_px)
            assert len(by_windows.windows) > 2
            assert not whole.differences(by_windows)
        valid = holes_of(holes, (281, 263))
        assert np.array_equal(whole.maps["csc"] > 0, valid)
        assert np.array_equal(whole.maps["cnn"] > 0, valid)

    @pytest.mark.parametrize(
        ("shape", "stride_px"),
        [
            *[((1, 1), stride_px) for stride_px in (50, 25, 10)],
            *[((3, 70), 25), ((70, 3), 10), ((49, 51), 25), ((50, 50), 25), ((51, 50), 50)],
            *[((127, 131), stride_px) for stride_px in (50, 25, 10)],
            ((97, 193), 25),
        ],
    )
    def test_sizes_that_fit_nothing(
        self, shape: tuple[int, int], stride_px: int, folder: Path
    ) -> None:
        """Smaller than a tile, primes, a pixel more than windows of maps (48, 96) have."""
        content = {**_KDE, "tiles": {"stride_px": stride_px}}
        for holes in ("none", "slant"):
            path = write(folder, shape, holes)
            whole = mapped(path, content)
            assert whole.maps["csc"].shape == shape
            for side_px, threads in ((1, 1), (64, 2)):
                assert not whole.differences(mapped(path, content, side_px, threads))

    def test_specks_that_reach_over_seams(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Specks are taken out of squares that are always the same, however large the windows."""
        monkeypatch.setattr(labelling, "CLEANED_PX", 96)
        monkeypatch.setattr(labelling, "_LEAST_CLEANING_HALO_PX", 60)
        path, content = write(folder, (281, 263), "slant"), _RULES["despeckled"]
        one, *others = (mapped(path, content, side_px) for side_px in (images.WHOLE, 64, 150))
        for other in others:
            assert len(other.windows) > len(one.windows) == 1 + 9
            assert not one.differences(other)

    @pytest.mark.parametrize("holes", ["none", "around"])
    def test_more_colours_than_a_table_keeps(
        self, holes: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Which are kept does not depend on what each window happens to see around it."""
        monkeypatch.setattr(colour_learning, "TableSum", partial(TableSum, most=400))
        content = {
            "pixels": {"classifier": "gaussian", "features": ["mean:9"], "smoothing": "none"}
        }
        path = write(folder, (281, 263), holes)
        whole, by_windows = (mapped(path, content, side) for side in (images.WHOLE, 64))
        assert not whole.differences(by_windows)

    @pytest.mark.parametrize("stride_px", [25, 50])
    def test_tables_of_windows_add_up_to_the_same(self, stride_px: int, folder: Path) -> None:
        """Also where a feature looks farther than tiles reach over a window."""
        path, tables = write(folder, (281, 263), "slant"), []
        content = {
            "pixels": {"classifier": "gaussian", "features": ["mean:40"]},
            "tiles": {"stride_px": stride_px},
        }
        for side_px in (64, 150):
            total, journal = TableSum(), MemoryJournal()
            done = mapped(path, content, side_px, journal=journal)
            steps = {step_of(window) for window in done.windows}
            for step in filter(journal.has, steps):
                if kept := journal.load(step):
                    total.add(SpectralTable(kept["rows"], kept["counts"], bits=7))
            assert len(steps) > 4
            table = total.table
            counted = table.counts.any(axis=1)
            tables.append((table.rows[counted], table.counts[counted]))
        for one, other in zip(*tables, strict=True):
            assert np.array_equal(one, other)

    def test_windows_without_data_are_not_looked_at(self, folder: Path) -> None:
        """The network is asked for half of the runs of an image of which half is empty."""
        runs = []
        for holes in ("none", "right half"):
            model = Counting.new()
            mapped(write(folder, (281, 300), holes), _KDE, 64, model=model)
            runs.append(len(model.asked))
        assert 0.4 * runs[0] <= runs[1] <= 0.6 * runs[0]

    def test_windows_without_data_are_never_in_the_view_of_phase_2(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        labelled = []
        label = labelling._label

        def watched(view: Any, *rest: Any) -> Any:
            labelled.append(view.window)
            return label(view, *rest)

        monkeypatch.setattr(labelling, "_label", watched)
        by_windows = mapped(write(folder, (281, 300), "right half"), _KDE, 48)
        second = by_windows.windows[-42:]  # six times seven
        assert second[0] == Window(0, 0, 48, 48)
        assert {*labelled} == {window for window in second if window.left < 150}

    @pytest.mark.parametrize("classifier", ["kde", "patch"])
    @pytest.mark.parametrize("side_px", [images.WHOLE, 64])
    def test_an_image_without_a_valid_pixel_has_empty_maps(
        self, classifier: str, side_px: int, folder: Path
    ) -> None:
        model = Counting.new()
        content = {"pixels": {"classifier": classifier}}
        found = mapped(write(folder, (131, 127), "all"), content, side_px, model=model)
        assert found.notes == ("the image holds no valid pixel",)
        assert not found.maps["csc"].any()
        assert not found.maps["cnn"].any()
        for layer in images.ALL_LAYERS:
            assert (found.maps[layer] == 255).all()
        assert model.asked == []

    @pytest.mark.parametrize("classifier", ["logistic", "kde", "patch"])
    def test_one_valid_pixel_is_mapped(self, classifier: str, folder: Path) -> None:
        path = write(folder, (131, 127), "but one")
        found = mapped(path, {"pixels": {"classifier": classifier}}, 64)
        assert np.array_equal(found.maps["csc"] > 0, holes_of("but one", (131, 127)))
        assert found.maps["csc"].max() in PUBLISHED_CLASSES.codes
        assert any(note.startswith("phase 2 was taught one class only") for note in found.notes)


class TestLargeImages:
    """With runs and strips as they are."""

    @pytest.mark.parametrize("holes", ["none", "slant"])
    def test_a_prime_size_by_windows_of_any_size(self, holes: str, folder: Path) -> None:
        path = write(folder, (521, 601), holes)
        whole = mapped(path)
        for side_px, threads in ((64, 2), (300, 1), (512, 2)):
            by_windows = mapped(path, side_px=side_px, threads=threads)
            assert len(by_windows.windows) > 2
            assert not whole.differences(by_windows)
        assert len(np.unique(whole.maps["csc"])) >= 4

    def test_windows_of_the_first_pass_are_as_small_as_asked(self, folder: Path) -> None:
        runs = []
        for side_px in (images.WHOLE, 150):
            model = Counting.new()
            mapped(write(folder, (521, 601)), _KDE, side_px, model=model)
            runs.append(sorted(model.asked))
        assert runs[0] == runs[1]  # the same runs of tiles, in other windows


class TestJournals:
    @pytest.mark.usefixtures("_small")
    @pytest.mark.parametrize("classifier", ["kde", "patch"])
    @pytest.mark.parametrize("side_px", [images.WHOLE, 64])
    def test_a_folder_keeps_what_memory_does_and_nothing_is_done_twice(
        self, classifier: str, side_px: int, folder: Path, tmp_path: Path
    ) -> None:
        path, content = (
            write(folder, (197, 223), "upper left"),
            {"pixels": {"classifier": classifier}},
        )
        remembered = mapped(path, content, side_px, journal=MemoryJournal())
        found, asked = [], []
        for _ in range(2):
            model = Counting.new()
            with FolderJournal.open(tmp_path / "journal", {"of": 1}, resume=True) as journal:
                found.append(mapped(path, content, side_px, model=model, journal=journal))
            asked.append(len(model.asked))
        for one in found:
            assert not remembered.differences(one)
        assert asked[0] > 0
        assert asked[1] == 0

    @pytest.mark.usefixtures("_small")
    @pytest.mark.parametrize(
        ("rules", "most", "last"),
        [
            ("default", 0, None),
            *[("default", most, "scan") for most in (1, 3, 5, 6)],
            ("default", 9, "doubt"),
            ("modal filter", 13, "overruling"),
            ("nothing is sure", 8, "opening"),
            ("patch", 8, "drawing"),
            ("default", 15, "map"),
        ],
    )
    def test_what_was_broken_off_goes_on_to_the_same_maps(
        self, rules: str, most: int, last: str | None, folder: Path
    ) -> None:
        """Whichever step a run stopped after: those that are kept are not done again."""
        path, content = write(folder, (281, 263), "slant"), _RULES[rules]
        whole = mapped(path, content, 90)
        journal = _Breaking(most)
        with pytest.raises(_BrokenOff):
            mapped(path, content, 90, journal=journal)
        kept, journal.most = set(journal.steps), 1000
        assert [step.split("-")[0] for step in journal.steps[-1:]] == ([last] if last else [])
        journal.steps.clear()
        assert not whole.differences(mapped(path, content, 90, journal=journal))
        assert not kept & set(journal.steps)


class _Others:
    """A crew in this process, which looks at the image by itself."""

    def __init__(self, views: ImageViews) -> None:
        self.views, self.asked = views, set[str]()

    def scan(self, views: ImageViews, advance: Callable[[Window], None]) -> None:
        scan_windows(self.views, views.all_windows, advance)

    def merge(self, views: ImageViews) -> None:
        pass

    def ask(self, views: ImageViews, question: Question, wanted: Sequence[Window]) -> None:
        assert threading.current_thread() is threading.main_thread()  # Ctrl-C ends it
        self.asked.add(question.name)
        for window, answer in question.answers(self.views, wanted):
            views.journal.keep(answer_step(question.name, window), answer)

    def label(self, views: ImageViews, taught: Taught, advance: Callable[[Window], None]) -> None:
        label_windows(self.views, taught, labelling_windows(views), advance)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        ("default", {"doubt", "agreement"}),
        ("modal filter", {"doubt", "agreement", "overruling"}),
        ("nothing is sure", {"opening"}),
        ("patch", {"drawing"}),
    ],
)
def test_where_others_look_at_the_image_it_is_not_read_here(
    rules: str, asked: set[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, content = write(folder, (281, 263), "slant"), _RULES[rules]
    whole, model, journal = mapped(path, content, 90), load_model(), MemoryJournal()
    chosen = make_settings({"layers": images.ALL_LAYERS} | content)
    looked: set[int] = set()
    read = ImageViews.read

    def watched(views: ImageViews, wanted: Sequence[Window], *more: Any, **named: Any) -> Any:
        if wanted:
            looked.add(id(views))
        return read(views, wanted, *more, **named)

    with open_raster(path) as raster:
        views = ImageViews(raster, model, chosen, Resources(1), 90, journal)
        others = _Others(views)
        with monkeypatch.context() as patched:
            patched.setattr(ImageViews, "read", watched)
            made = map_image(raster, model, chosen, Resources(1), journal, 90, crew=others)
        assert looked == {id(views)}
        assert others.asked == asked
        strips = [maps for _, maps in made.strips()]
    for kind in ("csc", "cnn", "confidence"):
        found = np.concatenate([maps[kind] for maps in strips], axis=-2)
        np.testing.assert_array_equal(found, whole.maps[kind])


class _BrokenOff(Exception):
    pass


class _Breaking(MemoryJournal):
    """Breaks a run off after so many steps, and writes down which were kept."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.steps: list[str] = []

    def keep(self, step: str, arrays: Any) -> None:
        if len(self.steps) == self.most:
            raise _BrokenOff
        self.steps.append(step)
        super().keep(step, arrays)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_twins(tmp_path_factory.mktemp("twins"), 1, height_px=240, width_px=300)


class TestFourBandsOf16Bits:
    """A survey of red, green, blue and near infrared, once in 8 bits and once in 16.

    The high byte of the one is the other's level, its low byte is noise.
    """

    @pytest.fixture
    def content(self) -> dict[str, Any]:
        features = ["median:2", "nd:nir:red"]
        return {"pixels": {"classifier": "gaussian", "features": features}}

    def test_a_model_of_8_bits_makes_the_map_of_the_twin(
        self, twins: tuple[Path, Path], content: dict[str, Any]
    ) -> None:
        model = quick_model(twins[0])
        eight, sixteen = (next(folder.glob("Alder*.tif")) for folder in twins)
        plain = mapped(eight, content, model=model)
        wide = content | {"image": {"value_range": (0, 65535)}}
        deep = mapped(sixteen, wide, model=model)
        for kind in ("csc", "cnn"):
            assert len(np.unique(plain.maps[kind])) > 1
            assert (plain.maps[kind] == deep.maps[kind]).mean() >= 0.995

    @pytest.mark.usefixtures("_small")
    def test_levels_that_the_model_states_do_not_depend_on_windows(
        self, twins: tuple[Path, Path], content: dict[str, Any]
    ) -> None:
        model = quick_model(twins[1])
        path = next(twins[1].glob("Alder*.tif"))
        whole, by_windows = (
            mapped(path, content, side, model=model) for side in (images.WHOLE, 64)
        )
        assert len(by_windows.windows) > 2
        assert not whole.differences(by_windows)
        assert len(np.unique(whole.maps["csc"])) > 1


def test_windows_are_read_ahead_of_the_work_and_no_further(folder: Path) -> None:
    """What is read ahead takes memory: one window waits, one is being read."""
    taken, read = 0, 0
    with open_raster(write(folder, (281, 263))) as raster:

        def reading() -> Iterator[Any]:
            nonlocal read
            for top in range(0, 280, 20):
                read += 1
                yield raster.read(Window(top, 0, 20, 263))

        for _ in ahead(reading()):
            taken += 1
            assert read <= taken + 2
    assert taken == read == 14
