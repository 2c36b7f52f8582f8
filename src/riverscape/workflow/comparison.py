"""CSC beside the traditional way, in which the labels of other images teach a pixel classifier.

Carbonneau et al. 2020 (Remote Sensing of Environment 251:112107) compared them on eleven rivers:
median F1 of maximum likelihood 71 %, random forest 72 %, multilayer perceptron 78 %, CSC 95 %.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from riverscape.assessment import ConfusionMatrix
from riverscape.errors import InputError
from riverscape.imagery import fingerprint
from riverscape.labels import LabelledImage
from riverscape.models import DEFAULT_MODEL, load_model
from riverscape.pixels import CLASSIFIER_NAMES, SpectralTable
from riverscape.pixels.balance import check_balance
from riverscape.progress import SILENT, Progress, stage
from riverscape.settings import Settings
from riverscape.tiles import Model
from riverscape.workflow.classification import check_settings, classify
from riverscape.workflow.compared_map import ComparedMap
from riverscape.workflow.cross_validation import Unit
from riverscape.workflow.traditional import (
    LabelledColours,
    TaughtClassifier,
    check_traditional,
    each_left_out,
    read_reference,
    tables_of,
    teach,
)

__all__ = ["Methods", "compare"]


@dataclass(frozen=True)
class Methods:
    """What is compared: names of pixel classifiers, taught in one way or the other.

    Attributes
    ----------
    traditional
        Those that the labels of other images teach; by default the three of the paper.
    csc
        Those that phase 1 teaches on the image itself; by default all there are. Where there is
        one, the CNN map is scored too.
    """

    traditional: tuple[str, ...] = ("gaussian", "forest", "mlp")
    csc: tuple[str, ...] = CLASSIFIER_NAMES


def compare(
    pairs: Sequence[LabelledImage],
    model: Model | Path | str = DEFAULT_MODEL,
    settings: Settings | None = None,
    methods: Methods | None = None,
    training: Sequence[LabelledImage] | None = None,
    hold_out: Unit = "image",
    progress: Progress = SILENT,
) -> Iterator[ComparedMap]:
    """Map labelled images by CSC and in the traditional way; yield the score of each map.

    A traditional classifier learns the labelled pixels of other images, with the features, the
    bits and the balance of classes of phase 2, and labels each pixel by colour alone: no context,
    no smoothing. No more is held than one image and the spectral tables.

    Parameters
    ----------
    pairs
        The images to map and score.
    methods
        The classifiers; those of the paper and all of CSC without it.
    training
        The images whose labels teach the traditional classifiers. Without them each image is held
        out in turn and all others teach.
    hold_out
        Without `training`: "image" holds out the image alone, "river" all images of its river.

    Raises
    ------
    SettingsError
        If there is no such pixel classifier or feature, or a classifier cannot learn from other
        images. This, and missing labels, are said before any image is read.
    MissingExtraError
        If the balance of classes needs a package that is not installed.
    InputError
        If an image has no labels or does not fit the model, if one is both to test and to teach,
        or if there is nothing to hold out.

    Examples
    --------
    >>> import tempfile
    >>> from riverscape.labels import pair_labels
    >>> from riverscape.scenes import River, write_survey
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = write_survey(folder, [River.from_name("Alder")], 2, height_px=120, width_px=160, seed=0)
    >>> methods = Methods(traditional=("gaussian",), csc=("kde",))
    >>> for one in compare(pair_labels([folder]), methods=methods):
    ...     print(one.pair.name, one.method, one.classifier)
    Alder_0001 traditional gaussian
    Alder_0001 CNN map ste-marguerite
    Alder_0001 CSC kde
    Alder_0002 traditional gaussian
    Alder_0002 CNN map ste-marguerite
    Alder_0002 CSC kde
    """
    model = model if isinstance(model, Model) else load_model(model)
    comparison = _Comparison(model, settings or Settings(), methods or Methods(), progress)
    comparison.check()
    for pair in [*pairs, *(training or ())]:
        _ = pair.known_labels  # raises where there is none
    if training is not None:
        _check_apart(pairs, training)
    elif comparison.methods.traditional and (found := len(_groups(pairs, hold_out))) < 2:
        message = (
            f"leaving one {hold_out} out needs two {hold_out}s or more; here is {found}: add some, "
            "or name images to learn from (--train)"
        )
        raise InputError(message)
    return comparison.maps(pairs, training, hold_out)


@dataclass(frozen=True)
class _Comparison:
    model: Model
    settings: Settings
    methods: Methods
    progress: Progress

    def check(self) -> None:
        check_settings(self.model, self.settings)
        check_balance(self.settings.teaching.balance)
        for name in self.methods.csc:
            check_settings(self.model, self._with(name))
        for name in self.methods.traditional:
            check_traditional(name, self.settings.pixels.seed)

    def maps(
        self,
        pairs: Sequence[LabelledImage],
        training: Sequence[LabelledImage] | None,
        hold_out: Unit,
    ) -> Iterator[ComparedMap]:
        """Yield the score of each map, image by image."""
        folds = self._folds(pairs, training, hold_out)
        each = len(self.methods.traditional) + len(self.methods.csc)
        with stage(self.progress, "comparing", len(pairs) * each):
            for tests, taught in folds:
                for pair in tests:
                    yield from self._traditional(pair, taught, len(tests))
                    yield from self._csc(pair)

    def _folds(
        self,
        pairs: Sequence[LabelledImage],
        training: Sequence[LabelledImage] | None,
        hold_out: Unit,
    ) -> Iterable[tuple[Sequence[LabelledImage], list[TaughtClassifier]]]:
        """Return images to test together, and the classifiers that others' labels teach."""
        if not self.methods.traditional:
            return [(pairs, [])]
        groups = _groups(pairs, hold_out) if training is None else {"": training}
        # Made here, before anything is compared: each image's once, whatever is left out.
        tables = tables_of(groups, self.model, self.settings, self.progress)
        if training is not None:
            return [(pairs, self._taught(tables[""]))]
        return ((groups[name], self._taught(table)) for name, table in each_left_out(tables))

    def _taught(self, table: SpectralTable) -> list[TaughtClassifier]:
        return [teach(name, table, self.settings) for name in self.methods.traditional]

    def _traditional(
        self, pair: LabelledImage, taught: Sequence[TaughtClassifier], images: int
    ) -> Iterator[ComparedMap]:
        """Yield the scores of the traditional maps; `images` share the time to learn."""
        if not taught:
            return
        scheme = self.model.contract.scheme
        image = LabelledColours.of(pair, self.model, self.settings)
        for one in taught:
            started = perf_counter()
            codes = one.map_of(image, scheme)
            fit_seconds = one.seconds / images
            seconds = image.seconds + fit_seconds + perf_counter() - started
            matrix = ConfusionMatrix.of(image.codes, codes, scheme)
            yield ComparedMap(pair, "traditional", one.name, matrix, fit_seconds, seconds)
            self.progress.advance(note=f"{pair.name}: {one.name}")

    def _csc(self, pair: LabelledImage) -> Iterator[ComparedMap]:
        contract = self.model.contract
        reference = read_reference(pair, contract.scheme)
        for name in self.methods.csc:
            result = classify(pair.image, self.model, self._with(name))
            spent = result.seconds
            if name == self.methods.csc[0]:
                matrix = ConfusionMatrix.of(reference, result.cnn.codes, contract.scheme)
                seconds = spent["read"] + spent["phase 1"]
                yield ComparedMap(pair, "CNN map", contract.name, matrix, 0.0, seconds)
            matrix = ConfusionMatrix.of(reference, result.csc.codes, contract.scheme)
            yield ComparedMap(pair, "CSC", name, matrix, spent["fit"], sum(spent.values()))
            self.progress.advance(note=f"{pair.name}: CSC, {name}")

    def _with(self, classifier: str) -> Settings:
        pixels = self.settings.pixels.model_copy(update={"classifier": classifier})
        return self.settings.model_copy(update={"pixels": pixels})


def _groups(pairs: Sequence[LabelledImage], unit: Unit) -> dict[str, list[LabelledImage]]:
    groups: dict[str, list[LabelledImage]] = {}
    for pair in pairs:
        groups.setdefault(pair.river if unit == "river" else pair.name, []).append(pair)
    return groups


def _check_apart(pairs: Sequence[LabelledImage], training: Sequence[LabelledImage]) -> None:
    if not training:
        message = "there is no image to learn from"
        raise InputError(message)
    teaching = {fingerprint(pair.image) for pair in training}
    both = [str(pair.image) for pair in pairs if fingerprint(pair.image) in teaching]
    if both:
        more = f" and {len(both) - 1} more are" if len(both) > 1 else " is"
        message = (
            f"{both[0]}{more} among the images to learn from too; what has been learned from "
            "cannot be tested on: take it out of either"
        )
        raise InputError(message)
