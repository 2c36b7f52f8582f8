"""The maps of an image do not depend on the windows that it is worked on by."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riverscape.imagery import Window, ahead, open_raster
from riverscape.journal import MemoryJournal
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.pixels import SpectralTable, colour_learning
from riverscape.pixels.colours import TableSum
from riverscape.workflow import labelling
from riverscape.workflow.image_views import step_of

from ..multiband import quick_model, write_twins
from . import images
from .images import RULES, Counting, holes_of, mapped, write

_KDE = {"pixels": {"classifier": "kde"}}
_HOLES = ("right half", "upper left", "around", "middle", "slant", "dust", "but one")


@pytest.mark.usefixtures("_small")
class TestSmallImages:
    """With small runs of tiles and small strips, so that a small image has many windows."""

    @pytest.mark.parametrize("rules", RULES)
    @pytest.mark.parametrize("holes", ["none", "upper left"])
    def test_whatever_looks_around_sees_over_the_seams(
        self, rules: str, holes: str, folder: Path
    ) -> None:
        path, content = write(folder, (197, 223), holes), RULES[rules]
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
        path, content = write(folder, (281, 263), "slant"), RULES["despeckled"]
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
