"""Which plots there are of runs, and what their files are called."""

from pathlib import Path

from matplotlib.colors import to_rgb
from matplotlib.patches import StepPatch

from riverscape.assessment import MappedImage, RunResults
from riverscape.labels import PUBLISHED_CLASSES
from riverscape.labels.palettes import Palette, accessible
from riverscape.reports.compiled import compiled_table
from riverscape.reports.plots import plots_of
from tests.reports.made_runs import image_of, matrix_of, reliability_of, run_of

_MATRIX = matrix_of({(0, 0): 60, (0, 2): 40, (2, 2): 300})

# All plots that one run by itself may have.
PLOT_NAMES = (
    "PLOT_violins",
    "PLOT_confusion_CNN",
    "PLOT_confusion_CSC",
    "PLOT_f1_by_share",
    "PLOT_reliability",
    "PLOT_areas",
)


def _sure(name: str) -> MappedImage:
    image = image_of(name, _MATRIX)
    curve = reliability_of({9: (100, 97)})
    return MappedImage(
        **{**vars(image), "reliability": {"CNN": curve, "CSC": curve}, "labels": "labels.tif"}
    )


def _names(runs: list[RunResults]) -> list[str]:
    table = compiled_table(runs) if any(run.scored for run in runs) else None
    return [plot.name for plot in plots_of(runs, table)]


def test_a_run_with_labels_and_confidence_has_every_plot() -> None:
    assert _names([run_of([_sure("Alder_1")])]) == list(PLOT_NAMES)


def test_without_confidence_there_is_no_reliability() -> None:
    names = _names([run_of([image_of("Alder_1", _MATRIX)])])
    assert set(PLOT_NAMES) - set(names) == {"PLOT_reliability"}


def test_without_labels_there_are_areas() -> None:
    assert _names([run_of([image_of("Alder_1")])]) == ["PLOT_areas"]


def test_nothing_is_drawn_of_images_without_valid_pixels() -> None:
    assert _names([run_of([image_of("Alder_1", pixels={"water": 0})])]) == []


def test_several_runs_stay_apart_and_are_set_side_by_side(tmp_path: Path) -> None:
    runs = [
        run_of([image_of("Alder_1", _MATRIX)], tmp_path / year / "maps") for year in ("16", "19")
    ]
    names = _names(runs)
    assert names[-1] == "PLOT_runs"
    assert {"PLOT_confusion_CSC_16_maps", "PLOT_confusion_CSC_19_maps"} < set(names)
    assert len(set(names)) == len(names) == 11


def test_a_run_without_labels_among_others_has_areas_alone(tmp_path: Path) -> None:
    runs = [
        run_of([image_of("Alder_1", _MATRIX)], tmp_path / "a"),
        run_of([image_of("Alder_1")], tmp_path / "b"),
    ]
    names = _names(runs)
    assert [name for name in names if name.endswith("_b")] == ["PLOT_areas_b"]
    assert "PLOT_runs" not in names


def test_each_matrix_is_that_of_its_maps() -> None:
    wrong = matrix_of({(0, 2): 123})
    run = run_of([image_of("Alder_1", _MATRIX, wrong), image_of("Alder_2", _MATRIX, wrong)])
    plots = {plot.name: plot for plot in plots_of([run], compiled_table([run]))}
    for kind, counts in (("CNN", {"246"}), ("CSC", {"120", "80", "600"})):
        figure = plots[f"PLOT_confusion_{kind}"].draw()
        texts = {text.get_text() for text in figure.axes[0].texts}
        assert counts <= texts
        assert any(f"{kind} maps of 2 images" in text for text in texts)


def test_the_palette_reaches_the_plots() -> None:
    run = run_of([image_of("Alder_1")])
    (plot,) = plots_of([run], palette=Palette.accessible)
    (steps,) = (patch for patch in plot.draw().axes[0].patches if isinstance(patch, StepPatch))
    assert steps.get_facecolor()[:3] == to_rgb(accessible(PUBLISHED_CLASSES).classes[0].colour)
